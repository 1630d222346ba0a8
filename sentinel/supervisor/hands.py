"""The daemon's hands: they start workers, watch them each second, end them, and tell the engine how each ended."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sentinel.contract.attempt import ALARM, LOCK, PROGRESS, RESULT, AttemptIn, AttemptOut, read_attempt
from sentinel.domain.points import reach
from sentinel.domain.quantity import rough_duration, rough_size
from sentinel.domain.refusal import Refusal
from sentinel.outside.clock import Clock
from sentinel.outside.processes import end_session, is_alive, pss_by_session, start_time
from sentinel.supervisor.folders import NO_SESSION, has_progressed, is_busy, tidy, to_tidy, worker_of
from sentinel.supervisor.results import result_of
from sentinel.supervisor.work import Spawn

LOOKS_FOR_PID = 600
_ALARM_LETTERS = 500
"""Looks, a twentieth of a second apart, for the pid of a worker that has just been forked. On a machine that is busy
it takes its time, and whoever ends it meanwhile may end it in the middle of its work."""


class Spawner(Protocol):
    """How a worker comes to be: forked from a warm server, or cold."""

    async def spawn(self, folder: Path, lock: int, preload: tuple[str, ...] = ()) -> int:
        """Start a worker on an attempt's folder, handing it the lock; its pid."""

    def status(self, pid: int) -> int | None:
        """The wait status of a worker that has ended, where it is known."""

    def parting(self, pid: int) -> int | None:
        """A handle, ours to close, that can be read when a worker has let go of its lock; None where there is none."""

    def forget(self, pid: int) -> None:
        """Nobody will ask for the wait status of this worker."""

    def go_betweens(self) -> Collection[int]:
        """The processes that pass locks on, and may hold one for a moment longer than its worker."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a worker may give no sign of life before somebody is told, and before it is ended. In seconds."""

    alert_after: float = 60.0
    end_after: float = 600.0
    looks_every: float = 1.0
    """Between two looks at memory, time and signs of life."""
    tidies_for: float = 2.0
    """Between the word that a worker is to end and the end."""


@dataclass(slots=True)
class Worker:
    """A living worker."""

    told: AttemptIn
    folder: Path
    pid: int
    started: int
    deadline: float | None
    ending: str | None = None
    why: str = ""
    alerted: bool = False
    alarmed: bool = False
    gone: bool = False
    """Whether it has let go of its attempt: its process has ended, or is about to."""
    done: asyncio.Event = field(default_factory=asyncio.Event)


Ended = Callable[[AttemptOut, str, bool], Awaitable[None]]
Told = Callable[[str, str, str], Awaitable[None]]


@dataclass(slots=True)
class Hands:
    """The living workers of this node."""

    spawner: Spawner
    clock: Clock
    ended: Ended
    alert: Told
    patience: Patience = field(default_factory=Patience)
    broke: Callable[[BaseException | None], None] = lambda _: None
    """Told of what should not have happened here."""
    workers: dict[str, Worker] = field(default_factory=dict)
    starting: dict[str, str | None] = field(default_factory=dict)
    """The attempts whose worker is on its way, and how it is to be ended as soon as it is there, if it is."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    watched: bool = True
    """Whether the end of a worker is still ours to record."""

    async def start(self, order: Spawn) -> None:
        """Start the worker of an attempt whose start is on record."""
        reach("supervisor.spawn.begin")
        attempt = order.attempt
        self.starting[attempt] = None
        try:
            pid = await self.spawner.spawn(order.folder, order.lock, order.preload)
        except OSError as error:
            os.close(order.lock)
            del self.starting[attempt]
            refusal = Refusal("E-spawn", f"No worker could be started: {error}.", todo="Look at the node's limits.")
            await self.ended(AttemptOut(attempt, "failed", error=refusal), "failed", False)
            return
        os.close(order.lock)
        reach("supervisor.spawn.done")
        timeout = order.told.timeout
        deadline = self.clock.monotonic() + timeout / 1000 if timeout is not None else None
        self._watch(Worker(order.told, order.folder, pid, start_time(pid) or 0, deadline))
        how = self.starting.pop(attempt)
        if how is not None:
            self.end(attempt, how)

    async def take_up(self, attempt: str, folder: Path) -> None:
        """After a restart: adopt a living worker, record a finished one, or find that it was lost."""
        looks = 0
        while is_busy(folder):
            found = worker_of(folder)
            if found is not None and is_alive(*found):
                told = read_attempt(folder)
                self._watch(Worker(told, folder, found[0], found[1], self._deadline_left(told, folder)))
                return
            looks += 1
            if found is None and looks < LOOKS_FOR_PID:
                # its worker is between the fork and its first line; it writes that before anything else
                await asyncio.sleep(0.05)
                continue
            # Something that its worker started lives on. Or nobody holds the lock, and it is busy all the same: it is
            # on its way to a fork server, which will take it, or drop it when it finds that its daemon has gone.
            await self._end_session(folder, found)
            await asyncio.sleep(0.01)
        found = worker_of(folder)
        if found is not None and is_alive(*found):
            # a worker that let go of the lock may not go on beside the next
            await self._end_session(folder, found)
        await self._record(attempt, folder, None, lambda: None)

    def end(self, attempt: str, how: str, why: str = "") -> None:
        """End a worker and everything that it started."""
        worker = self.workers.get(attempt)
        if attempt in self.starting:
            self.starting[attempt] = how
        elif worker is not None and worker.ending is None:
            worker.ending, worker.why = how, why
            self._task(self._kill(worker))

    async def end_all(self, how: str) -> None:
        """End every worker, also those that are on their way, and wait until each end is on record."""
        while self.workers or self.starting:
            for attempt in [*self.workers, *self.starting]:
                self.end(attempt, how, "the daemon was told to end its workers")
            await self.quiet()

    async def quiet(self) -> None:
        """Until none of the workers that live now does, and at least for a moment."""
        living = [worker.done.wait() for worker in self.workers.values()]
        await asyncio.gather(asyncio.sleep(0.05), *living)

    async def watch(self) -> None:
        """Each second while workers live: memory, time, signs of life."""
        while True:
            await asyncio.sleep(self.patience.looks_every)
            if self.workers:
                await self._look()

    async def let_go(self) -> None:
        """Watch nobody any more. The workers live on; whoever comes next finds them, and what they leave."""
        self.watched = False
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _watch(self, worker: Worker) -> None:
        self.workers[worker.told.attempt] = worker
        try:
            handle = os.pidfd_open(worker.pid)
        except ProcessLookupError:
            self._part_with(worker)
            return
        loop = asyncio.get_running_loop()

        def ended() -> None:
            loop.remove_reader(handle)
            os.close(handle)
            if worker.gone:
                self.spawner.forget(worker.pid)
            elif self.watched:
                self._part_with(worker)

        loop.add_reader(handle, ended)
        parting = self.spawner.parting(worker.pid)
        if parting is not None:
            loop.add_reader(parting, self._parted, worker, parting)

    def _parted(self, worker: Worker, handle: int) -> None:
        """A worker has left its result and let go of its lock: nobody waits for the kernel to take its process apart.

        A GPU is only free again once it has.
        """
        asyncio.get_running_loop().remove_reader(handle)
        os.close(handle)
        left = not worker.told.gpus and (worker.folder / RESULT).exists() and not is_busy(worker.folder)
        if self.watched and not worker.gone and left:
            self._part_with(worker)

    def _part_with(self, worker: Worker) -> None:
        worker.gone = True
        self._task(self._gone(worker))

    async def _gone(self, worker: Worker) -> None:
        reach("supervisor.worker.gone")
        if is_busy(worker.folder):
            # the worker has ended, something that it started has not: the attempt ends as a whole
            await self._end_session(worker.folder, (worker.pid, worker.started))
        self.workers.pop(worker.told.attempt, None)
        await self._record(worker.told.attempt, worker.folder, worker, lambda: self.spawner.status(worker.pid))
        if not is_alive(worker.pid, worker.started):
            self.spawner.forget(worker.pid)
        worker.done.set()

    async def _end_session(self, folder: Path, worker: tuple[int, int] | None) -> None:
        pid, started = worker if worker is not None else (NO_SESSION, None)
        spare = self.spawner.go_betweens()
        await asyncio.to_thread(end_session, pid, folder / LOCK, started=started, spare=spare)

    async def _record(
        self, attempt: str, folder: Path, worker: Worker | None, status: Callable[[], int | None]
    ) -> None:
        ended_by = worker.ending if worker is not None else None
        result = result_of(attempt, folder, ended_by, worker.why if worker is not None else "", status)
        reach("supervisor.result.read")
        await self.ended(result, result.end, result.end == "lost" and _is_blameless(folder, worker))
        if paths := to_tidy(folder, result.end):
            await asyncio.to_thread(tidy, paths)

    async def _look(self) -> None:
        living = [worker for worker in self.workers.values() if worker.ending is None]
        used = await asyncio.to_thread(pss_by_session, [worker.pid for worker in living])
        now = self.clock.monotonic()
        for worker in living:
            told, memory = worker.told, used.get(worker.pid, 0)
            if memory > told.needs.memory:
                why = f"it used {rough_size(memory)}, its needs say {rough_size(told.needs.memory)}"
                self.end(told.attempt, "out-of-memory", why)
            elif worker.deadline is not None and now > worker.deadline:
                self.end(told.attempt, "timed-out", f"it ran past its timeout of {rough_duration(told.timeout or 0)}")
            else:
                self._listen(worker)

    def _listen(self, worker: Worker) -> None:
        """Its heartbeat touches the progress file each second; a stopped or hung worker does not."""
        if not worker.alarmed and (worker.folder / ALARM).exists():
            worker.alarmed = True
            self._task(self.alert("alarm", worker.told.attempt, _told(worker)))
        silent = self._silence(worker.folder)
        attempt = worker.told.attempt
        if silent > self.patience.alert_after and not worker.alerted:
            worker.alerted = True
            sentence = f"{attempt} has given no sign of life for {rough_duration(round(silent * 1000))}."
            # not waited for: on a full disk it takes until there is room, and the others are to be watched meanwhile
            self._task(self.alert("stalled", attempt, sentence))
        if silent > self.patience.end_after:
            self.end(attempt, "stalled", f"it gave no sign of life for {rough_duration(round(silent * 1000))}")

    def _silence(self, folder: Path) -> float:
        latest = 0.0
        for name in (PROGRESS, LOCK):
            try:
                latest = max(latest, (folder / name).stat().st_mtime)
            except FileNotFoundError:
                continue
        return self.clock.now() / 1000 - latest

    def _deadline_left(self, told: AttemptIn, folder: Path) -> float | None:
        if told.timeout is None:
            return None
        begun = (folder / LOCK).stat().st_mtime
        return self.clock.monotonic() + told.timeout / 1000 - (self.clock.now() / 1000 - begun)

    async def _kill(self, worker: Worker) -> None:
        """First a word, so that a program can tidy up; then, if it does not go, for good."""
        if worker.ending == "cancelled" and is_alive(worker.pid, worker.started):
            try:
                os.kill(worker.pid, signal.SIGTERM)
            except ProcessLookupError:
                return
            try:
                await asyncio.wait_for(worker.done.wait(), timeout=self.patience.tidies_for)
            except TimeoutError:
                pass
            else:
                return
        await self._end_session(worker.folder, (worker.pid, worker.started))

    def _task(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended_task)

    def _ended_task(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.broke(task.exception())


def _told(worker: Worker) -> str:
    """The line of a worker that cannot wait, as far as an alert has room for it."""
    text = (worker.folder / ALARM).read_text(encoding="utf-8", errors="replace")
    return f"{worker.told.attempt}: {' '.join(text.split())[:_ALARM_LETTERS]}"


def _is_blameless(folder: Path, worker: Worker | None) -> bool:
    """Whether a lost attempt says nothing against its step.

    It left a checkpoint, or went with its daemon before it began, or was ended together with its daemon.
    """
    if worker is None and worker_of(folder) is None:
        return True
    if worker is not None and worker.ending == "lost":
        return True
    try:
        return has_progressed(folder, read_attempt(folder))
    except (OSError, ValueError):
        return False
