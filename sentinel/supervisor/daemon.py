"""The daemon: one loop around the engine, that starts what it orders and wakes it when something is due."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sentinel.contract.attempt import AttemptOut
from sentinel.domain.event import Event
from sentinel.domain.points import reach
from sentinel.domain.refusal import Refused
from sentinel.ledger.errors import LedgerFull
from sentinel.ledger.ledger import Ledger
from sentinel.outside import sdnotify
from sentinel.outside.clock import Clock
from sentinel.outside.git import commit_of
from sentinel.supervisor.alarm_clock import AlarmClock
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.folders import AttemptFolders
from sentinel.supervisor.follow import follow, followed, followed_files, read_on
from sentinel.supervisor.foresight import Foresight
from sentinel.supervisor.hands import Hands
from sentinel.supervisor.taking import catalogue_of, take
from sentinel.supervisor.watching import Print, fingerprint
from sentinel.supervisor.work import Spawn

T = TypeVar("T")
ROOM_EVERY = 1.0
"""Seconds between tries while the disk is full."""
MOMENT = 0.005
"""Seconds within which everything that happens sets the alarm once."""
LOOKS_EVERY = 2.0
"""Seconds between looks at the workspace's files."""
FORETELLS_EVERY = 3.0
"""Seconds between looks for runs of which nothing has been foretold. What ends before is not worth it."""

Check = Callable[[Path], Any]


@dataclass(slots=True)
class Daemon:
    """The life of a daemon, from `run` until it is told to go down."""

    engine: Engine
    hands: Hands
    folders: AttemptFolders
    workspace: Path
    check: Check
    clock: Clock
    release: str
    remember: Callable[[Catalogue], None] = lambda _: None
    """Keeps what is in force for the daemon after this one."""
    thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
    )
    alarms: AlarmClock = field(default_factory=AlarmClock)
    listeners: set[asyncio.Queue[list[Event]]] = field(default_factory=set)
    foresight: Foresight = field(init=False)
    going_down: asyncio.Event = field(default_factory=asyncio.Event)
    why: str = "it was told to"
    broke: BaseException | None = None
    """What should not have happened, and took the daemon down."""
    _reloading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _seen: Print = ()
    _faults: tuple[str, ...] = ()
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    _ticking: bool = False
    _looking: bool = False
    """Whether the alarm is about to be set anew."""
    _full: bool = False
    """Whether the disk was full at the last try: then the alarm is set to the next."""

    def __post_init__(self) -> None:
        self.foresight = Foresight(self.engine, self.folders.path)

    async def run(self, opened: Callable[[], Any] | None = None) -> None:
        """Until told to go down: workers are adopted first, then files taken, then the door opens."""
        self.hands.broke = self._break
        await self._carry_out(await self._engine(lambda: self.engine.start(os.getpid(), self.release)))
        reach("supervisor.started")
        await self.reload()
        for attempt in await self._engine(self.engine.live):
            await self.hands.take_up(attempt, self.folders.path(attempt))
        reach("supervisor.taken-up")
        # looked at anew, now that every worker is known: what was to be ended before may only be told so from here on
        await self._engine(self.engine.floor.look_again)
        self.alarms.start(lambda: self._task(self._tick()))
        await self._tick()
        chores = (self.hands.watch(), self._watch_files(), self._follow_outcomes(), self._foretell(), self._watchdog())
        for chore in chores:
            self._task(chore)
        if opened is not None:
            await opened()
        sdnotify.tell("READY=1\nSTATUS=Watching.")
        await self.going_down.wait()
        await self._close()

    async def do(self, act: Callable[[Engine], Done]) -> Done:
        """Let the engine do something, and carry out what it orders."""
        try:
            done = await self._engine(lambda: act(self.engine))
        except LedgerFull:
            # the engine has made its picture of the floor anew: all of it is looked at again as soon as there is room
            now = self.clock.now()
            self.alarms.wake_at(now + round(ROOM_EVERY * 1000), now)
            self._full = True
            raise
        self._full = False
        await self._carry_out(done)
        return done

    async def read(self, look: Callable[[Ledger], T]) -> T:
        """Look something up in the ledger."""
        return await self._engine(lambda: look(self.engine.ledger))

    def subscribe(self) -> asyncio.Queue[list[Event]]:
        """A queue that gets every event from now on; a listener that does not keep up is let go."""
        queue: asyncio.Queue[list[Event]] = asyncio.Queue(maxsize=1000)
        self.listeners.add(queue)
        return queue

    async def reload(self) -> tuple[str, ...]:
        """Check the workspace's files and put them in force; the faults, if there are any."""
        async with self._reloading:
            seen = await asyncio.to_thread(fingerprint, self.workspace)
            checked = await asyncio.to_thread(self.check, self.workspace)
            tree, trouble = await asyncio.to_thread(_tree, self.workspace)
            faults = tuple(str(fault) for fault in checked.faults)
            broken = {fault.file: checked.files.get(fault.file, "") for fault in checked.faults}
            catalogue = catalogue_of(checked, self.engine.catalogue, tree)
            new = catalogue != self.engine.catalogue
            await self.do(lambda engine: take(engine, catalogue, faults, broken, trouble))
            if new:
                with contextlib.suppress(OSError):  # a full disk, which is told when something has to be recorded
                    await asyncio.to_thread(self.remember, catalogue)
            self._seen = seen
            self._faults = faults
        return faults

    async def down(self, how: str) -> None:
        """Go down: at once, after ending the workers, or after the running attempts have ended."""
        if how == "drain":
            self.why = "it was drained"
            self.engine.draining = True
            self._task(self._drain())
            return
        if how == "workers":
            self.engine.draining = True
            await self.hands.end_all("lost")
        self.going_down.set()

    async def ended(self, result: AttemptOut, end: str, progressed: bool) -> None:
        """What the hands tell of an attempt's end."""
        await self._insist(lambda engine: engine.ended(result, end, progressed))

    async def alert(self, kind: str, about: str, sentence: str) -> None:
        """What the hands tell of a worker that worries them."""
        await self._insist(lambda engine: engine.alert(kind, about, sentence))

    async def _insist(self, act: Callable[[Engine], Done]) -> None:
        """What has happened has to be recorded: while the disk is full, again and again."""
        while True:
            try:
                await self.do(act)
            except LedgerFull as error:
                sdnotify.tell(f"STATUS={error}")
                await asyncio.sleep(ROOM_EVERY)
            else:
                return

    async def _engine(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, act)

    async def _carry_out(self, done: Done) -> None:
        for order in done.orders:
            if isinstance(order, Spawn):
                self._task(self.hands.start(order))
            else:
                self.hands.end(order.attempt, order.how)
        if done.events:
            for queue in list(self.listeners):
                try:
                    queue.put_nowait(done.events)
                except asyncio.QueueFull:
                    self.listeners.discard(queue)
            if not self._looking:
                self._looking = True
                self._task(self._look_ahead())

    async def _look_ahead(self) -> None:
        """Set the alarm anew, once for all that happens in a moment, and not before what was ordered has started."""
        await asyncio.sleep(MOMENT)
        self._looking = False
        moment = await self._engine(self.engine.next_alarm)
        if not self._full:
            self.alarms.wake_at(moment, self.clock.now())

    async def _tick(self) -> None:
        if self._ticking:
            return  # the one that is under way sets the alarm anew; on a full disk it may be for long
        self._ticking = True
        try:
            await self._insist(lambda engine: engine.tick())
        finally:
            self._ticking = False
        self.alarms.wake_at(await self._engine(self.engine.next_alarm), self.clock.now())

    async def _watch_files(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            if await asyncio.to_thread(fingerprint, self.workspace) != self._seen:
                try:
                    await self.reload()
                except LedgerFull as error:
                    self._seen = ()
                    sdnotify.tell(f"STATUS={error}")

    async def _follow_outcomes(self) -> None:
        """Read on, wherever a line's outcomes are written to a file, as long as there is more."""
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            for line, file in followed_files(self.engine.catalogue).items():
                with contextlib.suppress(LedgerFull):  # what was not put on record is read again
                    while await self._read_on(line, file):
                        pass

    async def _read_on(self, line: str, file: str) -> bool:
        known = await self._engine(lambda: followed(self.engine, line))
        read = await asyncio.to_thread(read_on, self.workspace, file, known)
        if read is None:
            return False
        await self.do(lambda engine: follow(engine, line, read))
        return not read.trouble

    async def _foretell(self) -> None:
        """Put it on record what is expected of each run, once while it is queued and once when it has begun."""
        while True:
            await asyncio.sleep(FORETELLS_EVERY)
            if await self._engine(lambda: bool(self.engine.floor.untold)):
                told = await self.foresight.told(self.read)
                with contextlib.suppress(LedgerFull):  # nothing hangs on it
                    await self.do(partial(Engine.foretell, foreseen=told.runs, at=told.at))

    async def _watchdog(self) -> None:
        interval = sdnotify.watchdog_interval()
        while interval is not None:
            # through the ledger's thread, so that a hung one is noticed from outside too
            await self._engine(lambda: None)
            status = f"{len(self.engine.floor.open)} open runs, {len(self.hands.workers)} workers."
            sdnotify.tell(f"WATCHDOG=1\nSTATUS={status}")
            await asyncio.sleep(interval)

    async def _drain(self) -> None:
        while await self._engine(self.engine.live):
            await self.hands.quiet()
        self.going_down.set()

    async def _close(self) -> None:
        sdnotify.tell("STOPPING=1")
        reach("supervisor.stopping")
        self.engine.draining = True
        self.alarms.stop()
        for task in list(self._tasks):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.hands.let_go()
        try:
            await self._engine(lambda: self.engine.stop(self.why))
        except LedgerFull as error:
            sdnotify.tell(f"STATUS={error}")
        await self._engine(self.engine.ledger.close)
        self.thread.shutdown()

    def _task(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended_task)

    def _ended_task(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._break(task.exception())

    def _break(self, error: BaseException | None) -> None:
        """A chore that breaks takes the daemon down loudly: systemd starts it again, and workers live on."""
        self.why = f"it broke: {error!r}"
        self.broke = error
        self.going_down.set()


def _tree(workspace: Path) -> tuple[tuple[str | None, bool, str | None], str]:
    """Which commit the files are of, and what is wrong where git does not say: runs then go on record without."""
    try:
        return commit_of(workspace), ""
    except Refused as refused:
        return (None, False, None), f"Runs go on record without the commit of their files. {refused.refusal}"
