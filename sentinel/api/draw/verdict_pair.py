"""Two verdicts drawn beside each other: check by check what each found, on one scale, and what is different."""

import json
from collections.abc import Iterator
from textwrap import wrap

from sentinel.api.draw.moments import clock
from sentinel.api.draw.pen import Pen
from sentinel.api.draw.verdict import estimate, figures, interval, scale
from sentinel.domain.digest import Json
from sentinel.domain.text import plain

_SCALE = 31
_BESIDE = 40
"""Letters that the words of an interval want beside its scale."""
_WORD = 16
_TOLD = ("n", "margin", "bound", "by", "alpha", "look", "looks")
"""What of a check's evidence is said to be different, by its name."""
_SHORT = 12
_MINUTES = 16
"""Letters of a moment up to its seconds."""


def draw_verdict_pair(pen: Pen, one: Json, other: Json) -> None:
    """Draw two verdicts, A and B, and what B has that A has not."""
    for name, told in (("A", one), ("B", other)):
        pen.line(f"{pen.ink(name, 'bold')}  {pen.state(told['verdict'], _WORD - 2)}{pen.ink(_head(told), 'bold')}")
        pen.line(f"   {pen.ink(_about(told), 'dim')}")
    for name, (mine, theirs) in _paired(one["checks"], other["checks"]).items():
        pen.line()
        pen.line(pen.ink(name, "bold"))
        _draw_side(pen, "A", mine, theirs)
        _draw_side(pen, "B", theirs, mine)
        changes = list(changed(mine, theirs)) if mine is not None and theirs is not None else []
        if changes:
            pen.line(f"  → {plain('; '.join(changes))}")
        elif mine is not None and theirs is not None:
            pen.line(pen.ink("  → nothing is different", "dim"))


def changed(one: Json, other: Json) -> Iterator[str]:
    """What is different from one finding of a check to another."""
    if one["verdict"] != other["verdict"]:
        yield f"{one['verdict']} became {other['verdict']}"
    mine, theirs = _evidence(one), _evidence(other)
    found, then = estimate(mine), estimate(theirs)
    if found is not None and then is not None and round(100 * (then - found), 1):
        yield f"the estimate moved by {100 * (then - found):+.1f} points"
    for name in _TOLD:
        was, now = mine.get(name), theirs.get(name)
        if was != now:
            yield f"{name} {_value(was)} became {_value(now)}"
    if mine.get("documents") != theirs.get("documents"):
        yield "other documents"


def _head(told: Json) -> str:
    return f"{told['verdict_id']}  gate {told['gate']}"


def _about(told: Json) -> str:
    subject = told.get("version") or (told["subject"] or "none")[:_SHORT]
    return (
        f"{subject} against {told['against'] or 'no champion'} · round {told['round']} · {clock(told['at'])[:_MINUTES]}"
    )


def _paired(mine: list[Json], theirs: list[Json]) -> dict[str, tuple[Json, Json]]:
    """The findings of each check on each set, in the order of the first verdict; None where one has it not."""
    held: dict[str, Json] = {_name(each): each for each in mine}
    found: dict[str, Json] = {_name(each): each for each in theirs}
    return {name: (held.get(name), found.get(name)) for name in [*held, *(each for each in found if each not in held)]}


def _name(check: Json) -> str:
    of = _evidence(check).get("set")
    return f"{check['check']} on {of}" if isinstance(of, str) else str(check["check"])


def _draw_side(pen: Pen, name: str, check: Json, beside: Json) -> None:
    if check is None:
        pen.line(f"  {name}  {pen.ink('has no such check', 'dim')}")
        return
    evidence, room = _evidence(check), pen.width - _WORD - 5
    drawn = scale(evidence, min(_SCALE, room), _evidence(beside) if beside is not None else None)
    told = interval(evidence)
    if not told:
        held = wrap(plain(check["sentence"]), max(_SCALE, room))
    else:
        held = [f"{drawn}  {told}"] if room >= _SCALE + _BESIDE else [drawn, told]
    shown = [each for each in (*held, figures(evidence)) if each] or [""]
    pen.line(f"  {name}  {pen.state(check['verdict'], _WORD)}{shown[0]}")
    for each in shown[1:]:
        pen.line(f"     {' ' * _WORD}{pen.ink(each, 'dim')}")


def _evidence(check: Json) -> dict[str, Json]:
    return check["evidence"] if isinstance(check["evidence"], dict) else {}


def _value(value: Json) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
