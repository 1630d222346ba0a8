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

    async def after(self, seq: int) -> AsyncIterator[Event]:
        """What is on record after a seq, and where that is nothing yet, what comes next."""
        if not await self._read(seq, 1):
            await self.wait()
        async for event in self.since(seq):
            yield event

    async def since(self, seq: int) -> AsyncIterator[Event]:
        """What is on record after a seq by now."""
        while found := await self._read(seq, _PAGE):
            for event in found:
                yield event
            seq = found[-1].seq

    async def wait(self, patience: float | None = None) -> bool:
        """Until something of interest has happened, for so many seconds at most; whether it may have."""
        if not self.site.hears(self._queue):
            # let go for not keeping up: whatever was missed is in the ledger
            self._queue = self.site.listen()
            return True
        try:
            async with asyncio.timeout(patience):
                while not self._concerns(await self._queue.get()):
                    pass
        except TimeoutError:
            return False
        while not self._queue.empty():
            self._queue.get_nowait()
        return True

    async def _read(self, seq: int, limit: int) -> list[Event]:
        return await self.site.look(lambda ledger: ledger.reads.events(seq, limit, self.stream))

    def _concerns(self, events: list[Event]) -> bool:
        return self.stream is None or any(event.stream == self.stream for event in events)
