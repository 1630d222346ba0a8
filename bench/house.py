"""A workspace to measure in, with an engine, a daemon in this process, or a daemon as a user has it."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType

from sentinel.api.client import Client, NoDaemon
from sentinel.bootstrap import build
from sentinel.domain.event import Event
from sentinel.domain.needs import Slots
from sentinel.domain.run.events import RunEnded
from sentinel.ledger.ledger import Ledger
from sentinel.outside.clock import SystemClock
from sentinel.supervisor.attempts import Places
from sentinel.supervisor.daemon import Daemon
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.folders import AttemptFolders
from sentinel.supervisor.forkserver import Workers
from sentinel.supervisor.verbs import queue

BENCH = Path(__file__).resolve().parent
WORK = Path(os.environ.get("BENCH_WORK", BENCH)) / ".work"
"""On the disk of the checkout, or where BENCH_WORK says: in memory every commit would be free."""
KEEP = "BENCH_KEEP"
PLUGIN = BENCH / "plugin"
"""A distribution with steps for benchmarks, registered as a third party's are."""
CONFIG = "timezone: UTC\nprograms: {nothing: [/bin/true], stamp: [/bin/date, +%s%N]}\n"


class Folder:
    """A folder that is gone afterwards, or once all figures are taken.

    ext4 passes over every file that was deleted within the last minute when it makes a new one: a figure that follows
    the tidying up of another would pay a millisecond for each file.
    """

    def __enter__(self) -> Path:
        """Make it."""
        WORK.mkdir(exist_ok=True)
        self._path = Path(tempfile.mkdtemp(dir=WORK))
        for name in ("RUNTIME_DIRECTORY", "STATE_DIRECTORY", "SENTINEL_WORKSPACE"):
            os.environ.pop(name, None)
        os.environ["XDG_RUNTIME_DIR"] = str(self._path)  # the doors of whatever daemons are started in it
        return self._path

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Let it go."""
        if KEEP not in os.environ:
            shutil.rmtree(self._path, ignore_errors=True)


@contextmanager
def engine_in(folder: Path) -> Iterator[Engine]:
    """An engine over a ledger of its own, with nobody who carries out what it orders."""
    (folder / "attempts").mkdir()
    with Ledger.open(folder / "ledger.db") as ledger:
        places = Places(str(folder / "store"), str(folder), "here")
        engine = Engine(ledger, SystemClock(), AttemptFolders(folder / "attempts"), places, Slots(2, 0, 0, 2**34))
        engine.start(os.getpid(), "bench")
        yield engine


def workspace(folder: Path, recipes: Mapping[str, str]) -> Path:
    """A workspace of these recipes."""
    place = folder / "workspace"
    (place / "recipes").mkdir(parents=True)
    (place / "gates").mkdir()
    (place / "sentinel.yaml").write_text(CONFIG)
    for name, text in recipes.items():
        (place / "recipes" / f"{name}.yaml").write_text(text)
    return place


@asynccontextmanager
async def daemon_in(place: Path) -> AsyncIterator[Daemon]:
    """A daemon in this process, wired as bootstrap wires one. It and its workers know the steps of the plugin too."""
    sys.path.append(str(PLUGIN))
    daemon = build(place, None).site.daemon
    spawner = daemon.hands.spawner
    assert isinstance(spawner, Workers)
    found = [str(PLUGIN), *filter(None, [spawner.environment.get("PYTHONPATH")])]
    spawner.environment = {**spawner.environment, "PYTHONPATH": os.pathsep.join(found)}
    ready = asyncio.Event()

    async def opened() -> None:
        ready.set()

    life = asyncio.ensure_future(daemon.run(opened))
    await asyncio.wait({life, asyncio.ensure_future(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        await life
    try:
        yield daemon
    finally:
        await daemon.down("workers")
        await life


async def run_through(daemon: Daemon, recipe: str, number: int, events: "asyncio.Queue[list[Event]]") -> float:
    """The seconds from asking for a run to its end."""
    begun = time.perf_counter()
    done = await daemon.do(lambda engine: queue(engine, "uid:0", recipe, None, {"number": number}))
    assert isinstance(done.answer, str), done.answer
    while True:
        for event in await events.get():
            if event.stream == f"run/{done.answer}" and isinstance(event.body, RunEnded):
                taken = time.perf_counter() - begun
                assert event.body.state == "done", f"{done.answer} ended as {event.body}"
                return taken


class Up:
    """`sentinel up`, as a process of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.client = Client(place)
        self._log = (place / "daemon.log").open("wb")

    def __enter__(self) -> "Up":
        """Start it, and wait until its door is open."""
        argv = [*sentinel(), "--workspace", str(self.place), "up"]
        self.process = subprocess.Popen(argv, stdout=self._log, stderr=self._log)
        while not self._open():
            assert self.process.poll() is None, (self.place / "daemon.log").read_text()
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        """End it, and its workers."""
        self.process.terminate()
        self.process.wait()
        self._log.close()

    def _open(self) -> bool:
        try:
            self.client.ask("queue")
        except NoDaemon:
            return False
        return True


def sentinel() -> list[str]:
    """The command that a user types, as this environment has it."""
    script = Path(sys.executable).parent / "sentinel"
    return [str(script)] if script.exists() else [sys.executable, "-m", "sentinel"]
