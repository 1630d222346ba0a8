"""Labelling drawn: what is to be labelled, a served answer as a person judges it, and what came of it."""

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

from sentinel.api.answers import Allowance
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.policy.labelling import Picked
from sentinel.domain.text import plain


def draw_picked(pen: Pen, picked: Picked, allowed: Allowance) -> None:
    """Draw how many answers are to be labelled, and why."""
    counts = Counter(each.why for each in picked.picks)
    told = ", ".join(f"{number} {why}" for why, number in counts.items()) or "nothing"
    pen.say(f"To be labelled: {told}. The random sample has {picked.sample} answers; {picked.left} are left out.")
    came = f"{allowed.done} labels came in these seven days, and {allowed.weekly} a week are wanted"
    pen.say(f"The budget is {allowed.budget}: {came}.")


def draw_answer(pen: Pen, place: str, row: Json, classes: Sequence[str]) -> None:
    """Draw one answer. Where there are classes, the model's own is not shown: it would be agreed with."""
    pen.line()
    pen.line(pen.ink(place, "dim"))
    for paragraph in plain(row["text"], lines=True).splitlines() or [""]:
        for text in textwrap.wrap(paragraph, pen.width) or [""]:
            pen.line(text)
    if classes:
        pen.line(pen.ink("  ".join(f"{index} {name}" for index, name in enumerate(classes, start=1)), "blue"))
    else:
        pen.line(f"{pen.ink('answered', 'dim')} {plain(row['answer'])}")


def draw_labelled(pen: Pen, told: Mapping[str, int]) -> None:
    """Draw what came of it, by its words."""
    pen.say(", ".join(f"{count} {word}" for word, count in told.items()) or "Nothing was labelled.")
    if told.get("skipped"):
        pen.say("What is skipped because it is hard makes the sample look better than the line is.")
