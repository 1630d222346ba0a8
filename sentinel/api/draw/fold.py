"""A line that is longer than its room, as several."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

_COLOUR = re.compile(r"\033\[(\d+)m")
_NONE = "0"
_DEEPER = 2
"""How much further in a line goes on than it began."""


class _Letter(NamedTuple):
    letter: str
    colour: str


def folded(text: str, width: int) -> Iterator[str]:
    """Lines of at most `width` letters, broken between words where it can be; each has its colours to itself."""
    letters = list(_letters(text))
    if len(letters) <= width:
        yield text
        return
    deep = _past_blanks(letters, 0)
    start, first, prefix = 0, deep, ""
    while start < len(letters):
        end = _end(letters, start, first, max(1, width - len(prefix)))
        yield prefix + _written(letters[start:end])
        start = first = _past_blanks(letters, end)
        prefix = " " * min(deep + _DEEPER, width // 2)


def _letters(text: str) -> Iterator[_Letter]:
    """Each letter with its colour."""
    colour = _NONE
    # a pattern with one group splits into text, colour, text, colour, …, text
    for number, part in enumerate(_COLOUR.split(text)):
        if number % 2:
            colour = part
        else:
            yield from (_Letter(letter, colour) for letter in part)


def _past_blanks(letters: Sequence[_Letter], start: int) -> int:
    return next((place for place in range(start, len(letters)) if letters[place].letter != " "), len(letters))


def _end(letters: Sequence[_Letter], start: int, first: int, room: int) -> int:
    """Where a line ends: with the text, at the last blank behind its first word, or where the room does."""
    if len(letters) - start <= room:
        return len(letters)
    blanks = (place for place in range(start + room, first, -1) if letters[place].letter == " ")
    return next(blanks, start + room)


def _written(letters: Sequence[_Letter]) -> str:
    """Letters with their colours, without the blanks at the end."""
    held = len(letters)
    while held and letters[held - 1].letter == " ":
        held -= 1
    parts = []
    for colour, same in groupby(letters[:held], key=lambda each: each.colour):
        text = "".join(each.letter for each in same)
        parts.append(text if colour == _NONE else f"\033[{colour}m{text}\033[0m")
    return "".join(parts)
