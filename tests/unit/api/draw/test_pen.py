"""A pen: lines and tables as wide as they are, or folded into the room that there is."""

import re
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.api.draw.fold import folded
from sentinel.api.draw.pen import Pen, inked

COLOUR = re.compile(r"\033\[\d+m")
HEADS = ("RUN", "STATE", "WHY")
ROWS = [("r1", "inconclusive", "it waits for four hundred outcomes of the canary"), ("r2", "done", None)]


def shown(width: int, folds: bool = True) -> list[str]:
    stream = StringIO()
    Pen(stream, colours=False, width=width, folds=folds).table(HEADS, ROWS, inked=1)
    return stream.getvalue().splitlines()


def test_a_pen_that_does_not_fold_writes_lines_as_long_as_they_are() -> None:
    stream = StringIO()
    Pen(stream, colours=False, width=20).line("word " * 20)
    assert stream.getvalue() == f"{'word ' * 20}\n"
    assert shown(20, folds=False) == shown(200)


def test_a_line_goes_on_further_in_than_it_began() -> None:
    assert list(folded("  rate  it is as good as ever", 16)) == ["  rate  it is as", "    good as ever"]
    assert list(folded("short", 16)) == ["short"]
    assert list(folded("", 16)) == [""]


def test_each_line_that_is_folded_has_its_colours_to_itself() -> None:
    text = "a \033[31mred one that is long\033[0m end"
    assert list(folded(text, 12)) == [
        "a \033[31mred one\033[0m",
        "  \033[31mthat is\033[0m",
        "  \033[31mlong\033[0m end",
    ]


@given(st.text(alphabet=" abcä"), st.integers(1, 40))
def test_a_line_keeps_to_its_width_and_loses_no_letter(text: str, width: int) -> None:
    lines = list(folded(text, width))
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_word_without_end_is_folded_in_time() -> None:
    assert len(list(folded("x" * 200_000, 60))) > 3000


def test_a_column_gives_way_and_a_state_stays_whole() -> None:
    assert shown(40) == [
        "RUN  STATE         WHY",
        "r1   inconclusive  it waits for four",
        "                   hundred outcomes of",
        "                   the canary",
        "r2   done",
    ]


def test_cells_stand_below_each_other_where_columns_have_no_room() -> None:
    assert shown(26) == [
        "RUN    r1",
        "STATE  inconclusive",
        "WHY    it waits for four",
        "       hundred outcomes of",
        "       the canary",
        "",
        "RUN    r2",
        "STATE  done",
    ]


def test_a_block_keeps_its_lines_and_nothing_that_drives_a_terminal() -> None:
    stream = StringIO()
    Pen(stream, colours=False, width=12, folds=True).block("one\n\n  two three four\x1b[2J\n")
    assert stream.getvalue() == "one\n\n  two three\n    four\n"


def test_a_drawing_as_a_text_has_colours() -> None:
    def draw(pen: Pen) -> None:
        pen.line(f"it is {pen.state('failed')}")
        pen.table(HEADS, ROWS, inked=1)

    text = inked(draw, 40)
    assert text.startswith("it is \033[31mfailed\033[0m\n\033[2mRUN")
    assert "\033[33minconclusive\033[0m" in text
    assert max(len(COLOUR.sub("", line)) for line in text.splitlines()) <= 40


@pytest.mark.parametrize("width", [1, 3, 9])
def test_a_table_in_hardly_any_room_is_drawn_all_the_same(width: int) -> None:
    assert "".join("".join(shown(width)).split()).startswith("RUN")
