"""A file becomes plain dicts, lists and text, and every key and value keeps its place."""

from sentinel.domain.fault import Fault
from sentinel.recipe.loader import Document, read

TEXT = """\
recipe: tickets   # a comment
steps:
  - {id: rows, with: {revision: 3f2c9e1, count: 012}}
  - id: empty
    in:
    note: "null"
    yes: no
"""


def document() -> Document:
    return read(TEXT.encode(), "recipes/tickets.yaml")


def test_every_scalar_stays_the_text_that_was_written() -> None:
    assert document().tree == {
        "recipe": "tickets",
        "steps": [
            {"id": "rows", "with": {"revision": "3f2c9e1", "count": "012"}},
            {"id": "empty", "in": None, "note": "null", "yes": "no"},
        ],
    }


def test_nothing_null_and_a_tilde_are_none_and_quoted_ones_are_text() -> None:
    assert read(b"[~, null, Null, NULL, '', '~', \"null\", nil]", "f").tree == [
        None, None, None, None, "", "~", "null", "nil",
    ]  # fmt: skip


def test_keys_and_values_keep_their_places() -> None:
    held = document()
    assert held.keys["steps", 0, "with"] == (3, 16)
    assert held.values["steps", 0, "with"] == (3, 22)
    assert held.values["steps", 0, "with", "count"] == (3, 49)
    assert held.values[("steps", 1)] == (4, 5)


def test_a_fault_gets_the_place_of_its_value_or_of_its_key() -> None:
    held = document()
    path = ("steps", 0, "with", "revision")
    assert (held.placed(Fault("E-x", "", "", at=path)).line, held.placed(Fault("E-x", "", "", at=path)).column) == (
        3,
        33,
    )
    assert held.placed(Fault("E-x", "", "", at=path, key=True)).column == 23


def test_a_fault_of_something_that_is_missing_gets_the_nearest_place_around_it() -> None:
    held = document()
    assert held.placed(Fault("E-x", "", "", at=("steps", 1, "retry", "times"), key=True)).line == 4
    assert held.placed(Fault("E-x", "", "", at=())).column == 1


def test_the_first_of_two_equal_keys_counts() -> None:
    held = read(b"a: {b: 1}\na: 2\nc: 3\n", "f")
    assert held.tree == {"a": {"b": "1"}, "c": "3"}
    assert held.whole


def test_a_file_that_cannot_be_read_on_is_not_whole() -> None:
    assert not read(b"a: [", "f").whole
    assert not read(b"a: {<<: {b: 1}}", "f").whole


def test_an_empty_file_holds_nothing() -> None:
    held = read(b"# nothing yet\n", "f")
    assert (held.tree, held.faults, held.whole) == (None, [], True)
