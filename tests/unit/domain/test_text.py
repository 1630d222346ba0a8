"""Data on a terminal: it says something, and does nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.text import plain


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\after", "after"),
        ("a\x9b31mb", "a31mb"),
        ("\u202eevil\u202c", "evil"),
        ("over\rwrite", "over write"),
        ("a\x08b\x7f", "ab"),
        ("one\ntwo\tthree", "one two three"),
        ("nul\x00", "nul"),
        ("\ud800", "?"),
        ("größe ✓ 模型", "größe ✓ 模型"),
    ],
)
def test_what_drives_a_terminal_is_taken_out(hostile: str, harmless: str) -> None:
    assert plain(hostile) == harmless


def test_lines_may_stay_where_they_are_wanted() -> None:
    assert plain("one\n\ttwo\x1b[2J\n", lines=True) == "one\n\ttwo\n"


@given(st.text())
def test_nothing_that_drives_a_terminal_is_ever_left(text: str) -> None:
    assert not set(plain(text)) & {*map(chr, range(32)), "\x7f", "\x9b", "\u202e", "\u2066"}
    assert "\x1b" not in plain(text, lines=True)
