"""Processes as the kernel knows them: who this one is, that it lives, and the end of those that it leaves behind."""

import ctypes
import fcntl
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from sentinel.contract.attempt import LOCK, PROGRESS

_LIBC = ctypes.CDLL(None, use_errno=True)
GPUS = "CUDA_VISIBLE_DEVICES"
_SET_CHILD_SUBREAPER = 36
THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS",
)  # fmt: skip


def sign(lock: int) -> None:
    """Lead a session of its own, and say in the attempt's lock which process this is: its pid and start time."""
    own = os.getpid()
    if os.getsid(0) != own:
        os.setsid()
    os.pwrite(lock, f"{own} {_started()}\n".encode(), 0)


def _started() -> int:
    """When this process started, in ticks since boot: with its pid, a name that no later process has."""
    handle = os.open("/proc/self/stat", os.O_RDONLY | os.O_CLOEXEC)
    text = os.read(handle, 4096)
    os.close(handle)
    return int(text[text.rindex(b")") + 2 :].split()[19])


def holds_lock(folder: Path, lock: int) -> bool:
    """Whether this descriptor is the attempt's lock, and is locked by us or by who handed it to us."""
    try:
        ours, there = os.fstat(lock), os.stat(f"{folder}/{LOCK}")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)


def beat(folder: Path) -> None:
    """Show that this process lives and is not stopped: the daemon looks at when this file was last touched."""
    path = f"{folder}/{PROGRESS}"
    try:
        os.utime(path)
    except FileNotFoundError:
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError:
        pass  # a full disk is told by what cannot be written, not by a heartbeat


def use_threads(count: int) -> None:
    """Let the libraries of this process compute with so many threads, whether they are imported by now or not."""
    for name in THREADS:
        os.environ[name] = str(count)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(count)


def use_gpus(mine: tuple[int, ...]) -> None:
    """Show these of the node's GPUs and no others; an attempt that claimed none sees none."""
    shown = [name for name in os.environ.get(GPUS, "").split(",") if name]
    os.environ[GPUS] = ",".join(shown[each] if each < len(shown) else str(each) for each in mine)


def keep_orphans() -> None:
    """Become the parent of every process below whose own parent ends, so that none can slip away."""
    _LIBC.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_children() -> int:
    """End every process below this one, however deep, and give how many there were to wait for."""
    ended = 0
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                for child in _children():
                    with suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
                os.waitpid(-1, 0)
        except ChildProcessError:
            return ended
        ended += 1


def _children() -> list[int]:
    own = str(os.getpid())
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _parent(name) == own]


def _parent(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[1].decode()
    except OSError:
        return ""
