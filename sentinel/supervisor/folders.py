"""The attempts' folders on this node: one each, its lock held from before the start is on record."""

import fcntl
import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from sentinel.contract.attempt import CHECKPOINT, IN, LOCK, OUT, AttemptIn, write_attempt
from sentinel.domain.points import reach
from sentinel.outside.processes import end_session, is_alive

NO_SESSION = -1
"""No process is in it: only the holders of the lock count."""


@dataclass(frozen=True, slots=True)
class AttemptFolders:
    """The folder `attempts/` of a state directory."""

    root: Path

    def prepare(self, told: AttemptIn) -> tuple[Path, int]:
        """Make the attempt's folder, put attempt.json in, and take the lock. A leftover is cleared first."""
        folder = self.path(told.attempt)
        told = replace(told, checkpoint_from=self._earlier(told))
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            # an attempt that was never put on record, or whose record is gone since a backup was restored: its number
            # is free again, and whoever still works under it is ended
            self._end_leftover(folder)
            shutil.rmtree(folder)
            folder.mkdir(mode=0o700)
        reach("supervisor.folder.made")
        write_attempt(folder, told)
        reach("supervisor.folder.told")
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        reach("supervisor.folder.locked")
        return folder, handle

    def _end_leftover(self, folder: Path) -> None:
        worker = worker_of(folder)
        if is_busy(folder) or (worker is not None and is_alive(*worker)):
            pid, started = worker if worker is not None else (NO_SESSION, None)
            end_session(pid, folder / LOCK, started=started)

    def _earlier(self, told: AttemptIn) -> str | None:
        """The latest earlier attempt at the same step that left a checkpoint; the worker checks and copies it."""
        stem, _, number = told.attempt.rpartition(".a")
        for earlier in range(int(number) - 1, 0, -1):
            folder = self.root / f"{stem}.a{earlier}"
            if (folder / CHECKPOINT / "last.json").exists():
                return str(folder)
        return None

    def path(self, attempt: str) -> Path:
        """The folder of an attempt. Ids are minted by us; they never hold a separator."""
        if "/" in attempt or attempt.startswith("."):
            raise ValueError(f"{attempt!r} is no attempt's id")
        return self.root / attempt


def has_progressed(folder: Path, told: AttemptIn) -> bool:
    """Whether an attempt left a checkpoint of its own, besides the one that it took over."""
    try:
        number = int(json.loads((folder / CHECKPOINT / "last.json").read_bytes())["folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return number > (1 if told.checkpoint_from else 0)


def to_tidy(folder: Path, end: str) -> list[Path]:
    """What an attempt that is on record no longer needs: its copies, and once it is done its checkpoint.

    An empty folder stays. ext4 passes over whatever was deleted within a minute each time that it makes a file, and
    hundreds of small steps a minute would make that the dearest part of each.
    """
    names = (IN, OUT, CHECKPOINT) if end == "succeeded" else (IN, OUT)
    return [folder / name for name in names if _holds_anything(folder / name)]


def _holds_anything(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entries)
    except OSError:
        return False


def tidy(paths: list[Path]) -> None:
    """Let go of these."""
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)


def is_busy(folder: Path) -> bool:
    """Whether the attempt's lock is held: by its worker, or by something that its worker started."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def worker_of(folder: Path) -> tuple[int, int] | None:
    """The pid and start time that a worker wrote first of all, if it came that far."""
    try:
        pid, started = (folder / LOCK).read_text().split()
        return int(pid), int(started)
    except (FileNotFoundError, ValueError):
        return None
