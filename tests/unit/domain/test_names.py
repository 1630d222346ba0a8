"""Names that people give to things, and the nearest known one."""

import pytest

from sentinel.domain.names import ALIASES, RESERVED, is_name, nearest, suggest


@pytest.mark.parametrize("text", ["a", "support-router", "a1-2", "a" * 48, "a-"])
def test_a_name_begins_with_a_small_letter_and_has_48_at_most(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize("text", ["", "1a", "-a", "A", "a_b", "a.b", "a b", "ä", "a" * 49, "a\n", "../a", "a/b"])
def test_anything_else_is_no_name(text: str) -> None:
    assert not is_name(text)


def test_the_aliases_and_the_words_of_bindings_are_reserved() -> None:
    assert {"inputs", "it", "line", *ALIASES} == RESERVED


def test_the_nearest_known_word_is_suggested() -> None:
    assert nearest("chekcsum", ["checksum", "trace"]) == "checksum"
    assert suggest("Chekcsum", ["checksum", "trace"]) == "Did you mean `checksum`?"


def test_all_known_words_are_named_where_none_is_near_and_they_are_few() -> None:
    assert nearest("zebra", ["checksum", "trace"]) is None
    assert suggest("zebra", ["trace", "checksum"]) == "Known: `checksum`, `trace`."
    assert suggest("zebra", [f"word-{index:02}" for index in range(20)]).endswith("`word-11`, ….")


def test_where_nothing_is_known_that_is_said() -> None:
    assert suggest("zebra", [], "version") == "There is no version to choose from."
