"""Rows that have not moved: drawn twice from one world, how often are they said to have?"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sentinel.data.profile import profile
from sentinel.evidence.balance import SURE, balance
from sentinel.evidence.shift import shift

SIZES = (200, 1000, 10_000, 100_000)
SKEWED = 40
_WORDS = np.array([f"word{number}" for number in range(400)])
_FLOOR = 0.1


def shares() -> NDArray[np.float64]:
    """Of forty classes, a few frequent and most rare: the tenth has 1 %, the last .05 %."""
    weights = 1 / np.arange(1, SKEWED + 1) ** 1.8
    return np.asarray(weights / weights.sum())


def rows(n: int, seed: int, texts: bool = True) -> pl.DataFrame:
    """So many rows of one world: numbers smooth, skewed, whole and with gaps, categories, texts, labels."""
    chance = np.random.default_rng(seed)
    classes = chance.choice(SKEWED, n, p=shares())
    gaps = pl.Series(chance.normal(size=n)).zip_with(
        pl.Series(chance.random(n) < 0.8), pl.Series([None] * n, dtype=pl.Float64)
    )
    held = {
        "normal": chance.normal(size=n), "skewed": chance.lognormal(0, 2, n), "whole": chance.poisson(2, n),
        "gaps": gaps, "mostly": np.where(chance.random(n) < 0.7, 0.0, chance.exponential(size=n)),
        "skewed_class": pl.Series(chance.choice(SKEWED, n, p=shares())).cast(pl.String),
        "label": pl.Series(classes).cast(pl.String),
    }  # fmt: skip
    frame = pl.DataFrame(held)
    if texts:
        ranks = 1 / np.arange(1, len(_WORDS) + 1)
        lengths = chance.integers(5, 15, n)
        drawn = chance.choice(_WORDS, int(lengths.sum()), p=ranks / ranks.sum())
        said = [" ".join(part) for part in np.split(drawn, np.cumsum(lengths)[:-1])]
        frame = frame.with_columns(text=pl.Series(said))
    return frame


def flagged(n: int, times: int, seed: int) -> int:
    """Of so many pairs of draws of n rows, in how many anything at all is said to have moved, labels too."""
    found = 0
    seeds = np.random.SeedSequence(seed).generate_state(2 * times, np.uint64)
    for number in range(times):
        one, other = (rows(n, int(seeds[2 * number + turn]), texts=n <= 2000 or number % 10 == 0) for turn in (0, 1))
        reference = profile(one, label="label")
        now = profile(other, reference)
        labels = balance(now.labels, [reference.labels], seed=number)
        classes = any(each.by >= _FLOOR and each.p < SURE for each in labels.classes)
        outside = classes or (labels.effect >= _FLOOR and labels.p < SURE)
        found += outside or bool(shift(reference, now, seed=number).moved())
    return found
