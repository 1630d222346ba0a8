"""The line to the daemon: what it tells all day, what it answers, and how long ago it was last heard."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from textual.message import Message

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused

QUIET = 15.0
"""Seconds of silence after which a line is dead: the daemon says that it is alive every five."""
_FIRST, _LAST = 0.2, 2.0
"""Seconds until the next try of a line that broke off: the first time, and at most."""
_GATHER = 0.03
"""Seconds in which what comes is gathered, so that a thousand events a second are thirty messages."""


class Asks(Protocol):
    """How a daemon is asked; `AsyncClient` is one way."""

    async def ask(self, route: str, **given: Json) -> Json:
        """Ask, and get the answer."""

    def follow(self, route: str, quiet: float | None = None, **given: Json) -> Any:
        """Hear a stream."""


class Heard(Message):
    """What the daemon has told, in its order."""

    def __init__(self, told: Sequence[Mapping[str, Json]]) -> None:
        super().__init__()
        self.told = tuple(told)


class Lost(Message):
    """Nobody is at the other end; it is tried again and again."""

    def __init__(self, why: Refusal) -> None:
        super().__init__()
        self.why = why


@dataclass
class Link:
    """Listens for ever, and begins again where it broke off: nothing that is on record is missed."""

    client: Asks
    post: Callable[[Message], object]
    seen: int | None = None
    """The last event that was heard."""
    _held: list[Mapping[str, Json]] = field(default_factory=list)
    _flush: asyncio.TimerHandle | None = None
    _handed: float = 0.0

    async def listen(self) -> None:
        """Hear what the daemon tells, until cancelled."""
        pause = _FIRST
        while True:
            try:
                async with contextlib.aclosing(self.client.follow("live", quiet=QUIET, since=self.seen)) as stream:
                    async for told in stream:
                        pause = _FIRST
                        self._take(told)
                why = Refusal("E-gone-away", "The daemon went down.", todo="`sentinel up` starts it again.")
            except Refused as error:
                why = error.refusal
            except OSError as error:
                why = Refusal("E-gone-away", f"The line broke: {error.strerror}.")
            self.post(Lost(why))
            await asyncio.sleep(pause)
            pause = min(_LAST, 2 * pause)

    def _take(self, told: Mapping[str, Json]) -> None:
        if "event" in told:
            self.seen = told["event"]["seq"]
        elif "skipped" in told:
            self.seen = told["skipped"]["to"]
        elif "alive" in told and self.seen is None:
            self.seen = told["alive"]["last"]
        self._held.append(told)
        if self._flush is None:
            loop = asyncio.get_running_loop()
            # the first after a silence goes on at once, and what comes right after it is gathered
            self._flush = loop.call_later(max(0.0, self._handed + _GATHER - loop.time()), self._hand_on)

    def _hand_on(self) -> None:
        held, self._held, self._flush = self._held, [], None
        self._handed = asyncio.get_running_loop().time()
        self.post(Heard(held))
