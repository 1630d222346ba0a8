"""Every drawing, of all that there can be to draw: within its width, and without anything that drives a terminal."""

import re
from collections import Counter
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from sentinel.api.answers import Allowance
from sentinel.api.draw.answer import draw_answer, draw_labelled, draw_picked
from sentinel.api.draw.asked import draw_asked
from sentinel.api.draw.board import draw_board
from sentinel.api.draw.difference import draw_difference
from sentinel.api.draw.drift import draw_baselines, draw_drift
from sentinel.api.draw.flips import draw_flips
from sentinel.api.draw.lineage import draw_lineage
from sentinel.api.draw.outcomes import draw_outcomes
from sentinel.api.draw.pen import Pen, inked
from sentinel.api.draw.plan import draw_plan
from sentinel.api.draw.progress import progress_line
from sentinel.api.draw.queue import draw_queue
from sentinel.api.draw.reforging import draw_reforging
from sentinel.api.draw.rotation import draw_rotation
from sentinel.api.draw.run import draw_run
from sentinel.api.draw.verdict import draw_verdict
from sentinel.api.draw.verdict_pair import draw_verdict_pair
from sentinel.api.draw.versions import draw_versions
from sentinel.api.draw.zoo import draw_zoo
from sentinel.domain.policy.labelling import Pick, Picked, Served
from tests.unit.api.draw import told
from tests.unit.api.draw.told import NOW

ROW = {"text": f"Where is my parcel?\n{told.LONG}", "answer": told.LONG}
PICKED = Picked((Pick(Served("t1", 0), "audit", 0.05), Pick(Served("t2", 9), "informative")), 12, 3)
DRAWINGS: dict[str, tuple[Callable[[Pen, Any], None], Any]] = {
    "run": (lambda pen, told: draw_run(pen, told, NOW), told.RUN),
    "verdict": (lambda pen, told: draw_verdict(pen, told, full=True), told.VERDICT),
    "verdict pair": (lambda pen, told: draw_verdict_pair(pen, *told), [told.VERDICT, told.OTHER_VERDICT]),
    "asked": (lambda pen, told: draw_asked(pen, told, "half of it is done", NOW), told.ASKED),
    "board": (lambda pen, told: draw_board(pen, told, NOW), told.BOARD),
    "zoo": (lambda pen, told: draw_zoo(pen, told, NOW), told.ZOO),
    "spec": (lambda pen, told: draw_zoo(pen, told, NOW, alone=True), told.ZOO),
    "rotation": (draw_rotation, told.ROTATION),
    "drift": (lambda pen, told: draw_drift(pen, told, NOW), told.DRIFT),
    "baselines": (lambda pen, told: draw_baselines(pen, told, NOW), told.DRIFT),
    "plan": (draw_plan, told.PLAN),
    "difference": (draw_difference, told.DIFFERENCE),
    "flips": (lambda pen, told: draw_flips(pen, told, "a" * 64, "v4", 2), told.FLIPS),
    "versions": (lambda pen, told: draw_versions(pen, told, NOW), told.VERSIONS),
    "lineage": (draw_lineage, told.LINEAGE),
    "reforging": (draw_reforging, told.REFORGING),
    "outcomes": (lambda pen, told: draw_outcomes(pen, told, NOW), told.OUTCOMES),
    "queue": (lambda pen, told: draw_queue(pen, told, NOW), told.QUEUE),
    "answer": (lambda pen, told: draw_answer(pen, "1 of 9", told, ()), ROW),
    "answer among classes": (lambda pen, told: draw_answer(pen, "1 of 9", ROW, told), ["billing", "returns"] * 9),
    "picked": (lambda pen, told: draw_picked(pen, PICKED, Allowance(told, 9, 0.05, 0.1, 3, 40)), "support-router"),
    "labelled": (lambda pen, told: draw_labelled(pen, {told: 3, "skipped": 1}), "audit"),
    "progress": (
        lambda pen, told: pen.line(progress_line(told)),
        {"step": "s", "says": told.LONG, "figures": {"l": "x"}},
    ),
}
COLOUR = re.compile(r"\033\[(?:0|1|2|3[1-4])m")
LOOKED_UP = {"state", "word", "moved", "of", "reuse", "scale"}
"""Words of a closed list, which drawings have other words for."""


def hostile(told: Any, key: str = "") -> Any:
    """The same with what would drive a terminal in every word of it."""
    if isinstance(told, dict):
        return {name: hostile(value, name) for name, value in told.items()}
    if isinstance(told, list):
        return [hostile(value, key) for value in told]
    return f"\x1b]0;x\x07{told}\x1b[2J\u202e\n" if isinstance(told, str) and key not in LOOKED_UP else told


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_keeps_to_its_width(name: str, width: int) -> None:
    draw, given = DRAWINGS[name]
    lines = COLOUR.sub("", inked(lambda pen: draw(pen, given), width)).splitlines()
    assert [line for line in lines if len(line) > width] == []
    assert any(line.strip() for line in lines)


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_word_of_a_drawing_is_lost_where_the_room_is_small(name: str) -> None:
    draw, given = DRAWINGS[name]

    def letters(width: int) -> Counter[str]:
        drawn = COLOUR.sub("", inked(lambda pen: draw(pen, given), width))
        return Counter(letter for letter in drawn if letter.isascii() and not letter.isspace())

    assert letters(200) - letters(60) == Counter()


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_drawing_lets_data_drive_a_terminal(name: str) -> None:
    draw, given = DRAWINGS[name]
    stream = StringIO()
    draw(Pen(stream, colours=False), hostile(given))
    shown = stream.getvalue() + COLOUR.sub("", inked(lambda pen: draw(pen, hostile(given)), 60))
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
