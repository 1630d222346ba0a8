"""A file as it is read where it is wrong."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.tui.shown.faulted import LETTERS, LINES, Fault, faulted, read_fault, told_faults
from sentinel.tui.widgets.page import lines

TEXT = "recipe: a\nsteps:\n  - {id: b}\n"
HERE = Fault("recipes/a.yaml", 3, 9, "E-what", "It is wrong. Mend it.")


def drawn(text: str, *faults: Fault, room: int = 60) -> list[str]:
    return lines(faulted(text, faults, room)).plain.split("\n")


def test_a_fault_stands_below_its_line_and_one_of_the_whole_file_above_all() -> None:
    whole = Fault("recipes/a.yaml", 0, 0, "E-large", "It is too large.")
    assert drawn(TEXT, HERE, whole) == [
        "   ✗ E-large: It is too large.",
        "1  recipe: a",
        "2  steps:",
        "3    - {id: b}",
        "   ✗ at 9 E-what: It is wrong. Mend it.",
    ]


def test_a_fault_of_a_line_that_is_not_there_any_more_is_not_lost() -> None:
    assert drawn(TEXT, HERE._replace(line=9))[0] == "   ✗ at 9 E-what: It is wrong. Mend it."


def test_a_fault_is_read_from_what_the_daemon_tells() -> None:
    told = "recipes/a.yaml:3:9: E-what: It is wrong. Mend it."
    assert read_fault(told) == read_fault(told, "recipes/a.yaml") == HERE
    assert read_fault("sentinel.yaml: E-no-config: There is none.") == Fault(
        "sentinel.yaml", 0, 0, "E-no-config", "There is none."
    )
    assert read_fault("anything else") == Fault("", 0, 0, "", "anything else")
    assert HERE.place == "recipes/a.yaml:3:9"


def test_all_faults_stand_below_their_files() -> None:
    other = Fault("", 0, 0, "", "anything else")
    assert lines(told_faults([HERE, HERE._replace(line=4), other], 60)).plain.split("\n") == [
        "recipes/a.yaml",
        "  3:9     ✗ E-what",
        "          It is wrong. Mend it.",
        "  4:9     ✗ E-what",
        "          It is wrong. Mend it.",
        "",
        "the workspace",
        "          ✗",
        "          anything else",
    ]


def test_what_is_endless_is_cut() -> None:
    shown = drawn("x" * 10_000 + "\n" * (LINES + 5))
    assert len(shown) == LINES + 1 and len(shown[0]) <= LETTERS + 10
    assert shown[-1] == "… and 5 lines more, which are not shown."


@given(st.text(), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99), st.text())), st.integers(0, 200))
def test_no_fault_is_lost_and_nothing_raw_is_drawn(text: str, told: list[tuple[int, int, str]], room: int) -> None:
    faults = [Fault("recipes/a.yaml", line, column, "E-what", says) for line, column, says in told]
    shown = lines(faulted(text, faults, room)).plain
    assert shown.count("✗ ") >= len(faults)
    assert not set(shown) & set("\x1b\x07\r\u202e\u2028\x85")


@given(st.text(), st.text())
def test_reading_a_fault_never_fails_and_drops_nothing_but_its_place(told: str, file: str) -> None:
    found = read_fault(told, file)
    assert found.says.strip() in told
