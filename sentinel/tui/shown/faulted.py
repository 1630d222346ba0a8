"""A file as it is read where it is wrong: its lines by number, and below each what is wrong with it."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sentinel.tui.marks import BAD, BOLD, DIM, Cell
from sentinel.tui.widgets.page import Line

LINES, LETTERS = 2000, 400
"""So many lines are shown of a file, and so many letters of a line."""
_ENDS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_FAULT = re.compile(
    r"(?:(?P<line>\d{1,9}):(?P<column>\d{1,9}): )?(?P<code>E-[a-zA-Z-]+|W-[a-zA-Z-]+): (?P<says>.*)", re.DOTALL
)


class Fault(NamedTuple):
    """One fault as the daemon tells it: line 0 where it is about the whole file."""

    file: str
    line: int
    column: int
    code: str
    says: str

    @property
    def place(self) -> str:
        """Where it is, as compilers write it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


def read_fault(told: str, file: str = "") -> Fault:
    """A fault's parts. `file` is the one that it is known to be about: a file's name may look like anything."""
    begins = f"{file}:"
    if file and told.startswith(begins):
        rest = told.removeprefix(begins)
    else:
        file, rest = _file_of(told)
    found = _FAULT.fullmatch(rest.removeprefix(" "))
    if found is None:
        return Fault(file, 0, 0, "", rest.strip())
    return Fault(file, int(found["line"] or 0), int(found["column"] or 0), found["code"], found["says"])


def _file_of(told: str) -> tuple[str, str]:
    found = re.match(r"(?P<file>.+?):(?P<rest>(?:\d{1,9}:\d{1,9}: | )[EW]-.*)", told, re.DOTALL)
    return (found["file"], found["rest"]) if found is not None else ("", told)


def faulted(text: str, faults: Sequence[Fault], room: int) -> Iterator[Line]:
    """The lines of a file, numbered, with its faults; those about the whole of it come first."""
    lines = _ENDS.split(text)
    if lines[-1] == "" and len(lines) > 1:
        lines.pop()
    shown = lines[:LINES]
    digits = len(str(len(shown)))
    for fault in faults:
        if not 0 < fault.line <= len(shown):
            yield from _below(fault, digits, room)
    for number, line in enumerate(shown, start=1):
        wrong = [fault for fault in faults if fault.line == number]
        cut = line if len(line) <= LETTERS else f"{line[: LETTERS - 1]}…"
        yield (Cell(f"{number:>{digits}} ", BAD if wrong else DIM), Cell(f" {cut}", BAD if wrong else ""))
        for fault in wrong:
            yield from _below(fault, digits, room)
    if len(lines) > len(shown):
        yield Cell(f"… and {len(lines) - len(shown)} lines more, which are not shown.", DIM)


def _below(fault: Fault, digits: int, room: int) -> Iterator[Line]:
    indent = " " * (digits + 2)
    where = f"at {fault.column} " if fault.line else ""
    words = f"{where}{fault.code}: {fault.says}" if fault.code else fault.says
    for number, line in enumerate(textwrap.wrap(words, max(20, room - digits - 4)) or [""]):
        yield (Cell(indent, ""), Cell("✗ " if number == 0 else "  ", BAD), Cell(line, BAD))


def told_faults(faults: Sequence[Fault], room: int) -> Iterator[Line]:
    """All faults, those of a file below its name."""
    file: str | None = None
    for fault in faults:
        if fault.file != file:
            if file is not None:
                yield ""
            file = fault.file
            yield Cell(file or "the workspace", BOLD)
        where = f"{fault.line}:{fault.column}" if fault.line else ""
        yield (Cell(f"  {where:<8}", DIM), Cell(f"✗ {fault.code}".rstrip(), BAD))
        for line in textwrap.wrap(fault.says, max(20, room - 10)):
            yield f"          {line}"
