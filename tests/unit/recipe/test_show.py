"""A fault is shown with its line and a mark under what is wrong, and no file can drive the terminal by it."""

import pytest

from sentinel.domain.fault import Fault
from sentinel.recipe.show import render

FAULT = Fault("E-unknown-key", "`polcy` is no key here.", "Did you mean `policy`?", "recipes/x.yaml", 12, 3)


def mark(line: str, column: int) -> str:
    drawn = render(Fault("E-x", "a", "b", "f", 1, column), line, colour=False).splitlines()
    start, end = drawn[2].index("^"), drawn[2].rindex("^") + 1
    return drawn[1][start:end]


def test_a_fault_is_shown_as_editors_and_people_read_it() -> None:
    assert render(FAULT, "  polcy: {priority: 50}\n", colour=False) == (
        "recipes/x.yaml:12:3: E-unknown-key: `polcy` is no key here. Did you mean `policy`?\n"
        "   12 |   polcy: {priority: 50}\n"
        "      |   ^^^^^"
    )


@pytest.mark.parametrize(
    ("line", "column", "marked"),
    [
        ("a: {b: two, c: d}", 8, "two"),
        ('a: "two words" # c', 4, '"two words"'),
        ("a: [b, 'c d']", 8, "'c d'"),
        ("a: {b}", 4, "{"),
        ("at: x.y?", 5, "x.y?"),
    ],
)
def test_the_mark_is_under_the_whole_word(line: str, column: int, marked: str) -> None:
    assert mark(line, column) == marked


def test_a_mark_behind_the_end_of_a_line_is_one_letter_wide() -> None:
    assert render(Fault("E-x", "a", "b", "f", 1, 40), "a: b", colour=False).endswith("|     ^")


def test_wide_letters_move_the_mark_by_two_columns() -> None:
    drawn = render(Fault("E-x", "a", "b", "f", 1, 4), "東京: x", colour=False).splitlines()
    assert drawn[2].index("^") - drawn[1].index("東") == 5


def test_a_long_line_is_cut_around_the_fault() -> None:
    line = "a: [" + "b, " * 2000 + "wrong, " + "c, " * 2000 + "]"
    drawn = render(Fault("E-x", "a", "b", "f", 1, line.index("wrong") + 1), line, colour=False).splitlines()
    assert len(drawn[1]) < 120
    assert drawn[1][drawn[2].index("^") : drawn[2].rindex("^") + 1] == "wrong"


def test_what_drives_a_terminal_is_shown_as_a_dot() -> None:
    drawn = render(Fault("E-hidden", "a", "b", "f", 1, 4), "a: \x1b[31m\u202ered\tx\x07", colour=False)
    assert drawn.splitlines()[1].endswith("a: ·[31m·red x·")
    assert "\x1b" not in drawn


def test_colour_is_only_there_when_asked_for() -> None:
    assert "\x1b[31m" in render(FAULT, "  polcy: 1", colour=True)
    assert "\x1b" not in render(FAULT, "  polcy: 1", colour=False)


def test_a_warning_says_that_it_is_one() -> None:
    warning = Fault("E-first", "a.", "b.", "f", 1, 1, warning=True)
    assert render(warning, "x", colour=False).startswith("f:1:1: warning E-first: a. b.")
    assert "\x1b[33m" in render(warning, "x", colour=True)


def test_a_fault_without_a_place_is_one_line() -> None:
    assert render(Fault("E-no-config", "There is none.", "Make one.", "sentinel.yaml"), "", colour=False) == (
        "sentinel.yaml: E-no-config: There is none. Make one."
    )
