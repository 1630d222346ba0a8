"""Drift, played through many times: how often a detector fires when nothing moved, and how soon when something did."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentinel.evidence.detector import BETS, DROPS

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class World:
    """A line as it might be: its rate, its outcomes per evaluation, and how much its days differ."""

    rate: float = 0.91
    rows: float = 100 / 7
    """Outcomes per evaluation, on average; their number is by chance."""
    sway: float = 0.0
    """The standard deviation of a day's own rate."""
    moves_to: float | None = None
    over: int = 0
    """Evaluations that a move takes; 0 is a step."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A detector's settings, as far as its rates depend on them."""

    margin: float = 0.01
    often: float = 365.25 * 3
    """One false alarm in so many evaluations."""
    baseline: int = 28
    """Evaluations that the baseline rests on."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of many series: the evaluation at which each fired, counted from 1; 0 where it did not."""

    fired_at: NDArray[np.int64]

    @property
    def share(self) -> float:
        """How many of the series fired."""
        return float((self.fired_at > 0).mean())

    def by(self, share: float) -> int | None:
        """The evaluation by which this share of all series has fired; None where fewer ever did."""
        fired = np.sort(self.fired_at[self.fired_at > 0])
        rank = math.ceil(share * len(self.fired_at)) - 1
        return int(fired[rank]) if rank < len(fired) else None


def play(
    world: World, promise: Promise, *, length: int = 365, series: int = 4000, seed: int = 0, spread: float | None = None
) -> Played:  # fmt: skip
    """Let so many series run: a baseline each, then evaluations in a row, until each has fired or is over.

    A `spread` that is given stands in for what each baseline shows.
    """
    chance = np.random.default_rng(seed)
    before = [_evaluation(chance, world, world.rate, series) for _ in range(promise.baseline)]
    expected, shown = _baselines(np.array([k for k, _ in before]), np.array([n for _, n in before]), promise.margin)
    evidence = Many(expected, shown if spread is None else np.full(series, spread))
    fired_at = np.zeros(series, dtype=np.int64)
    enough = math.log(promise.often)
    for number in range(1, length + 1):
        k, n = _evaluation(chance, world, _rate_at(world, number), series)
        evidence.add(k, n)
        fires = (fired_at == 0) & (evidence.log >= enough) & (evidence.evaluations >= 2)
        fired_at[fires] = number
    return Played(fired_at)


class Many:
    """The evidence of many detectors side by side; for each the same as `Detector` has it, without the cap."""

    def __init__(self, expected: Numbers, spread: Numbers, counts: bool = True) -> None:
        self._expected, self._spread, self._counts = expected[:, None], spread[:, None], counts
        self._drops = np.array(DROPS if counts else BETS)[None, :]
        self._possible = self._drops < self._expected if counts else np.ones((len(expected), len(BETS)), dtype=bool)
        self._logs = np.full(self._possible.shape, -np.inf)
        self.evaluations = np.zeros(len(expected), dtype=np.int64)

    def add(self, value: Numbers, n: Numbers) -> None:
        """Take in one evaluation of each: k right of n, or a mean over n."""
        held = n > 0
        q, drop = self._expected[held], np.where(self._possible, self._drops, 0.0)[held]
        if self._counts:
            k, of = value[held, None], n[held, None]
            step = ((of - k) * np.log1p(drop / (1 - q)) + k * np.log1p(-drop / q)) / self._spread[held]
        else:
            step = np.log1p(drop / (1 - q) * (q - value[held, None]))
        self._logs[held] = np.logaddexp(self._logs[held], 0.0) + step
        self.evaluations += held

    @property
    def log(self) -> Numbers:
        """The log of the evidence of each as a whole."""
        logs = np.where(self._possible, self._logs, -np.inf)
        with np.errstate(divide="ignore"):
            return np.asarray(np.logaddexp.reduce(logs, axis=1) - np.log(self._possible.sum(axis=1)))


def _evaluation(chance: np.random.Generator, world: World, rate: float, series: int) -> tuple[Numbers, Numbers]:
    n = chance.poisson(world.rows, series)
    rates = rate + world.sway * chance.standard_normal(series) if world.sway else np.full(series, rate)
    return chance.binomial(n, np.clip(rates, 0.0, 1.0)).astype(float), n.astype(float)


def _rate_at(world: World, number: int) -> float:
    if world.moves_to is None:
        return world.rate
    gone = min(1.0, number / world.over) if world.over else 1.0
    return world.rate + (world.moves_to - world.rate) * gone


def _baselines(k: Numbers, n: Numbers, margin: float) -> tuple[Numbers, Numbers]:
    """What each series expects, and its spread, from its own baseline; as `baseline_of_counts` has them."""
    rows, seen = n.sum(axis=0), (n > 0).sum(axis=0)
    rate = (k.sum(axis=0) + 1) / (rows + 2)
    variance = rate * (1 - rate)
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = np.where(n > 0, k / n, np.nan)
        of_rates = np.where(seen > 1, np.nanvar(rates, axis=0, ddof=1), 0.0)
        excess = np.where(seen > 1, (seen - 1) * of_rates / (variance / (rows / seen)), 0.0)
        spread = np.maximum(1.0, (excess + 7 * 1.5) / (np.maximum(seen - 1, 0) + 7))
        off = np.sqrt(spread * variance / rows)
    return rate - margin - off, spread
