"""A daemon with a door, on a thread of its own: real engine, ledger, files and socket, and no worker ever starts."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentinel.api.client import Client
from sentinel.api.door import Door, Manners
from sentinel.api.peers import OPERATE
from sentinel.api.place import door_path
from sentinel.api.routes import ROUTES
from sentinel.api.site import Site
from sentinel.contract.types import Registry
from sentinel.domain.needs import Slots
from sentinel.ledger import Ledger
from sentinel.outside.clock import Clock, SystemClock
from sentinel.recipe.check import check_workspace
from sentinel.step.program import program
from sentinel.store import Store
from sentinel.supervisor.attempts import Places
from sentinel.supervisor.daemon import Daemon
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.folders import AttemptFolders
from sentinel.supervisor.hands import Hands
from sentinel.trigger.drift import drift

REGISTRY = Registry.of([program, drift])
HERE = {"here": Slots(2, 0, 0, 2**32)}

CONFIG = """\
timezone: UTC
lines: {router: {}, other: {}}
programs: {sleeper: [/bin/sleep, "60"]}
"""
ASKING = """\
recipe: asking
about: Ask, and be done.
inputs: {days: {type: int, default: 3}}
policy: {at_most_one_per: line}
steps:
  - id: agreed
    approve: {ask: "Go on?", within: 1h, else: reject}
  - {id: rest, wait: 1ms}
"""
WORKING = """\
recipe: working
steps:
  - id: made
    use: program
    with: {run: sleeper}
    gives: {rows: RawSnapshot}
"""
LINED = """\
recipe: lined
line: [router, other]
steps:
  - {id: rest, wait: 1ms}
"""


def make_workspace(place: Path) -> Path:
    """A small workspace."""
    (place / "recipes").mkdir(parents=True)
    (place / "sentinel.yaml").write_text(CONFIG)
    for name, text in (("asking", ASKING), ("working", WORKING), ("lined", LINED)):
        (place / "recipes" / f"{name}.yaml").write_text(text)
    return place


class Idle:
    """A spawner whose workers are never born: each attempt stays started."""

    async def spawn(self, folder: Path, lock: int, preload: tuple[str, ...]) -> int:
        """Wait for ever."""
        await asyncio.Event().wait()
        raise AssertionError

    def status(self, pid: int) -> int | None:
        """Nobody ends."""
        return None

    def parting(self, pid: int) -> int | None:
        """Nobody parts."""
        return None

    def forget(self, pid: int) -> None:
        """Nobody is kept."""

    def go_betweens(self) -> list[int]:
        """Nobody passes a lock on."""
        return []

    def close(self) -> None:
        """Nothing is open."""


WATCHED = """\
recipe: retrain
line: router
triggers:
  - drift: {set: canary, baseline: 5}
steps: [{id: rest, wait: 1h}]
"""


class House:
    """A daemon that lives from `with` to the end of its block. A workspace that is there already is taken as it is."""

    def __init__(
        self, root: Path, role: str | None = OPERATE, manners: Manners | None = None, *,
        clock: Clock | None = None, registry: Registry = REGISTRY,
    ) -> None:  # fmt: skip
        self.clock = clock or SystemClock()
        self.registry = registry
        self.workspace = root / "workspace"
        if not self.workspace.exists():
            make_workspace(self.workspace)
        self.state = self.workspace / ".sentinel"
        self.role = role
        self.manners = manners or Manners()
        self.door_path = door_path(self.workspace, {"XDG_RUNTIME_DIR": str(root / "run")}, 0)
        self.client = Client(self.workspace)
        self._up = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name="house")

    def __enter__(self) -> "House":
        self._thread.start()
        assert self._up.wait(20)
        if self._error is not None:
            raise self._error
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive() and self._error is None:
            self.loop.call_soon_threadsafe(self.daemon.going_down.set)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def do(self, act: Callable[[Engine], Any]) -> Any:
        """Have the daemon do something."""
        return asyncio.run_coroutine_threadsafe(self.daemon.do(act), self.loop).result(20).answer

    def _live(self) -> None:
        try:
            asyncio.run(self._daemon())
        except BaseException as error:
            self._error = error
        finally:
            self._up.set()

    async def _daemon(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.state.mkdir(exist_ok=True)
        folders = AttemptFolders(self.state / "attempts")
        folders.root.mkdir(exist_ok=True)
        places = Places(str(self.state / "store"), str(self.workspace), "here")
        engine = Engine(Ledger.open(self.state / "ledger.db"), self.clock, folders, places, HERE["here"])

        async def ended(*end: Any) -> None:
            await self.daemon.ended(*end)

        async def alert(*told: Any) -> None:
            await self.daemon.alert(*told)

        hands = Hands(Idle(), self.clock, ended, alert)
        self.daemon = Daemon(
            engine,
            hands,
            folders,
            self.workspace,
            lambda root: check_workspace(root, self.registry, here=HERE),
            self.clock,
            "test",
        )
        self.site = Site(self.daemon, Store(self.state / "store"), self.state, self.registry)
        self.door = Door(self.site, ROUTES, self.door_path, self.manners, lambda *_: self.role)
        closing = asyncio.ensure_future(self._close())

        async def opened() -> None:
            await self.door.open()
            self._up.set()

        try:
            await self.daemon.run(opened)
        finally:
            self.daemon.going_down.set()
            await closing

    async def _close(self) -> None:
        await self.daemon.going_down.wait()
        await self.door.close()


def watched(house: House) -> House:
    """Its line `router` has a set that a recipe watches."""
    config = house.workspace / "sentinel.yaml"
    text = "router: {sets: {canary: {from: outcomes, window: 4d}}}"
    config.write_text(config.read_text().replace("router: {}", text))
    (house.workspace / "recipes/retrain.yaml").write_text(WATCHED)
    assert house.client.ask("reload")["faults"] == []
    return house
