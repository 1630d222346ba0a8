"""Where a command's words go: to standard output as text or JSON, and its errors to standard error."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal
from sentinel.domain.text import plain

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "dim": "2", "bold": "1"}
STATES: Mapping[str, str] = {
    "done": "green", "reused": "green", "pass": "green", "approved": "green", "succeeded": "green", "running": "blue",
    "started": "blue", "waiting": "yellow", "paused": "yellow", "inconclusive": "yellow", "held": "yellow",
    "failed": "red", "rejected": "red", "frozen": "red", "fail": "red", "freeze": "red", "error": "red", "lost": "red",
    "refused": "red", "timed-out": "red", "stalled": "red", "out-of-memory": "red", "cancelled": "dim",
    "skipped": "dim", "pending": "dim", "queued": "dim",
}  # fmt: skip


class Out:
    """Writes lines. Every piece of data is made plain first; only `ink` puts colour around it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.colours = has_colours(self.stream)

    def line(self, text: str = "") -> None:
        """Write one line; what it holds must be plain or inked already."""
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def say(self, text: object) -> None:
        """Write one line of data."""
        self.line(plain(text))

    def block(self, text: str) -> None:
        """Write data that has lines of its own."""
        self.stream.write(plain(text, lines=True))
        self.stream.flush()

    def json(self, value: Json) -> None:
        """Write a value as JSON, in letters that no terminal minds."""
        self.line(json.dumps(value, indent=2 if self.colours else None))

    def ink(self, text: object, colour: str) -> str:
        """Data in a colour, where there are colours."""
        shown = plain(text)
        return f"\033[{_COLOURS[colour]}m{shown}\033[0m" if self.colours and colour in _COLOURS else shown

    def state(self, word: object, width: int = 0) -> str:
        """A state in its colour, padded."""
        shown = plain(word or "")
        return self.ink(shown, STATES.get(shown, "")) + " " * max(0, width - len(shown))

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[object]], inked: int | None = None) -> None:
        """Write rows under heads, each column as wide as it must be; one column may hold states."""
        cells = [[plain(cell if cell is not None else "") for cell in row] for row in rows]
        widths = [max([len(head), *(len(row[index]) for row in cells)]) for index, head in enumerate(heads)]
        self.line(
            self.ink("  ".join(head.ljust(width) for head, width in zip(heads, widths, strict=True)).rstrip(), "dim")
        )
        for row in cells:
            shown = [
                self.state(cell, width) if index == inked else cell.ljust(width)
                for index, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.line("  ".join(shown).rstrip())


def has_colours(stream: TextIO) -> bool:
    """Whether colours make sense: on a terminal that knows them, and nobody said no."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def tell_refusal(refusal: Refusal, verb: str = "") -> None:
    """Write an error: what, where, what to do next."""
    err = Out(sys.stderr)
    err.line(f"{err.ink(f'sentinel {verb}'.strip(), 'red')}: {plain(refusal.code)}: {plain(refusal.what)}")
    if refusal.where:
        err.line(f"  where: {plain(refusal.where)}")
    if refusal.todo:
        err.line(f"  to do: {plain(refusal.todo)}")
