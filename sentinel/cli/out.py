"""Where a command's words go: to standard output as text or JSON, and its errors to standard error."""

import json
import os
import sys
from typing import TextIO

from sentinel.api.draw.pen import WIDTH, Pen
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal
from sentinel.domain.text import plain


class Out(Pen):
    """A pen on standard output, or on another stream. It folds nothing: terminals do, and pipes want whole lines."""

    def __init__(self, stream: TextIO | None = None, width: int = WIDTH) -> None:
        stream = stream or sys.stdout
        super().__init__(stream, has_colours(stream), width)

    def json(self, value: Json) -> None:
        """Write a value as JSON, in letters that no terminal minds."""
        self.line(json.dumps(value, indent=2 if self.colours else None))


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
