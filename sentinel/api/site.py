"""What the routes act upon: the daemon, its workspace and its store."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sentinel.contract.types import Registry
from sentinel.domain.event import Event
from sentinel.domain.refusal import Refusal, Refused, refuse
from sentinel.ledger import Ledger
from sentinel.store import Store
from sentinel.supervisor.daemon import Daemon
from sentinel.supervisor.engine import Done, Engine

T = TypeVar("T")


@dataclass(slots=True)
class Site:
    """A daemon as its door shows it."""

    daemon: Daemon
    store: Store
    state: Path
    registry: Registry
    _chores: set[asyncio.Future[object]] = field(default_factory=set)

    @property
    def operators(self) -> tuple[str, ...]:
        """The logins that sentinel.yaml names, as of its last good version."""
        return self.daemon.engine.catalogue.operators

    @property
    def engine(self) -> Engine:
        """The daemon's mind; to be looked at on the ledger's thread only."""
        return self.daemon.engine

    async def act(self, act: Callable[[Engine], Done]) -> Any:
        """Do something, and give what came of it. Refused where the engine says no."""
        self._still_up()
        # what is on record by then is carried out too, even if whoever asked has hung up
        done = await asyncio.shield(asyncio.ensure_future(self.daemon.do(act)))
        if isinstance(done.answer, Refusal):
            raise Refused(done.answer)
        return done.answer

    async def look(self, look: Callable[[Ledger], T]) -> T:
        """Look something up, on the ledger's thread."""
        self._still_up()
        return await self.daemon.read(look)

    def chore(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something beside, that nobody waits for."""
        task = asyncio.ensure_future(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    def _still_up(self) -> None:
        if self.daemon.going_down.is_set():
            raise refuse("E-gone-away", "The daemon is going down.", todo="Ask again once it is up.")

    def listen(self) -> asyncio.Queue[list[Event]]:
        """Hear of every event from now on, until `leave`."""
        return self.daemon.subscribe()

    def leave(self, queue: asyncio.Queue[list[Event]]) -> None:
        """Hear no more."""
        self.daemon.listeners.discard(queue)

    def hears(self, queue: asyncio.Queue[list[Event]]) -> bool:
        """Whether this listener still hears; one that could not keep up is let go."""
        return queue in self.daemon.listeners
