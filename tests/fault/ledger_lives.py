"""Lives of processes that write a ledger: forked from this warmed one, on a real disk, ended by a real SIGKILL.

`python -m tests.fault.ledger_lives` reads one life a line, as JSON, and answers how it ended. What a life intends and
what was acknowledged to it is written to a file beside the ledger, which no kill can take back.
"""

import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sentinel.domain import points
from sentinel.domain.event import Event, encode
from sentinel.ledger import Ledger, LedgerFull, restore, writing
from sentinel.ledger import ledger as ledger_module
from tests.forked import forked
from tests.unit.ledger.world import World


@dataclass(frozen=True)
class Life:
    """What one process does, and what ends it."""

    path: str
    seed: int
    turns: int = 60
    point: str = ""
    nth: int = 1
    """It ends itself when it comes to this point for the nth time."""
    notes: int | None = None
    """Or it is ended from outside, once it has noted so many things,"""
    pause: float = 0.0
    """and so many seconds have gone by: moments that lie within its work, however slow the machine is."""
    room: int | None = None
    """How many bytes any file may grow beyond what the ledger has now; then there is room again."""
    restores: bool = False
    bug: str = ""


def mark_of(event: Event) -> str:
    """A short name for all that an event says."""
    return hashlib.sha256(repr((event.seq, event.stream, encode(event.body))).encode()).hexdigest()[:16]


# In the child


def live(life: Life) -> None:
    """Write the ledger until something ends this."""
    path, record = Path(life.path), _Record(Path(f"{life.path}.acknowledged"))
    _watch(life)
    _plant(life.bug)
    with Ledger.open(path) as ledger:
        world = _World(ledger, random.Random(life.seed), record)
        if life.room is not None:
            _run_out_of_room(world, path, life.room)
        for turn in range(life.turns):
            world.turn()
            if turn % 10 == 9:
                ledger.seal()
            if turn % 20 == 19:
                for _ in ledger.backup(path.with_suffix(".backup")):
                    world.turn()
    if life.restores:
        restore(path.with_suffix(".backup"), path)


class _Record:
    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, *words: object) -> None:
        os.write(self._handle, (json.dumps(words) + "\n").encode())


class _World(World):
    """A world that notes what it intends, and what was acknowledged."""

    def __init__(self, ledger: Ledger, chance: random.Random, record: _Record) -> None:
        super().__init__(ledger, chance)
        self.runs = [run.id for run in reversed(ledger.reads.runs(limit=5, asked=True))]
        self.at += ledger.last_seq * 3_600_000
        self._record = record

    def append(self, changes: Any, **more: Any) -> list[Event]:
        self._record.note("intended", sum(len(bodies) for _, bodies in changes))
        events = super().append(changes, **more)
        self._record.note("acknowledged", [mark_of(event) for event in events])
        return events


def _watch(life: Life) -> None:
    seen = 0

    def hook(point: str) -> None:
        nonlocal seen
        seen += point == life.point
        if seen == life.nth:
            os.kill(os.getpid(), signal.SIGKILL)

    points.watch(hook if life.point else None)


def _plant(bug: str) -> None:
    """The seeded bugs: statements that are committed one by one, and none that is committed at all."""
    if bug == "one by one":

        @contextmanager
        def transaction(_: object) -> Iterator[None]:
            yield

        writing.transaction = transaction  # type: ignore[assignment]
    if bug == "acknowledged for nothing":
        ledger_module.put_in = lambda connection, batch, before: before  # type: ignore[assignment]


def _run_out_of_room(world: World, path: Path, room: int) -> None:
    """Go on until the disk is full, try in vain, and go on when there is room."""
    largest = max(Path(f"{path}{end}").stat().st_size for end in ("", "-wal"))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + room, hard))
    path.with_suffix(".backup").unlink(missing_ok=True)
    refused = 0
    for _ in range(2000):
        before = world.ledger.last_seq
        try:
            world.turn()
        except LedgerFull:
            refused += 1
            assert world.ledger.last_seq == before
            if refused == 5:
                break
    assert refused == 5, "the disk never was full"
    assert world.ledger.reads.last_seq() == world.ledger.last_seq
    try:
        for _ in world.ledger.backup(path.with_suffix(".backup")):
            pass
    except (LedgerFull, OSError):
        assert not path.with_suffix(".backup").exists()
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert world.ledger.last_seq > 0


# In the warmed parent


def main() -> None:
    """Fork a life for each line of standard input."""
    for line in sys.stdin:
        life = Life(**json.loads(line))
        child = forked(partial(live, life))
        if life.notes is not None:
            _wait_for_notes(life)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _wait_for_notes(life: Life) -> None:
    notes = Path(f"{life.path}.acknowledged")
    size = notes.stat().st_size if notes.exists() else 0
    patience = time.monotonic() + 10
    while life.notes and time.monotonic() < patience:
        written = notes.read_bytes()[size:] if notes.exists() else b""
        if written.count(b"\n") >= life.notes:
            break
        time.sleep(0.0005)
    time.sleep(life.pause)


class Lives:
    """The warmed parent, from outside."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.fault.ledger_lives"], cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def live(self, life: Life) -> int:
        """Live one life to its end; how it ended, as subprocess says it."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(asdict(life)) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def end(self) -> None:
        """Let the parent go."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(10)
        self._parent.stdout.close()


if __name__ == "__main__":
    main()
