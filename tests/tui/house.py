"""The shop's daemon: real ledger, files and socket, a clock that stands still, and a past of six weeks."""

import os
import shutil
from functools import partial
from pathlib import Path

from sentinel.api.client import Client
from sentinel.api.peers import OPERATE
from sentinel.contract.registry import load
from sentinel.outside.clock import FakeClock
from tests.tui.history import Names
from tests.tui.living import Living
from tests.unit.api.house import House

NOW = 1_795_338_000_000
"""2026-11-22 09:00 UTC, a Sunday: next Saturday is the 28th."""


class Shop:
    """A house over a history, from `with` to the end of its block. Its daemon may go and come again meanwhile."""

    def __init__(self, root: Path, written: Path, names: Names, role: str | None = OPERATE) -> None:
        self.root, self.names = root, names
        self.clock = FakeClock(names.now)
        self.workspace = root / "workspace"
        self._role = role
        self._house: House | None = None
        shutil.copytree(written, self.workspace, copy_function=partial(_take, names.living))
        attempt = self.workspace / ".sentinel" / "attempts" / names.living
        self._worker = Living(attempt, names.began, names.now)
        self.client = Client(self.workspace)

    def __enter__(self) -> "Shop":
        """The worker goes on, and the daemon comes."""
        self._worker.__enter__()
        self.come()
        return self

    def __exit__(self, *_: object) -> None:
        """Both go."""
        self.go()
        self._worker.__exit__()

    @property
    def house(self) -> House:
        """The house with its living daemon."""
        assert self._house is not None
        return self._house

    @property
    def role(self) -> str | None:
        """What the next to knock at the door may do: operate, view, or nothing."""
        return self._role

    @role.setter
    def role(self, role: str | None) -> None:
        self._role = role
        if self._house is not None:
            self._house.role = role

    def later(self, seconds: float) -> None:
        """Time passes, and what is due is done; the worker has been heard of all the while."""
        self._worker.beat(self.clock.now() + round(1000 * seconds))
        self.clock.advance(seconds)
        self.house.do(lambda engine: engine.tick())

    def come(self) -> None:
        """A daemon takes up the ledger and opens the door."""
        house = House(self.root, self._role, clock=self.clock, registry=load())
        house.__enter__()
        self._house = house

    def go(self) -> None:
        """The daemon goes, and its door with it; the worker lives on."""
        if self._house is not None:
            self._house.__exit__()
            self._house = None


def _take(living: str, source: str, target: str) -> None:
    """What nobody writes to any more is shared: artifacts, and the folders of attempts that have ended."""
    if living not in source and ("/.sentinel/store/" in source or "/.sentinel/attempts/" in source):
        os.link(source, target)
    else:
        shutil.copy2(source, target)
