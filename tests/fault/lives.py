"""Lives of real daemons: forked from this warmed process, on a real disk, ended by a real SIGKILL, milliseconds each.

A life opens the ledger, adopts what lives, asks for the runs that it was told to ask for, and works until it is killed
or nothing is left to do. Workers are forked from a warm server, as in the house, and outlive their daemon.
"""

import asyncio
import json
import os
import resource
import signal
import socket
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import apscheduler.schedulers.asyncio  # noqa: F401 - imported here once, where each life would on its first alarm

from sentinel.contract.types import Registry
from sentinel.domain import points
from sentinel.domain.needs import Needs, Slots
from sentinel.domain.plan import Plan, PlannedStep, Policy, Retry
from sentinel.domain.refusal import Refused
from sentinel.ledger import Ledger
from sentinel.outside.clock import SystemClock
from sentinel.outside.processes import is_alive
from sentinel.supervisor.attempts import Places
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.daemon import Daemon
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.folders import AttemptFolders, is_busy, worker_of
from sentinel.supervisor.forkserver import ForkServer, Workers, _Life, worker_environment
from sentinel.supervisor.hands import Hands, Patience
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.worker.server import serve
from tests.fault.doing import REGISTRY, write_down
from tests.forked import BROKE, forked

SMALL = Needs(cpus=1, memory=2**29)
DONE, BUSY = 0, 75
"""How a life ends: with nothing left to do or told to go; refused; broken."""

Chore = Callable[["Site", Daemon], Awaitable[None]]
"""What a life does besides: it is begun once the door would open."""


@dataclass
class Site:
    """A place where daemons live and die."""

    root: Path
    slots: Slots = field(default_factory=lambda: Slots(4, 0, 0, 2**34))
    patience: Patience = field(default_factory=Patience)
    registry: Registry = REGISTRY
    check: Callable[[Path], Any] | None = None
    """What the daemon checks the workspace's files with; without, there are no files."""
    born: list[int] = field(default_factory=list)
    """Every life here."""

    def __post_init__(self) -> None:
        warm()
        for name in ("state/attempts", "state/store", "workspace"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.outside.touch()

    @property
    def marks(self) -> Path:
        """What the steps wrote down."""
        return self.root / "marks"

    @property
    def outside(self) -> Path:
        """The outside world of `post`: a line for each effect that was done to it."""
        return self.root / "outside"

    @property
    def attempts(self) -> Path:
        """The attempts' folders."""
        return self.root / "state" / "attempts"

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.root / "state" / "ledger.db"

    def plan(self, tag: str, ms: int = 5, effect: str = "post") -> Plan:
        """Two marks in a row, two side by side, an effect, a wait."""
        told = {"file": str(self.marks), "ms": ms, "tag": tag}
        retry = Retry(times=3, backoff=5)
        return plan_of(
            PlannedStep("one", "use", "mark", params=told, needs=SMALL, retry=retry),
            PlannedStep("two", "use", "mark", params=told, needs=SMALL, retry=retry, after=("one",)),
            PlannedStep("beside", "use", "mark", params=told, needs=SMALL, retry=retry, after=("one",)),
            PlannedStep("rest", "wait", wait=3, after=("two",)),
            PlannedStep("told", "use", effect, params={"outside": str(self.outside)}, needs=SMALL, retry=retry,
                        effect="post", after=("rest", "beside")),
        )  # fmt: skip

    def live(
        self,
        asks: list[Plan],
        *,
        kill_at: tuple[str, int] | None = None,
        until_quiet: bool = True,
        first: Callable[[], None] = lambda: None,
        during: Chore | None = None,
    ) -> int:
        """Fork a daemon's life; its pid. It may be told to kill itself the nth time that it comes to a point.

        `first` is done in the life before all else: it may change the code that is lived, since no other life sees it.
        """

        def lived() -> int:
            try:
                os.setsid()
                first()
                _live(self, asks, kill_at, until_quiet, during)
            except Refused as refused:
                told = {"pid": os.getpid(), "code": refused.refusal.code, "what": refused.refusal.what}
                write_down(str(self.root / "refused"), json.dumps(told))
                self._broke()
                return BUSY if refused.refusal.code == "E-busy" else BROKE
            except BaseException:
                self._broke()
                return BROKE
            return DONE

        pid = forked(lived)
        self.born.append(pid)
        return pid

    def _broke(self) -> None:
        # what is told here is told, however little room the life had
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.getrlimit(resource.RLIMIT_FSIZE)[1],) * 2)
        with (self.root / "errors").open("a") as file:
            traceback.print_exc(file=file)

    def errors(self) -> str:
        """What lives said when they broke."""
        return "\n".join(lines(self.root / "errors"))

    def refused(self) -> list[dict[str, Any]]:
        """What lives said that were refused the ledger, each with its own pid."""
        return [json.loads(line) for line in lines(self.root / "refused")]

    def acknowledged(self) -> list[str]:
        """The runs that lives were told are on record."""
        return lines(self.root / "acknowledged")

    def finish(self, seconds: float = 60) -> None:
        """One last life, until nothing is left to do."""
        status = wait(self.live([]), seconds)
        assert status == DONE, f"the last life ended with {status}:\n{self.errors()[-4000:]}"

    def workers(self) -> list[int]:
        """The processes that have said that they work at an attempt here."""
        return [pid for pid, _ in self._workers()]

    def _workers(self) -> list[tuple[int, int]]:
        found = map(worker_of, self.attempts.iterdir())
        return [each for each in found if each is not None]

    def come_to_rest(self) -> None:
        """Wait until nobody works at an attempt here, those included that have not said yet who they are."""
        until(lambda: not any(map(is_busy, self.attempts.iterdir())))

    def clear(self) -> None:
        """End whatever still lives here: a daemon, a stopped worker, a child of one."""
        for pid in self.born:
            with suppress(ChildProcessError, ProcessLookupError):
                if os.waitpid(pid, os.WNOHANG) == (0, 0):
                    end(pid)
        for pid, started in self._workers():
            if is_alive(pid, started):  # else its pid may be somebody else's by now
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)


def plan_of(*steps: PlannedStep, policy: Policy | None = None) -> Plan:
    """A plan of these steps."""
    return Plan("lives", "", None, {}, steps, policy or Policy(), {}, "")


@cache
def warm() -> None:
    """Do once what each life would do on its way up, so that lives come up in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        Ledger.open(Path(folder) / "ledger.db").close()
        Ledger.open(Path(folder) / "ledger.db").close()


def _live(
    site: Site, asks: list[Plan], kill_at: tuple[str, int] | None, until_quiet: bool, during: Chore | None
) -> None:
    # forked before the ledger is open, so that it inherits nothing of it, as a server that is started by exec does
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def served() -> None:
        ours.close()
        os.setsid()
        serve(theirs, (), lambda: site.registry)

    server = forked(served)
    theirs.close()
    ours.setblocking(False)
    if kill_at is not None:
        kill_self_at(*kill_at)
    asyncio.run(_daemon(site, asks, _Warm(server, ours), until_quiet, during))


def kill_self_at(point: str, nth: int) -> None:
    """Have this process killed the nth time that it comes to a point."""
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


async def _daemon(site: Site, asks: list[Plan], server: _Warm, until_quiet: bool, during: Chore | None) -> None:
    daemon = daemon_at(site, Workers(worker_environment(os.environ), servers={(): server}))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, daemon.going_down.set)

    async def opened() -> None:
        for plan in asks:
            await ask(site, daemon, plan)
        if during is not None:
            daemon._task(during(site, daemon))
        elif until_quiet:
            daemon._task(quiet(daemon))

    await daemon.run(opened)
    if daemon.broke is not None:
        raise daemon.broke


async def ask(site: Site, daemon: Daemon, plan: Plan) -> str:
    """Ask for a run, and write down that it was acknowledged."""
    done: Done = await daemon.do(lambda engine: engine.do("uid:test", lambda work: queue_run(work, _asked(plan))))
    write_down(str(site.root / "acknowledged"), done.answer)
    return str(done.answer)


def _asked(plan: Plan) -> Ask:
    return Ask(plan, plan.line, {}, "manual", "a test asked")


async def quiet(daemon: Daemon) -> None:
    """Go down once nothing is left to do."""
    while daemon.engine.floor.open or await daemon._engine(daemon.engine.live):  # noqa: ASYNC110 - it has no such event
        await asyncio.sleep(0.005)
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
    folders = AttemptFolders(site.attempts)
    places = Places(str(site.root / "state" / "store"), str(site.root / "workspace"), "here")
    engine = Engine(Ledger.open(site.ledger), clock, folders, places, site.slots, Catalogue())

    async def ended(*end: Any) -> None:
        await daemon.ended(*end)

    async def alert(*told: Any) -> None:
        await daemon.alert(*told)

    hands = Hands(spawner, clock, ended, alert, site.patience)
    check = site.check if site.check is not None else lambda _: _Checked()
    daemon = Daemon(engine, hands, folders, site.root / "workspace", check, clock, "test")
    return daemon


def end(pid: int) -> int:
    """Kill a life for good, and reap it; its wait status."""
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def wait(pid: int, seconds: float) -> int | None:
    """Wait for a life to end by itself: its exit status, negative where a signal ended it. None: it was killed here."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        got, status = os.waitpid(pid, os.WNOHANG)
        if got:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    end(pid)
    return None


def alive(pid: int) -> bool:
    """Whether a process runs: it is there, and is more than what is left until somebody asks how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(held: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something to hold."""
    deadline = time.monotonic() + seconds
    while not held():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)


def lines(path: Path) -> list[str]:
    """The lines of a file; none where there is no file."""
    return path.read_text().splitlines() if path.exists() else []
