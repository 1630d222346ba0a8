"""The lock beside a ledger: whoever holds it may write, and its file says who that is."""

import fcntl
import os
import time
from pathlib import Path

from sentinel.domain.refusal import refuse

SAYS_WITHIN = 1.0
"""Seconds in which whoever takes the lock writes down who that is."""


class Lock:
    """An exclusive lock on `<ledger>.lock`. It ends with the process, whatever ends the process."""

    def __init__(self, ledger: Path) -> None:
        try:
            self._handle = os.open(lock_of(ledger), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            todo = "It needs a folder that this user may write."
            raise refuse(
                "E-ledger-place", f"There can be no ledger here: {error}.", where=str(ledger), todo=todo
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(self._handle)
            os.close(self._handle)
            raise refuse(
                "E-busy", f"The ledger is held by the process {holder}.", where=str(ledger),
                todo="Ask that daemon, or end it with `sentinel down`.",
            ) from error  # fmt: skip
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have it. The file stays, empty."""
        if self._handle >= 0:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = -1


def _holder(handle: int) -> str:
    """Who holds it. One who has only just taken it may not have said so yet, and what is there is of one before."""
    deadline = time.monotonic() + SAYS_WITHIN
    while True:
        said = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
        if (said.isdigit() and os.path.exists(f"/proc/{said}")) or time.monotonic() > deadline:
            return said or "unknown"
        time.sleep(0.002)


def lock_of(ledger: Path) -> Path:
    """Where the lock of a ledger lies."""
    return ledger.with_name(f"{ledger.name}.lock")
