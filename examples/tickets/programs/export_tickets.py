"""What the shop's system exports: all tickets so far but those that were kept aside to judge by."""

import os
import shutil
from pathlib import Path

rows = Path(os.environ["OUT"]) / "rows"
rows.mkdir(parents=True)
tickets = Path(__file__).resolve().parent.parent / "shop" / "tickets.jsonl"
shutil.copyfile(tickets, rows / "tickets.jsonl")
print(f"{sum(1 for _ in tickets.open())} tickets")
