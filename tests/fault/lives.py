"""Lives of real daemons: forked from this warmed process, on a real disk, ended by a real SIGKILL, milliseconds each.

A life opens the ledger, adopts what lives, asks for the runs that it was told to ask for, and works until it is killed
or nothing is left to do. Workers are forked from a warm server, as in the house, and outlive their daemon.
"""

import asyncio
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentinel.contract.at import At
from sentinel.contract.registry import step
from sentinel.contract.types import Registry
from sentinel.domain import points
from sentinel.domain.needs import Needs, Slots
from sentinel.domain.plan import Plan, PlannedStep, Policy, Retry
from sentinel.ledger.ledger import Ledger
from sentinel.outside.clock import SystemClock
from sentinel.supervisor.attempts import Places
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.daemon import Daemon
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.folders import AttemptFolders
from sentinel.supervisor.forkserver import ForkServer, Workers, _Life, worker_environment
from sentinel.supervisor.hands import Hands, Patience
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.worker.server import serve

SMALL = Needs(cpus=1, memory=2**29)


@step("mark")
def mark(at: At, *, file: str, ms: int = 0, tag: str = "") -> None:
    """Write down that it began, take its time, write down that it ended."""
    _append(file, f"begin {at.run}.{at.step} {at.attempt} {os.getpid()} {time.monotonic_ns()}")
    time.sleep(ms / 1000)
    _append(file, f"end {at.run}.{at.step} {at.attempt} {os.getpid()} {time.monotonic_ns()}")


@step("post", effect="post")
def post(at: At, *, outside: str) -> None:
    """Do an effect as the contract says: ask the outside for the key, act only where it is absent."""
    if not (Path(outside) / str(at.effect_key)).exists():
        _act(outside, str(at.effect_key))


@step("post-naively", effect="post")
def post_naively(at: At, *, outside: str) -> None:
    """The seeded bug: an effect that asks nobody."""
    _act(outside, str(at.effect_key))


def _act(outside: str, key: str) -> None:
    _append(f"{outside}/log", key)
    (Path(outside) / key).touch()
    time.sleep(0.02)


def _append(file: str, line: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


REGISTRY = Registry.of([mark, post, post_naively])


@dataclass
class Site:
    """A place where daemons live and die."""

    root: Path
    slots: Slots = field(default_factory=lambda: Slots(4, 0, 0, 2**34))
    patience: Patience = field(default_factory=Patience)
    registry: Registry = REGISTRY

    def __post_init__(self) -> None:
        for name in ("state/attempts", "state/store", "outside", "workspace"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    @property
    def marks(self) -> Path:
        """What the steps wrote down."""
        return self.root / "marks"

    @property
    def outside(self) -> Path:
        """The outside world of `post`."""
        return self.root / "outside"

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.root / "state" / "ledger.db"

    def plan(self, tag: str, ms: int = 5, effect: str = "post") -> Plan:
        """Two marks in a row, two side by side, an effect, a wait."""
        told = {"file": str(self.marks), "ms": ms, "tag": tag}
        retry = Retry(times=3, backoff=5)
        steps = (
            PlannedStep("one", "use", "mark", params=told, needs=SMALL, retry=retry),
            PlannedStep("two", "use", "mark", params=told, needs=SMALL, retry=retry, after=("one",)),
            PlannedStep("beside", "use", "mark", params=told, needs=SMALL, retry=retry, after=("one",)),
            PlannedStep("rest", "wait", wait=3, after=("two",)),
            PlannedStep("told", "use", effect, params={"outside": str(self.outside)}, needs=SMALL, retry=retry,
                        effect="post", after=("rest", "beside")),
        )  # fmt: skip
        return Plan("lives", "", None, {}, steps, Policy(), {}, "")

    def live(self, asks: list[Plan], kill_at: tuple[str, int] | None = None, until_quiet: bool = True) -> int:
        """Fork a daemon's life; its pid. It may be told to kill itself the nth time that it comes to a point."""
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return pid
        status = 99
        try:
            os.setsid()
            _live(self, asks, kill_at, until_quiet)
            status = 0
        except BaseException:
            with (self.root / "errors").open("a") as file:
                traceback.print_exc(file=file)
        finally:
            os._exit(status)

    def errors(self) -> str:
        """What lives said when they broke."""
        file = self.root / "errors"
        return file.read_text() if file.exists() else ""


def _live(site: Site, asks: list[Plan], kill_at: tuple[str, int] | None, until_quiet: bool) -> None:
    # forked before the ledger is open, so that it inherits nothing of it, as a server that is started by exec does
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server = os.fork()
    if server == 0:
        ours.close()
        os.setsid()
        try:
            serve(theirs, (), lambda: site.registry)
        finally:
            os._exit(0)
    theirs.close()
    ours.setblocking(False)
    if kill_at is not None:
        _kill_at(*kill_at)
    asyncio.run(_daemon(site, asks, _Warm(server, ours), until_quiet))


def _kill_at(point: str, nth: int) -> None:
    left = nth

    def hook(reached: str) -> None:
        nonlocal left
        left -= reached == point
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    points.watch(hook)


class _Warm(ForkServer):
    """The client of a fork server that is there already."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        super().__init__(worker_environment(os.environ), ())
        self._held: tuple[int, socket.socket] | None = (pid, line)

    def _begin(self) -> _Life:
        if self._held is None:
            return super()._begin()
        life = self._life = _Life(*self._held)
        self._held = None
        asyncio.get_running_loop().add_reader(life.line, self._hear, life)
        return life


async def _daemon(site: Site, asks: list[Plan], server: _Warm, until_quiet: bool) -> None:
    daemon = daemon_at(site, Workers(worker_environment(os.environ), servers={(): server}))

    async def opened() -> None:
        for plan in asks:
            await daemon.do(lambda engine, plan=plan: engine.do("uid:test", lambda work: _ask(work, plan)))
        if until_quiet:
            daemon._task(_quiet(daemon))

    await daemon.run(opened)
    if daemon.broke is not None:
        raise daemon.broke


def _ask(work: Any, plan: Plan) -> str:
    return queue_run(work, Ask(plan, plan.line, {}, "manual", "a test asked"))


async def _quiet(daemon: Daemon) -> None:
    while daemon.engine.floor.open or await daemon._engine(daemon.engine.live):
        await asyncio.sleep(0.01)
    await daemon.down("now")


@dataclass
class _Checked:
    """A check of a workspace that has no files."""

    faults: tuple[Any, ...] = ()
    config: Any = None
    files: dict[str, str] = field(default_factory=dict)


def daemon_at(site: Site, spawner: Workers) -> Daemon:
    """A daemon of this site, wired as bootstrap wires one."""
    clock = SystemClock()
    folders = AttemptFolders(site.root / "state" / "attempts")
    places = Places(str(site.root / "state" / "store"), str(site.root / "workspace"), "here")
    engine = Engine(Ledger.open(site.ledger), clock, folders, places, site.slots, Catalogue())

    async def ended(*end: Any) -> None:
        await daemon.ended(*end)

    async def alert(*told: Any) -> None:
        await daemon.alert(*told)

    hands = Hands(spawner, clock, ended, alert, site.patience)
    daemon = Daemon(engine, hands, folders, site.root / "workspace", lambda _: _Checked(), clock, "test")
    return daemon


def end(pid: int) -> int:
    """Kill a life for good, and reap it."""
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def wait(pid: int, seconds: float) -> int | None:
    """Wait for a life to end by itself; its wait status, or None."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        got, status = os.waitpid(pid, os.WNOHANG)
        if got:
            return status
        time.sleep(0.002)
    return None


Judge = Callable[[Site], list[str]]
