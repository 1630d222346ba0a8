"""Models, rows and attempts that are tiny."""

import random
from pathlib import Path
from typing import Any

import polars as pl

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import Dataset
from sentinel.contract.training import Scratch, Train
from sentinel.data.dataset import write_dataset
from sentinel.model import scratch

TOPICS = {
    "billing": ["invoice", "charge", "refund", "card", "payment"],
    "hardware": ["router", "cable", "screen", "laptop", "printer"],
    "login": ["password", "account", "locked", "reset", "code"],
}
MOVED = {"billing": "login", "login": "hardware", "hardware": "billing"}
TINY = Scratch(hidden=32, layers=2, heads=2, context=96, vocabulary=420)


def tickets(count: int, seed: int = 0, longest: int = 12) -> list[dict[str, str]]:
    """Rows whose words tell their label."""
    chance = random.Random(seed)
    common = ["the", "a", "my", "is", "with", "please", "help", "now", "again", "today"]
    rows = []
    for number in range(count):
        label = chance.choice(sorted(TOPICS))
        words = chance.choices(common, k=chance.randint(2, longest)) + chance.choices(TOPICS[label], k=5)
        chance.shuffle(words)
        rows.append({"text": f"{' '.join(words)} {number}", "label": label})
    return rows


def dataset(folder: Path, rows: list[dict[str, str]], hold: float = 0.2) -> Dataset:
    """A dataset of rows."""
    label = "label" if rows and "label" in rows[0] else None
    write_dataset(folder, pl.DataFrame(rows), b"salt", hold, label=label)
    return Dataset("d" * 64, folder)


def attempt(folder: Path, seed: int = 7, **line: Any) -> At:
    """An attempt of the step in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    reads = {"line": {"name": "router", "prompt": {"before": "", "after": "\nAnswer:", "chat": False}, **line}}
    told = AttemptIn("a1", "r1", "tuned", "forge", {}, {}, str(folder), str(folder), seed=seed, reads=reads)
    return At(told, folder)


def small(seed: int = 1, **sizes: int) -> tuple[Any, Any]:
    """A tiny model with its tokenizer."""
    words = scratch.tokenizer([row["text"] for row in tickets(100)], TINY.vocabulary)
    return scratch.model(TINY.model_copy(update=sizes), words, seed), words


def quick(**more: Any) -> Train:
    """Settings of a training of a second."""
    return Train.model_validate({"epochs": 1, "batch": 8, "lr": 3e-3, "held_out": 0, **more})
