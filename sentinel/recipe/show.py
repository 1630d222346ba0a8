"""A fault as a person reads it: the sentence, then the line of the file with a mark under what is wrong."""

import re
import unicodedata

from sentinel.domain.fault import Fault

_WIDEST = 96
_BEFORE = 40
_WORD = re.compile(r""""[^"]*"|'[^']*'|[^\s,\[\]{}:]+""")
_STRANGE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")
_BOLD, _RED, _YELLOW, _DIM, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"


def render(fault: Fault, source_line: str, colour: bool) -> str:
    """A fault with its source line and a caret; without them where it has no place in a file."""
    tint = _YELLOW if fault.warning else _RED
    place = f"{fault.file}:{fault.line}:{fault.column}: " if fault.line else (f"{fault.file}: " if fault.file else "")
    word = "warning " if fault.warning else ""
    head = f"{_in(place, _BOLD, colour)}{_in(word + fault.code, tint, colour)}: {fault.what} {fault.todo}".rstrip()
    if not fault.line or not source_line.strip() or fault.code == "E-secret-ref":
        return head
    shown, start, width = _window(source_line, fault.column - 1)
    gutter = f"{fault.line:>5} | "
    blank = " " * (len(gutter) - 2) + "| "
    mark = " " * _cells(shown[:start]) + "^" * max(1, _cells(shown[start : start + width]))
    return f"{head}\n{_in(gutter, _DIM, colour)}{shown}\n{_in(blank, _DIM, colour)}{_in(mark, tint, colour)}"


def _in(text: str, tint: str, colour: bool) -> str:
    return f"{tint}{text}{_PLAIN}" if colour and text else text


def _window(line: str, column: int) -> tuple[str, int, int]:
    """The part of a line around a column, free of what would drive a terminal; the mark's start and width in it."""
    line = _STRANGE.sub("·", line.rstrip("\r\n").replace("\t", " "))
    column = min(column, len(line))
    found = _WORD.match(line, column)
    width = len(found[0]) if found is not None else 1
    if len(line) <= _WIDEST:
        return line, column, width
    start = max(0, min(column - _BEFORE, len(line) - _WIDEST))
    part = line[start : start + _WIDEST]
    part = ("…" + part[1:]) if start else part
    part = (part[:-1] + "…") if start + _WIDEST < len(line) else part
    return part, column - start, min(width, _WIDEST - (column - start))


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)
