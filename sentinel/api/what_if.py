"""What if: a drift trigger on a team's own past, and through a thousand years that might be. Needs no daemon.

Imported only inside the functions that use it: it loads the checker. The computing is done in a child, since numpy
comes with it.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sentinel.api.promise import Watched, watched_in
from sentinel.api.scores import Scores, read_scores
from sentinel.domain.digest import Json
from sentinel.domain.moment import parse_moment
from sentinel.domain.quantity import DAY, WEEK, YEAR
from sentinel.domain.refusal import refuse

_PLAIN_FOR = 4
_SWAY = 0.015
_TIMEOUT = 120.0


def backtest_of(
    workspace: Path, recipe: str, scores: Path, *, set: str | None = None, off: Sequence[str] = (),
    below: float | None = None, for_ms: int | None = None,
) -> Json:  # fmt: skip
    """When a recipe's drift trigger would have fired on a history, against the plain rule."""
    watched = _watched(workspace, recipe, set)
    held = read_scores(scores)
    params, every = watched.params, held.every_ms
    if params["baseline"] >= len(held.rows):
        what = (
            f"The baseline is learned from the first {params['baseline']} evaluations, and there are {len(held.rows)}."
        )
        todo = "Give a longer history, or set `baseline:` on the trigger."
        raise refuse("E-scores", what, where=str(scores), todo=todo)
    lowest = below if below is not None else params["below"]
    spell = for_ms if for_ms is not None else params["for"] if params["below"] is not None else _PLAIN_FOR * every
    incidents = _incidents(held, off)
    told = _computed(
        {
            "ask": "backtest", "history": [[row.at, row.value, row.n, row.variance] for row in held.rows],
            "incidents": incidents,
            "rule": {
                "margin": params["margin"], "often": watched.often(every), "baseline": params["baseline"],
                "cooldown": round(params["cooldown"] / every), "plain": [lowest, max(1, round(spell / every))],
            },
        }
    )  # fmt: skip
    return {
        "recipe": recipe, "set": params["set"], "margin": params["margin"], "promise": str(watched.promised),
        "streams": watched.streams, "every_ms": every, "in_order": held.in_order, "incidents": incidents,
        "counts": held.rows[0].variance is None, "baseline_evaluations": params["baseline"],
        "rows": [[row.at, row.value if row.variance is not None else row.value / row.n if row.n else None, row.n]
                 for row in held.rows],
        "cooldown": round(params["cooldown"] / every), "uses_plain": params["below"] is not None, **told,
    }  # fmt: skip


def simulation_of(workspace: Path, recipe: str, *, set: str | None, labels: float, rate: float, seed: int = 0) -> Json:
    """How often a recipe's drift trigger is wrong at this volume, and how soon it sees."""
    watched = _watched(workspace, recipe, set)
    params, every = watched.params, watched.params["every"]
    told = _computed(
        {
            "ask": "simulate", "margin": params["margin"], "often": watched.often(every),
            "baseline": params["baseline"], "year": max(2, min(1000, round(YEAR / every))), "rate": rate,
            "rows": labels * every / WEEK, "sway": _SWAY, "seed": seed,
        }
    )  # fmt: skip
    return {
        "recipe": recipe, "set": params["set"], "margin": params["margin"], "promise": str(watched.promised),
        "streams": watched.streams, "every_ms": every, "labels_a_week": labels, "rate": rate, "sway": _SWAY,
        "often": watched.often(every), "uses_plain": params["below"] is not None, **told,
    }  # fmt: skip


def _watched(workspace: Path, name: str, wanted: str | None) -> Watched:
    from sentinel.api.here import checked_recipes

    recipes = checked_recipes(workspace, name)
    drifts = list(watched_in(recipes, name))
    if not drifts:
        what = f"Recipe {name} has no drift trigger."
        raise refuse("E-no-drift", what, todo="Give it one: `triggers: [{drift: {set: canary}}]`.")
    found = [each for each in drifts if wanted in (None, each.params["set"])]
    if not found:
        sets = ", ".join(sorted(each.params["set"] for each in drifts))
        raise refuse("E-no-drift", f"No drift trigger of {name} watches {wanted!r}.", todo=f"Name one of {sets}.")
    return found[0]


def _incidents(held: Scores, off: Sequence[str]) -> list[tuple[int, int]] | None:
    """When the world was off: as the words on the command line say, else as the file does."""
    if not off:
        return held.incidents
    found = []
    for words in off:
        first, dots, last = words.partition("..")
        start, end = _day(first, words), _day(last, words) + DAY if dots else None
        inside = [n for n, row in enumerate(held.rows) if row.at >= start and (end is None or row.at < end)]
        if not inside:
            raise refuse("E-usage", f"No evaluation is of {words}.", todo="Name days that the file holds.")
        found.append((inside[0], inside[-1]))
    return sorted(found)


def _day(text: str, words: str) -> int:
    try:
        return parse_moment(text)
    except ValueError:
        raise refuse("E-usage", f"`--off {words}` names no days.", todo="Write --off 2026-03-02..2026-03-20.") from None


def _computed(question: Mapping[str, Json]) -> Json:
    argv = [sys.executable, "-P", "-m", "sentinel.evidence"]
    done = subprocess.run(
        argv, input=json.dumps(question), capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the child that computes ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)
