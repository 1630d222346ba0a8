"""What workers write, as it comes: the last lines of it, however much there is and however fast."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused
from sentinel.tui.known.asking import is_away
from sentinel.tui.marks import DIM, Cell
from sentinel.tui.widgets.grid import Row

if TYPE_CHECKING:
    from sentinel.tui.known.link import Asks

MOST = 5_000
"""So many lines are kept."""
_BACK = 2**20
"""Bytes of what had been written before that are read again."""
_LONGEST = 4_000
"""Letters of a line; what is longer goes on below."""
_PACE = 0.1
"""Seconds between two words about what came."""
_PAUSE = 1.0
"""Seconds until a line that broke off is tried again."""


class Which(NamedTuple):
    """Whose log: of a run, of one of its steps, of one attempt at it."""

    run: str
    step: str | None = None
    attempt: int | None = None


class Written(Message):
    """There is more to read, or it begins anew."""


class Lines:
    """The last lines of several writers, in the order in which they came."""

    def __init__(self, most: int = MOST) -> None:
        self.rows: deque[Row] = deque(maxlen=most)
        self.count = 0
        """How many there ever were."""
        self._begun: dict[str, str] = {}

    def take(self, writer: str, text: str) -> None:
        """What somebody wrote: any piece of it, however it was cut."""
        *whole, rest = (self._begun.pop(writer, "") + text).split("\n")
        self.count += max(0, len(whole) - (self.rows.maxlen or 0))
        for each in whole[-(self.rows.maxlen or 0) :]:
            self._add(writer, each)
        while len(rest) > _LONGEST:
            self._add(writer, rest[:_LONGEST])
            rest = rest[_LONGEST:]
        if rest:
            self._begun[writer] = rest

    def end(self) -> None:
        """Nobody writes any more: what was begun is a line too."""
        for writer, rest in self._begun.items():
            self._add(writer, rest)
        self._begun.clear()

    def _add(self, writer: str, line: str) -> None:
        # of what was written over and over on one line, the last is what a terminal would show
        shown = line.rstrip("\r").rpartition("\r")[2][:_LONGEST]
        by = writer.partition(".")[2] or writer
        self.rows.append(Row(str(self.count), (Cell(by, DIM), shown), shown))
        self.count += 1


class Tail:
    """Listens to one log, until cancelled."""

    def __init__(self, client: "Asks", which: Which, post: Callable[[Message], object]) -> None:
        self.which, self.lines = which, Lines()
        self._client, self._post = client, post
        self.refusal: Refusal | None = None
        """Why there is nothing to read."""
        self.ended = False
        """Whether nothing will be written any more."""
        self._flush: asyncio.TimerHandle | None = None

    async def listen(self) -> None:
        """Read what was written, and what is, until the run has ended."""
        try:
            while (refusal := await self._read()) is not None:
                self.refusal = refusal
                self._hand_on()
                if not is_away(refusal):
                    return
                await asyncio.sleep(_PAUSE)
            self.ended = True
            self._hand_on()
        finally:
            self._let_be()

    async def _read(self) -> Refusal | None:
        """From near the end of what was written before to where nothing will be written any more, or why not."""
        given: dict[str, Json] = self.which._asdict()
        lines = Lines()
        try:
            async with contextlib.aclosing(self._client.follow("logs", follow=True, last=_BACK, **given)) as told:
                async for each in told:
                    # only now: what was read before a line broke off is seen until it can be read again
                    self.lines, self.refusal = lines, None
                    lines.take(each["attempt"], each["line"])
                    self._tell()
        except Refused as error:
            return error.refusal
        except OSError as error:
            return Refusal("E-gone-away", f"The line broke: {error.strerror}.")
        lines.end()
        self.lines, self.refusal = lines, None
        return None

    def _tell(self) -> None:
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(_PACE, self._hand_on)

    def _hand_on(self) -> None:
        self._let_be()
        self._post(Written())

    def _let_be(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
