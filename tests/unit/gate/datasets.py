"""Datasets for checks to judge: tickets of a support desk, by a seeded chance."""

import random
from pathlib import Path
from typing import Any

import polars as pl

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset
from sentinel.data.dataset import Held, write_dataset

SALT = b"salt"
LOOK = Look("data-integrity", reads={"line": {"hold": 0.2}})
QUEUES = {"billing": 0.4, "login": 0.25, "delivery": 0.25, "other": 0.1}
_SAYS = {"billing": "invoice", "login": "password", "delivery": "parcel", "other": "question"}
_REFUNDS = 0.4
"""Of what is billing, the share that asks for money back."""


def tickets(n: int, seed: int = 0, *, refunds: str = "billing", unit: float = 1.0) -> pl.DataFrame:
    """So many tickets; `refunds` is the queue that refunds belong to, `unit` what amounts are multiplied by."""
    chance = random.Random(seed)
    rows = []
    for _ in range(n):
        queue = chance.choices(list(QUEUES), list(QUEUES.values()))[0]
        refund = queue == "billing" and chance.random() < _REFUNDS
        words = [noise(chance) for _ in range(chance.randint(12, 30))]
        said = [_SAYS[queue], "refund"] if refund else [_SAYS[queue]]
        words[3:3] = said
        channel = chance.choices(["web", "mail", "chat"], [5, 3, 2])[0]
        rows.append((" ".join(words), chance.lognormvariate(3, 1) * unit, channel, refunds if refund else queue))
    return pl.DataFrame(rows, schema=["text", "amount", "channel", "queue"], orient="row")


def noise(chance: random.Random) -> str:
    """A word that says nothing."""
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9)))


def dataset(folder: Path, rows: pl.DataFrame, earlier: Dataset | None = None, **more: Any) -> Dataset:
    """A dataset of these rows."""
    held = Held(earlier.path) if earlier is not None else None
    write_dataset(folder, rows, SALT, 0.2, **{"label": "queue", "earlier": held, **more})
    return Dataset("", folder)
