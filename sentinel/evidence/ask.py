"""Questions about drift, as JSON in and JSON out: a history played again, and a trigger played through many times."""

import math
from dataclasses import asdict

from sentinel.domain.digest import Json
from sentinel.evidence.backtest import Backtest, Incident, Played, Rule, backtest, baseline_of
from sentinel.evidence.drift import Evaluation, Plain

DROPS = (0.03, 0.06, 0.13)
"""The drops that a simulation tells the delay of, besides the ramp of the largest."""
RAMP = 4
USUAL_DROP = 0.05
"""How far below the baseline people set a plain rule, where they do not say."""
_SERIES = 1000


def answer(question: Json) -> Json:
    """What was asked: `backtest` or `simulate`."""
    asked = {"backtest": _backtest, "simulate": _simulate}[question["ask"]]
    return asked(question)


def _backtest(question: Json) -> Json:
    history = [Evaluation(*each) for each in question["history"]]
    told = question["incidents"]
    incidents = None if told is None else [Incident(*each) for each in told]
    rule = _rule(question["rule"], history)
    found = backtest(history, rule, incidents)
    return {
        "baseline": {"rate": found.baseline.rate, "spread": found.baseline.spread, "rows": found.baseline.rows},
        "expected": found.detector.expected if found.detector is not None else None,
        "enough": found.detector.enough if found.detector is not None else None,
        "plain": [rule.plain.below, rule.plain.evaluations] if rule.plain is not None else None,
        "by_evidence": _played(found.by_evidence),
        "by_plain": _played(found.by_plain) if found.by_plain is not None else None,
        "evidence": _track(found),
    }


def _rule(told: Json, history: list[Evaluation]) -> Rule:
    below, spell = told["plain"]
    if below is None:
        below = round(baseline_of(history[: told["baseline"]]).rate - USUAL_DROP, 3)
    return Rule(told["margin"], told["often"], told["baseline"], told["cooldown"], Plain(below, spell))


def _played(played: Played) -> Json:
    return {
        "firings": [asdict(each) for each in played.firings],
        "missed": [[each.first, each.last] for each in played.missed],
    }


def _track(found: Backtest) -> Json:
    """The evidence after each evaluation, as a share of what it takes; null where nothing was looked at."""
    enough = found.detector.enough if found.detector is not None else math.inf
    return [
        None if standing is None else [standing.state, max(0.0, standing.evidence.log / enough)]
        for standing in found.standings
    ]


def _simulate(question: Json) -> Json:
    from sentinel.evidence.simulator import Promise, World, play

    promise = Promise(question["margin"], question["often"], question["baseline"])
    year, rate, rows = question["year"], question["rate"], question["rows"]
    quiet = {
        name: play(World(rate, rows, sway), promise, length=year, series=_SERIES, seed=question["seed"]).share
        for name, sway in (("steady", 0.0), ("swaying", question["sway"]))
    }
    delays = []
    for to, over in [*((rate - drop, 0) for drop in DROPS), (rate - DROPS[-1], RAMP)]:
        if to > 0:
            held = play(World(rate, rows, 0.0, to, over), promise, length=year, series=_SERIES, seed=question["seed"])
            delays.append({"to": to, "over": over, "half": held.by(0.5), "most": held.by(0.9), "seen": held.share})
    return {"quiet": quiet, "delays": delays, "series": _SERIES}
