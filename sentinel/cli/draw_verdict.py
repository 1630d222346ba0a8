"""A verdict drawn: each check with its sentence, its interval beside the bar it has to clear, and what comes next."""

import json
from collections.abc import Iterator

from sentinel.cli.moments import clock
from sentinel.cli.out import Out
from sentinel.domain.digest import Json
from sentinel.domain.text import plain

_WIDTH = 41
"""Letters of a scale; an odd number has a middle."""
_WORD = 16
"""Letters before the text of a check: its verdict, and a gap."""
_TOLD = {
    "set", "documents", "metric", "estimate", "lower", "upper", "n", "margin", "alpha", "n_needed", "wins", "losses",
    "disagreement", "look", "looks", "bound", "by", "p", "how", "n_more", "n_needed_if_worse",
}  # fmt: skip
_SHORT = 12


def draw_verdict(out: Out, told: Json, full: bool = False) -> None:
    """Draw a verdict; `full` shows all that each check put down besides."""
    out.line(f"{out.ink(told['verdict_id'], 'bold')}  gate {plain(told['gate'])}  {out.state(told['verdict'])}")
    out.say(told["sentence"])
    about = [f"subject {(told['subject'] or 'none')[:_SHORT]}", f"against {told['against'] or 'no champion'}"]
    out.line(out.ink(" · ".join([*about, f"round {told['round']}", clock(told["at"])]), "dim"))
    for check in told["checks"]:
        _draw_check(out, check, full)


def _draw_check(out: Out, check: Json, full: bool) -> None:
    evidence = check["evidence"] if isinstance(check["evidence"], dict) else {}
    out.line()
    where = f" on {evidence['set']}" if isinstance(evidence.get("set"), str) else ""
    out.line(f"  {out.state(check['verdict'], _WORD - 2)}{out.ink(check['check'], 'bold')}{plain(where)}")
    _text(out, check["sentence"])
    for line in [_scale(evidence), *_figures(evidence)]:
        if line:
            out.line(f"{' ' * _WORD}{out.ink(line, 'dim')}")
    if _worn(evidence):
        out.line(f"{' ' * _WORD}{out.ink('past its looks: put fresh documents in their place', 'yellow')}")
    for name, value in sorted(evidence.items()) if full else ():
        if name not in _TOLD:
            shown = value if isinstance(value, str) else json.dumps(value)
            out.line(f"{' ' * _WORD}{out.ink(name, 'dim')} {plain(shown)}")
    if check["todo"]:
        _text(out, f"→ {check['todo']}")


def _text(out: Out, text: str) -> None:
    """Words under the check's name, wrapped, so that the verdicts stand out at the left."""
    line = ""
    for word in plain(text).split(" "):
        if line and len(line) + len(word) >= 100 - _WORD:
            out.line(f"{' ' * _WORD}{line}")
            line = ""
        line = f"{line} {word}" if line else word
    if line:
        out.line(f"{' ' * _WORD}{line}")


def _scale(told: Json) -> str:
    """The interval on a line, with the estimate in it and the bar that it has to clear: `──[──●───]──┊──`."""
    ends = [told.get(name) for name in ("lower", "estimate", "upper")]
    bar, beside = _bar(told)
    numbers = [each for each in ends if _is_number(each)]
    if len(numbers) < len(ends) or bar is None:
        return ""
    low, high = min(*numbers, bar), max(*numbers, bar)
    room = (high - low) * 0.1 or 0.01
    low, high = low - room, high + room
    cells = ["─"] * _WIDTH
    places = [round((each - low) / (high - low) * (_WIDTH - 1)) for each in numbers]
    for place in range(places[0], places[2] + 1):
        cells[place] = "━"
    cells[round((bar - low) / (high - low) * (_WIDTH - 1))] = "┃"
    cells[places[1]] = "●"
    difference = "bound" not in told
    shown = [_shown(each, difference) for each in (*numbers, bar)]
    unit = " points" if difference else ""
    return f"{''.join(cells)}  {shown[1]}{unit} in {shown[0]} … {shown[2]}, {beside} {shown[3]}"


def _bar(told: Json) -> tuple[float | None, str]:
    """What an estimate is held against, and in which words."""
    if _is_number(told.get("bound")):
        return told["bound"], "the bar"
    if _is_number(told.get("by")):
        return told["by"], "to beat"
    if _is_number(told.get("baseline")):
        return 0.0, "to beat"
    return (-told["margin"], "the margin") if _is_number(told.get("margin")) else (None, "")


def _shown(value: float, difference: bool) -> str:
    return f"{100 * value:+.1f}" if difference else f"{value:.3f}"


def _figures(told: Json) -> Iterator[str]:
    parts = []
    if _is_number(told.get("n")):
        needed = told.get("n_needed") or told.get("guard")
        of = f" of {needed} needed" if _is_number(needed) and needed > told["n"] else ""
        parts.append(f"n {told['n']}{of}")
    if _is_number(told.get("wins")) and _is_number(told.get("losses")):
        apart = f" ({told['disagreement']:.1%} disagree)" if _is_number(told.get("disagreement")) else ""
        parts.append(f"won {told['wins']}, lost {told['losses']}{apart}")
    if _is_number(told.get("alpha")):
        parts.append(f"α {told['alpha']:g}")
    if _is_number(told.get("look")):
        parts.append(f"look {told['look']} of {told['looks']}")
    if parts:
        yield " · ".join(parts)


def _worn(told: Json) -> bool:
    return _is_number(told.get("look")) and _is_number(told.get("looks")) and bool(told["look"] > told["looks"])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
