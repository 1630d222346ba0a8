"""Steps that go wrong in every way that a worker can, as their worker sees it: from inside."""

import json
import os
import signal
import subprocess
import sys
import time

from sentinel.contract.at import At
from sentinel.contract.attempt import LOCK, RESULT
from sentinel.contract.registry import step
from sentinel.contract.types import Registry

LONG_S = 60
"""Nobody waits for so long: whoever is still there then was not ended."""
GIGABYTE = 10**9


@step("well")
def well(at: At, *, tag: str = "") -> None:
    """Nothing goes wrong."""


@step("naps")
def naps(at: At, *, ms: int, tag: str = "") -> None:
    """Nothing goes wrong, for some time."""
    time.sleep(ms / 1000)


@step("eats-memory")
def eats_memory(at: At, *, mib: int, tag: str = "") -> None:
    """Take more memory than it needs."""
    held = bytearray(mib * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(LONG_S)


@step("eats-memory-in-a-child")
def eats_memory_in_a_child(at: At, *, mib: int, tag: str = "") -> None:
    """The same, where only a look at the whole session sees it."""
    code = (
        f"held = bytearray({mib} * 2**20); held[::4096] = b'x' * len(held[::4096]); import time; time.sleep({LONG_S})"
    )
    subprocess.run([sys.executable, "-S", "-E", "-c", code], check=False)


@step("stops")
def stops(at: At, *, tag: str = "") -> None:
    """Stand still, as a process does that was sent SIGSTOP."""
    os.kill(os.getpid(), signal.SIGSTOP)


@step("worries")
def worries(at: At, *, tag: str = "") -> None:
    """Say what cannot wait, and go on for a while."""
    at.alarm("the loss rises")
    time.sleep(3)


@step("exits")
def exits(at: At, *, status: int, tag: str = "") -> None:
    """End without a word."""
    os._exit(status)


@step("is-killed")
def is_killed(at: At, *, times: int, by: int = signal.SIGKILL, tag: str = "") -> None:
    """Be ended from outside, the first so many times: as the kernel does where a machine has no memory left."""
    if _nth(at) <= times:
        signal.signal(by, signal.SIG_DFL) if by != signal.SIGKILL else None
        os.kill(os.getpid(), by)
        time.sleep(LONG_S)


@step("tears")
def tears(at: At, *, text: str, tag: str = "") -> None:
    """Leave something that is no result where the result should be."""
    (at.folder / RESULT).write_bytes(text.encode("latin-1"))
    os._exit(0)


@step("lies")
def lies(at: At, *, changes: str, tag: str = "") -> None:
    """Leave a result with some of its values changed."""
    result = {"attempt": at.attempt, "end": "succeeded", "outputs": {}, "sizes": {}, "says": "", "error": None,
              "verdict": None, "receipt": None, "pins": None, "cpu_ms": 0, "peak_memory": 0, "version": 1}  # fmt: skip
    (at.folder / RESULT).write_text(json.dumps({**result, **json.loads(changes)}))
    os._exit(0)


@step("writes-a-folder")
def writes_a_folder(at: At, *, tag: str = "") -> None:
    """Leave a folder where the result should be."""
    (at.folder / RESULT).mkdir()
    os._exit(0)


@step("floods")
def floods(at: At, *, size: int = GIGABYTE, tag: str = "") -> None:
    """Write more than any log may hold."""
    chunk = b"sick " * 2**18
    for _ in range(size // len(chunk) + 1):
        os.write(1, chunk)


@step("leaves-a-child")
def leaves_a_child(at: At, *, pids: str, away: bool = False, tag: str = "") -> None:
    """Start a process that holds the lock, and be killed at once; `away` puts it into a session of its own."""
    if _nth(at) > 1:
        return
    lock = os.open(at.folder / LOCK, os.O_RDWR)
    held = next(fd for fd in range(3, 256) if _same(fd, lock) and fd != lock)
    os.close(lock)
    child = subprocess.Popen(["sleep", str(LONG_S)], pass_fds=(held,), start_new_session=away)
    with open(pids, "a") as file:
        file.write(f"{child.pid}\n")
    os.kill(os.getpid(), signal.SIGKILL)


@step("will-not-go")
def will_not_go(at: At, *, tag: str = "") -> None:
    """Hear the word that it is to end, and go on."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    at.say("I stay")
    time.sleep(LONG_S)


@step("takes-its-time")
def takes_its_time(at: At, *, tag: str = "") -> None:
    """Be slower than its timeout."""
    at.say("I am slow")
    time.sleep(LONG_S)


@step("lets-go")
def lets_go(at: At, *, tag: str = "") -> None:
    """Close every file, the lock among them, and go on."""
    if _nth(at) == 1:
        os.closerange(3, 256)
        time.sleep(LONG_S)


def _nth(at: At) -> int:
    return int(at.attempt.rpartition(".a")[2])


def _same(one: int, other: int) -> bool:
    try:
        return os.path.samestat(os.fstat(one), os.fstat(other))
    except OSError:
        return False


REGISTRY = Registry.of([
    well, naps, eats_memory, eats_memory_in_a_child, stops, exits, is_killed, tears, lies, writes_a_folder, floods,
    leaves_a_child, will_not_go, takes_its_time, lets_go, worries,
])  # fmt: skip
