"""A verdict drawn: each check with its sentence, its interval beside the bar it has to clear, and what comes next."""

import json

from sentinel.api.draw.moments import clock
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.quantity import is_number
from sentinel.domain.text import plain

_SCALE = 41
"""Letters of a scale; an odd number has a middle."""
_BESIDE = 40
"""Letters that its words want beside it."""
_WORD = 16
"""Letters before the text of a check: its verdict, and a gap."""
_TOLD = {
    "set", "documents", "metric", "estimate", "lower", "upper", "n", "margin", "alpha", "n_needed", "wins", "losses",
    "disagreement", "look", "looks", "bound", "by", "p", "how", "n_more", "n_needed_if_worse",
}  # fmt: skip
_SHORT = 12


def draw_verdict(pen: Pen, told: Json, full: bool = False) -> None:
    """Draw a verdict; `full` shows all that each check put down besides."""
    pen.line(f"{pen.ink(told['verdict_id'], 'bold')}  gate {plain(told['gate'])}  {pen.state(told['verdict'])}")
    pen.say(told["sentence"])
    subject = told.get("version") or (told["subject"] or "none")[:_SHORT]
    about = [f"subject {subject}", f"against {told['against'] or 'no champion'}"]
    pen.line(pen.ink(" · ".join([*about, f"round {told['round']}", clock(told["at"])]), "dim"))
    for check in told["checks"]:
        _draw_check(pen, check, full)


def _draw_check(pen: Pen, check: Json, full: bool) -> None:
    evidence = check["evidence"] if isinstance(check["evidence"], dict) else {}
    pen.line()
    where = f" on {evidence['set']}" if isinstance(evidence.get("set"), str) else ""
    pen.line(f"  {pen.state(check['verdict'], _WORD - 2)}{pen.ink(check['check'], 'bold')}{plain(where)}")
    _text(pen, check["sentence"])
    for line in [*_measured(pen, evidence), figures(evidence)]:
        if line:
            pen.line(f"{' ' * _WORD}{pen.ink(line, 'dim')}")
    if _worn(evidence):
        pen.line(f"{' ' * _WORD}{pen.ink('past its looks: put fresh documents in their place', 'yellow')}")
    for name, value in sorted(evidence.items()) if full else ():
        if name not in _TOLD:
            shown = value if isinstance(value, str) else json.dumps(value)
            pen.line(f"{' ' * _WORD}{pen.ink(name, 'dim')} {plain(shown)}")
    if check["todo"]:
        _text(pen, f"→ {check['todo']}")


def _text(pen: Pen, text: str) -> None:
    """Words under the check's name, wrapped, so that the verdicts stand out at the left."""
    line = ""
    for word in plain(text).split(" "):
        if line and len(line) + len(word) >= pen.width - _WORD:
            pen.line(f"{' ' * _WORD}{line}")
            line = ""
        line = f"{line} {word}" if line else word
    if line:
        pen.line(f"{' ' * _WORD}{line}")


def _measured(pen: Pen, evidence: Json) -> tuple[str, ...]:
    """The scale with its words beside it; below it where the room is small."""
    room = pen.width - _WORD
    drawn, told = scale(evidence, min(_SCALE, room)), interval(evidence)
    return (f"{drawn}  {told}",) if told and room >= _SCALE + _BESIDE else (drawn, told)


def scale(evidence: Json, width: int = _SCALE, beside: Json = None) -> str:
    """The interval on a line of so many letters, with the estimate in it and the bar to clear: `──━━●━━━──┃──`.

    Nothing where the evidence holds no interval, or nothing to hold it against. Two that are read `beside` each other
    have one scale.
    """
    ends, (bar, _) = _ends(evidence), _bar(evidence)
    if not ends or bar is None:
        return ""
    others = (*_ends(beside), _bar(beside)[0])
    held = [*ends, bar, *(each for each in others if each is not None)]
    low, high = min(held), max(held)
    room = (high - low) * 0.1 or 0.01
    low, high = low - room, high + room
    cells = ["─"] * width
    first, estimate, last, mark = (round((each - low) / (high - low) * (width - 1)) for each in (*ends, bar))
    for place in range(first, last + 1):
        cells[place] = "━"
    cells[mark] = "┃"
    cells[estimate] = "●"
    return "".join(cells)


def estimate(evidence: Json) -> float | None:
    """What a check found, where it has an interval."""
    return _ends(evidence)[1] if _ends(evidence) else None


def interval(evidence: Json) -> str:
    """The same in words: the estimate, its interval, and what it is held against."""
    ends, (bar, beside) = _ends(evidence), _bar(evidence)
    if not ends or bar is None:
        return ""
    difference = "bound" not in evidence
    low, estimate, high, held = (_shown(each, difference) for each in (*ends, bar))
    return f"{estimate}{' points' if difference else ''} in {low} … {high}, {beside} {held}"


def figures(evidence: Json) -> str:
    """What it rests on: how many documents, of how many that it takes; which way they went; which look it was."""
    if not isinstance(evidence, dict):
        return ""
    parts = []
    if is_number(evidence.get("n")):
        needed = evidence.get("n_needed") or evidence.get("guard")
        of = f" of {needed} needed" if is_number(needed) and needed > evidence["n"] else ""
        parts.append(f"n {evidence['n']}{of}")
    if is_number(evidence.get("wins")) and is_number(evidence.get("losses")):
        apart = f" ({evidence['disagreement']:.1%} disagree)" if is_number(evidence.get("disagreement")) else ""
        parts.append(f"won {evidence['wins']}, lost {evidence['losses']}{apart}")
    if is_number(evidence.get("alpha")):
        parts.append(f"α {evidence['alpha']:g}")
    if is_number(evidence.get("look")) and is_number(evidence.get("looks")):
        parts.append(f"look {evidence['look']} of {evidence['looks']}")
    return " · ".join(parts)


def _ends(evidence: Json) -> tuple[float, ...]:
    """Lower end, estimate, upper end; nothing where one is missing."""
    if not isinstance(evidence, dict):
        return ()
    ends = [evidence.get(name) for name in ("lower", "estimate", "upper")]
    numbers = tuple(each for each in ends if is_number(each))
    return numbers if len(numbers) == len(ends) else ()


def _bar(evidence: Json) -> tuple[float | None, str]:
    """What an estimate is held against, and in which words."""
    if not isinstance(evidence, dict):
        return None, ""
    if is_number(evidence.get("bound")):
        return evidence["bound"], "the bar"
    if is_number(evidence.get("by")):
        return evidence["by"], "to beat"
    if is_number(evidence.get("baseline")):
        return 0.0, "to beat"
    return (-evidence["margin"], "the margin") if is_number(evidence.get("margin")) else (None, "")


def _shown(value: float, difference: bool) -> str:
    return f"{100 * value:+.1f}" if difference else f"{value:.3f}"


def _worn(evidence: Json) -> bool:
    looks = evidence.get("look"), evidence.get("looks")
    return all(map(is_number, looks)) and bool(looks[0] > looks[1])
