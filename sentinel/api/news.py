"""Hearing of what happens: the ledger says what, the daemon only wakes whoever listens."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sentinel.api.site import Site
from sentinel.domain.event import Event

_PAGE = 200


@dataclass(slots=True)
class News:
    """The events of one stream or of all, as they are put on record. Nothing is lost, however slowly it is taken."""

    site: Site
    stream: str | None = None
    _queue: asyncio.Queue[list[Event]] = field(init=False)

    def __enter__(self) -> "News":
        """Begin to listen."""
        self._queue = self.site.listen()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        self.site.leave(self._queue)

    async def after(self, seq: int, patience: float | None = None) -> AsyncIterator[Event]:
        """What is on record after a seq; where that is nothing, what comes next, within so many seconds."""
        found = await self._read(seq)
        if not found:
            await self._wait(patience)
            found = await self._read(seq)
        while found:
            for event in found:
                yield event
            found = await self._read(found[-1].seq) if len(found) == _PAGE else []

    async def _read(self, seq: int) -> list[Event]:
        return await self.site.look(lambda ledger: ledger.reads.events(seq, _PAGE, self.stream))

    async def _wait(self, patience: float | None) -> None:
        """Until something of interest has happened. Who was let go for not keeping up listens anew."""
        if not self.site.hears(self._queue):
            self._queue = self.site.listen()
            return
        try:
            async with asyncio.timeout(patience):
                while not self._concerns(await self._queue.get()):
                    pass
        except TimeoutError:
            return
        while not self._queue.empty():
            self._queue.get_nowait()

    def _concerns(self, events: list[Event]) -> bool:
        return self.stream is None or any(event.stream == self.stream for event in events)
