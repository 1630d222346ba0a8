"""What drawings are drawn with: lines, tables and colours, within a width, on a stream."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from itertools import zip_longest
from typing import TextIO

from sentinel.api.draw.fold import folded
from sentinel.domain.text import plain

WIDTH = 100
"""Letters of a line, where nothing else is said."""
STATES: Mapping[str, str] = {
    "done": "green", "reused": "green", "pass": "green", "approved": "green", "succeeded": "green", "running": "blue",
    "started": "blue", "waiting": "yellow", "paused": "yellow", "inconclusive": "yellow", "held": "yellow",
    "failed": "red", "rejected": "red", "frozen": "red", "fail": "red", "freeze": "red", "error": "red", "lost": "red",
    "refused": "red", "timed-out": "red", "stalled": "red", "out-of-memory": "red", "cancelled": "dim",
    "skipped": "dim", "pending": "dim", "queued": "dim",
}  # fmt: skip
_COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "dim": "2", "bold": "1"}
_WORD = 16
"""Letters of a word in a table that is not broken."""
_GAP = "  "


def inked(draw: Callable[["Pen"], None], width: int = WIDTH) -> str:
    """A drawing as one text with colours, each line within the width, for a reader that takes ANSI."""
    stream = StringIO()
    draw(Pen(stream, colours=True, width=width, folds=True))
    return stream.getvalue()


class Pen:
    """Writes lines. Every piece of data is made plain first; only `ink` puts colour around it.

    Drawings lay themselves out by `width`. With `folds` no line is longer; else that is left to the terminal.
    """

    def __init__(self, stream: TextIO, colours: bool, width: int = WIDTH, folds: bool = False) -> None:
        self.stream, self.colours, self.width, self.folds = stream, colours, width, folds

    def line(self, text: str = "") -> None:
        """Write one line; what it holds must be plain or inked already."""
        for each in folded(text, self.width) if self.folds else (text,):
            self.stream.write(f"{each}\n")
        self.stream.flush()

    def say(self, text: object) -> None:
        """Write one line of data."""
        self.line(plain(text))

    def block(self, text: str) -> None:
        """Write data that has lines of its own."""
        if self.folds:
            for each in plain(text, lines=True).expandtabs().splitlines():
                self.line(each)
            return
        self.stream.write(plain(text, lines=True))
        self.stream.flush()

    def ink(self, text: object, colour: str) -> str:
        """Data in a colour, where there are colours."""
        shown = plain(text)
        return f"\033[{_COLOURS[colour]}m{shown}\033[0m" if self.colours and colour in _COLOURS else shown

    def state(self, word: object, width: int = 0) -> str:
        """A state in its colour, padded."""
        shown = plain(word or "")
        return self.ink(shown, STATES.get(shown, "")) + " " * max(0, width - len(shown))

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[object]], inked: int | None = None) -> None:
        """Write rows under heads, each column as wide as it must be; one column may hold states.

        Where lines are folded and there is no room for all columns, the cells of a row stand below each other.
        """
        cells = [[plain(cell if cell is not None else "") for cell in row] for row in rows]
        widths = self.widths(heads, cells, inked=inked)
        if self.folds and _length(widths) > self.width:
            self._records(heads, cells, inked)
            return
        self.row(heads, widths, colour="dim")
        for row in cells:
            self.row(row, widths, inked=inked)

    def widths(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], indent: int = 0, inked: int | None = None
    ) -> list[int]:
        """How wide columns must be; where lines are folded, the widest give way as far as their words let them."""
        columns = [[head, *(row[index] for row in rows)] for index, head in enumerate(heads)]
        widths = [max(map(len, column)) for column in columns]
        if not self.folds:
            return widths
        # a state in two parts would have no colour
        least = [
            width if index == inked else min(width, _WORD, max(len(word) for cell in column for word in _words(cell)))
            for index, (width, column) in enumerate(zip(widths, columns, strict=True))
        ]
        widths = [max(low, min(width, self.width)) for low, width in zip(least, widths, strict=True)]
        while _length(widths) + indent > self.width and widths != least:
            free = [index for index, width in enumerate(widths) if width > least[index]]
            widths[max(free, key=lambda index: widths[index])] -= 1
        return widths

    def _records(self, heads: Sequence[str], rows: Sequence[Sequence[str]], inked: int | None) -> None:
        names = max(map(len, heads))
        widths = [names, max(1, self.width - names - len(_GAP))]
        for number, row in enumerate(rows):
            if number:
                self.line()
            for index, (head, cell) in enumerate(zip(heads, row, strict=True)):
                if cell:
                    self.row((head, cell), widths, inked=1 if index == inked else None)

    def row(
        self, cells: Sequence[str], widths: Sequence[int], indent: int = 0, inked: int | None = None, colour: str = ""
    ) -> None:
        """Write plain cells side by side; what its column is too narrow for goes on below."""
        held = [_parts(cell, width) for cell, width in zip(cells, widths, strict=True)]
        for parts in zip_longest(*held, fillvalue=""):
            shown = [
                self.state(part, width) if index == inked else part.ljust(width)
                for index, (part, width) in enumerate(zip(parts, widths, strict=True))
            ]
            text = _GAP.join(shown).rstrip()
            self.line(" " * indent + (self.ink(text, colour) if colour else text))


def _length(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _words(cell: str) -> list[str]:
    return cell.split() or [""]


def _parts(cell: str, width: int) -> list[str]:
    return [cell] if len(cell) <= width else textwrap.wrap(cell, width, break_on_hyphens=False) or [""]
