"""A team's own past, played again: when a trigger would have fired, what it would have missed, and how soon it saw."""

from collections.abc import Sequence
from dataclasses import dataclass

from sentinel.evidence.detector import (
    Baseline,
    Detector,
    asked_at,
    baseline_of_counts,
    baseline_of_means,
    detector,
    is_higher,
)
from sentinel.evidence.drift import FIRING, OK, Evaluation, Plain, Standing, after, began, plainly


@dataclass(frozen=True, slots=True)
class Rule:
    """The trigger's settings, in evaluations."""

    margin: float
    often: float
    """A: one false alarm in so many evaluations."""
    baseline: int
    """How many of the first evaluations the baseline is learned from."""
    cooldown: int
    """Evaluations after a firing in which nothing fires: a model is being made. Evidence is gathered on."""
    plain: Plain | None = None
    """The plain rule, beside it."""


CAUGHT, AGAIN, FALSE, UNTOLD = "caught", "again", "false alarm", "untold"


@dataclass(frozen=True, slots=True)
class Incident:
    """A time when the world is known to have been off: its first evaluation and its last."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing: at which evaluation, at what evidence, and whether it was right."""

    number: int
    log: float | None
    since: int
    """The evaluation with which the fall most likely began."""
    level: float
    """The mean rate from there on."""
    word: str
    """caught; again, for an incident that was caught already; false alarm; untold, where nobody said what was true."""
    delay: int | None = None
    """Evaluations from the beginning of the incident until it was caught, both counted."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it under one rule."""

    firings: tuple[Firing, ...]
    missed: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """A history under the trigger's rule and, beside it, under the plain one."""

    baseline: Baseline
    """The first; it rises as it would in the daemon."""
    detector: Detector | None
    """None where the baseline leaves nothing to look for."""
    by_evidence: Played
    by_plain: Played | None
    standings: tuple[Standing | None, ...]
    """Where the stream stood after each evaluation; None in the baseline."""


def backtest(history: Sequence[Evaluation], rule: Rule, incidents: Sequence[Incident] | None = None) -> Backtest:
    """Play a history again; `incidents` are all the times when the world was off, None where nobody said."""
    learned = history[: rule.baseline]
    held = baseline_of(learned)
    detect = detector(held, rule.margin, rule.often)
    standings: list[Standing | None] = [None] * len(history)
    fired: list[tuple[int, float | None, int]] = []
    base, start = held, rule.baseline
    standing, quiet_until = Standing(OK, detect.start) if detect is not None else None, 0
    for number in range(rule.baseline, len(history)):
        if detect is None or standing is None:
            break
        risen = _risen(base, history[start : number + 1], rule.baseline)
        if risen is not None:
            base, start = risen, number + 1
            detect = detector(base, rule.margin, rule.often) or detect
            standing = standings[number] = Standing(OK, detect.start)
            continue
        standing = standings[number] = after(detect, standing, history[number], number)
        enough = standing.state == FIRING and standing.evidence.log >= detect.enough
        if enough and number >= quiet_until:
            since = start + began(detect, history[start : number + 1])
            fired.append((number, standing.evidence.log, since))
            quiet_until = number + 1 + rule.cooldown
    by_evidence = _judged(fired, history, incidents)
    by_plain = _judged(_plain(history, rule), history, incidents) if rule.plain is not None else None
    return Backtest(held, detect, by_evidence, by_plain, tuple(standings))


def _risen(base: Baseline, later: Sequence[Evaluation], fewest: int) -> Baseline | None:
    """The higher baseline that the evaluations since the last one have earned with this one, as the daemon asks it."""
    held = [each for each in later if each.n > 0]
    if not held or later[-1].n <= 0 or asked_at(len(held), fewest) != len(held):
        return None
    new = baseline_of(held)
    return new if is_higher(new, base) else None


def baseline_of(history: Sequence[Evaluation]) -> Baseline:
    """The baseline of evaluations, which are all counts or all means."""
    if any(each.variance is not None for each in history):
        return baseline_of_means([(each.value, each.variance or 0.0, each.n) for each in history])
    return baseline_of_counts([(each.value, each.n) for each in history])


def _plain(history: Sequence[Evaluation], rule: Rule) -> list[tuple[int, float | None, int]]:
    fired: list[tuple[int, float | None, int]] = []
    begun = rule.baseline
    while rule.plain is not None and (found := plainly(rule.plain, history[begun:])) is not None:
        fired.append((begun + found, None, begun + found - rule.plain.evaluations + 1))
        begun += found + 1 + rule.cooldown
    return fired


def _judged(
    fired: list[tuple[int, float | None, int]], history: Sequence[Evaluation], incidents: Sequence[Incident] | None
) -> Played:
    caught: set[Incident] = set()
    firings = []
    for number, log, since in fired:
        level = _level(history[since : number + 1])
        during = [each for each in incidents or () if each.first <= number <= each.last]
        if incidents is None:
            firings.append(Firing(number, log, since, level, UNTOLD))
        elif not during:
            firings.append(Firing(number, log, since, level, FALSE))
        elif during[0] in caught:
            firings.append(Firing(number, log, since, level, AGAIN))
        else:
            caught.add(during[0])
            firings.append(Firing(number, log, since, level, CAUGHT, number - during[0].first + 1))
    return Played(tuple(firings), tuple(each for each in incidents or () if each not in caught))


def _level(evaluations: Sequence[Evaluation]) -> float:
    rows = sum(each.n for each in evaluations)
    return sum(each.rate * each.n for each in evaluations) / rows if rows else 0.0
