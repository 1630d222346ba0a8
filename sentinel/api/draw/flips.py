"""Flips drawn: two models side by side, and the documents on which they disagree."""

from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.text import plain

MORE = "`--limit N`, or all of them with `--json`"
_SHORT = 12
_DIGEST = 64
_LETTERS = 300


def draw_flips(pen: Pen, told: Json, one: str, other: str, limit: int, how: str = MORE) -> None:
    """Draw the sets on which two models were both scored, and so many of the documents on which they disagree.

    `how` says how more of them are seen.
    """
    rows = [
        (each["set"], each["n"], f"{each['mean_one'] or 0:.3f}", f"{each['mean_other'] or 0:.3f}", each["only_one"],
         each["only_other"], each["unmatched"] or "")
        for each in told["sets"]
    ]  # fmt: skip
    one, other = (name if len(name) < _DIGEST else name[:_SHORT] for name in (one, other))
    pen.say(f"A is {one}, model {told['models'][0][:_SHORT]}; B is {other}, model {told['models'][1][:_SHORT]}.")
    pen.table(("SET", "N", "A", "B", "A BETTER", "B BETTER", "ASKED OF ONE ALONE"), rows)
    shown = told["flips"][:limit]
    for each in shown:
        _draw_flip(pen, each)
    left = len(told["flips"]) + told["left_out"] - len(shown)
    pen.line()
    if left:
        pen.say(f"And {left} more: {how}.")
    elif not shown:
        pen.say("They agree on every document.")


def _draw_flip(pen: Pen, each: Json) -> None:
    better = pen.ink("A", "green") if each["one"] > each["other"] else pen.ink("B", "yellow")
    part = f" · {each['slice']}" if each["slice"] else ""
    pen.line()
    about = f"{each['set']}{part} · {each['doc'][:_SHORT]}"
    pen.line(f"{better} is right   {pen.ink(about, 'dim')}")
    for name, value in (("text", each["text"]), ("truth", each["truth"]), ("A", each["answer_one"]),
                        ("B", each["answer_other"])):  # fmt: skip
        if value:
            short = value if len(value) <= _LETTERS else f"{value[:_LETTERS]}…"
            pen.line(f"  {pen.ink(name.ljust(5), 'dim')}  {plain(' '.join(short.split()))}")
