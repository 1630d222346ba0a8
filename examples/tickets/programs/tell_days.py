"""How many tickets of each day went into the right queue: a line a day, on the log and as rows."""

import json
import os
from pathlib import Path

import polars as pl

report = pl.read_parquet(Path(os.environ["IN"]) / "report" / "documents.parquet")
rows = Path(os.environ["OUT"]) / "rows"
rows.mkdir(parents=True)
days = (
    report.group_by("slice")
    .agg(pl.col("value").sum().cast(pl.Int64).alias("right"), pl.len().alias("of"))
    .sort("slice")
)
with (rows / "days.jsonl").open("w") as file:
    for day, right, of in days.iter_rows():
        print(f"{day} {right} of {of}")
        file.write(json.dumps({"day": day, "right": right, "of": of}) + "\n")
