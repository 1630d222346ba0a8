"""Drift, played through many times: how often a detector fires when nothing moved, and how soon when something did."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentinel.evidence.detector import DROPS, USUAL_DAYS, USUAL_SPREAD
from sentinel.evidence.drift import FEWEST

Numbers = NDArray[np.float64]
Two = tuple[Numbers, Numbers]


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
    window: int = 1
    """Evaluations whose outcomes each one counts: more than one counts them again, which no feed allows."""


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
    recent: deque[Two] = deque(_evaluation(chance, world, world.rate, series) for _ in range(world.window - 1))
    before = [_windowed(recent, world, _evaluation(chance, world, world.rate, series)) for _ in range(promise.baseline)]
    expected, shown = _baselines(np.array([k for k, _ in before]), np.array([n for _, n in before]), promise.margin)
    evidence = Many(expected, shown if spread is None else np.full(series, spread))
    fired_at, quiet = np.zeros(series, dtype=np.int64), np.arange(series)
    enough = math.log(promise.often)
    for number in range(1, length + 1):
        evidence.add(*_windowed(recent, world, _evaluation(chance, world, _rate_at(world, number), len(quiet))))
        fires = (evidence.log >= enough) & (evidence.evaluations >= FEWEST)
        if fires.any():
            fired_at[quiet[fires]] = number
            quiet = quiet[~fires]
            evidence.only(~fires)
            recent = deque((k[~fires], n[~fires]) for k, n in recent)
        if not len(quiet):
            break
    return Played(fired_at)


class Many:
    """The evidence of many detectors side by side; for each the same as `Detector` has it, without the cap."""

    def __init__(self, expected: Numbers, spread: Numbers) -> None:
        q, drops = expected[:, None], np.array(DROPS)[None, :]
        self._possible = drops < q
        drop = np.where(self._possible, drops, 0.0)
        self._wrong = np.log1p(drop / (1 - q)) / spread[:, None]
        self._right = np.log1p(-drop / q) / spread[:, None]
        self._log_number = np.log(np.maximum(self._possible.sum(axis=1), 1))
        self._logs = np.full(self._possible.shape, -np.inf)
        self.evaluations = np.zeros(len(expected), dtype=np.int64)

    def add(self, k: Numbers, n: Numbers) -> None:
        """Take in one evaluation of each: k right of n."""
        step = (n - k)[:, None] * self._wrong + k[:, None] * self._right
        after = np.logaddexp(self._logs, 0.0) + step
        self._logs = np.where((n > 0)[:, None] & self._possible, after, self._logs)
        self.evaluations += n > 0

    @property
    def log(self) -> Numbers:
        """The log of the evidence of each as a whole."""
        return np.asarray(np.logaddexp.reduce(self._logs, axis=1) - self._log_number)

    def only(self, these: NDArray[np.bool_]) -> None:
        """Let go of all others."""
        for name in ("_possible", "_wrong", "_right", "_log_number", "_logs", "evaluations"):
            setattr(self, name, getattr(self, name)[these])


def _evaluation(chance: np.random.Generator, world: World, rate: float, series: int) -> Two:
    n = chance.poisson(world.rows, series)
    rates = rate + world.sway * chance.standard_normal(series) if world.sway else np.full(series, rate)
    return chance.binomial(n, np.clip(rates, 0.0, 1.0)).astype(float), n.astype(float)


def _windowed(recent: deque[Two], world: World, fresh: Two) -> Two:
    """An evaluation of the latest outcomes, with those that the last ones have counted as far as the window goes."""
    recent.append(fresh)
    whole = np.sum(recent, axis=0)
    if len(recent) >= world.window:
        recent.popleft()
    return whole[0], whole[1]


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
    held, counts = n > 0, np.maximum(seen, 1)
    rates = np.divide(k, n, out=np.zeros_like(k), where=held)
    off_mean = np.where(held, rates - rates.sum(axis=0) / counts, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        excess = np.where(seen > 1, (off_mean**2).sum(axis=0) / (variance / (rows / seen)), 0.0)
        spread = np.maximum(1.0, (excess + USUAL_DAYS * USUAL_SPREAD) / (np.maximum(seen - 1, 0) + USUAL_DAYS))
        off = np.sqrt(spread * variance / rows)
    return rate - margin - off, spread
