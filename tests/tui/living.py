"""An attempt that goes on: what it has said so far, and a process that holds its lock."""

import fcntl
import json
import math
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sentinel.contract.attempt import LOCK, LOG, PROGRESS
from sentinel.domain.digest import Json
from sentinel.domain.quantity import SECOND
from sentinel.domain.run.state import Attempt
from sentinel.outside.processes import start_time

SAID, TOTAL = 200, 684
"""Lines of progress, and the steps of the training."""
_LINES = 100
_SECONDS = 3600
"""So long it lives, should nobody end it."""
_PACE = 6.0
"""Seconds between two lines of one that goes on."""


def write_traces(folder: Path, attempt: Attempt, now: int) -> None:
    """What a training says in the time since it started: 200 lines of progress, and a log of a hundred."""
    lasted = now - attempt.started_at
    moments = [attempt.started_at + (number + 1) * lasted // SAID for number in range(SAID)]
    told = [_line(number, at, lasted / SAID) for number, at in enumerate(moments)]
    (folder / PROGRESS).write_text("".join(f"{json.dumps(each)}\n" for each in told), encoding="utf-8")
    (folder / LOG).write_text("".join(_log()), encoding="utf-8")
    _touch(folder, attempt.started_at, now)


def _line(number: int, at: int, each_ms: float) -> Json:
    if number == 0:
        return {"at": at, "says": "18240 rows, 684 steps of 80 rows; 912 rows are held out"}
    done = min(number * 2, TOTAL)
    loss = 0.36 + 1.1 * math.exp(-done / 90) + 0.03 * math.sin(number * 1.7)
    left = round((TOTAL - done) / 2 * each_ms / SECOND)
    figures: dict[str, float | str] = {
        "loss": round(loss, 4), "useful_tokens_s": round(812.4 + 9 * math.sin(number), 1), "padding": 0.0712,
        "memory_mib": 6120 + number % 7, "ends_in_s": left,
    }  # fmt: skip
    if number >= 20:
        figures["held_out"] = round(0.41 + 1.05 * math.exp(-(number // 20 * 40) / 95), 4)
    return {"at": at, "done": done, "total": TOTAL, "figures": figures}


def _log() -> list[str]:
    begins = ["18240 rows, 684 steps of 80 rows; 912 rows are held out\n", "lora, rank 16, on 2 kinds of layers\n"]
    lines = [f"step {number * 4}: the loss is {0.36 + 1.1 * math.exp(-number * 4 / 90):.3f}\n"
             for number in range(1, _LINES - len(begins) + 1)]  # fmt: skip
    return [*begins, *lines]


def _touch(folder: Path, started_at: int, now: int) -> None:
    """As if it had begun then, and had just been heard of: a daemon goes by these times."""
    os.utime(folder / LOCK, (started_at / 1000, started_at / 1000))
    os.utime(folder / PROGRESS, (now / 1000, now / 1000))


class Living:
    """A process that holds the lock of an attempt, as its worker would, from `with` to the end of its block."""

    def __init__(self, folder: Path, started_at: int, now: int) -> None:
        self.folder, self.started_at, self.now = folder, started_at, now

    def __enter__(self) -> "Living":
        handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.process = subprocess.Popen(
            ["/bin/sleep", str(_SECONDS)], pass_fds=(handle,), start_new_session=True, stdin=subprocess.DEVNULL
        )
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{self.process.pid} {start_time(self.process.pid)}\n".encode(), 0)
        os.close(handle)
        _touch(self.folder, self.started_at, self.now)
        return self

    def beat(self, at: int) -> None:
        """Give a sign of life, as of a moment."""
        os.utime(self.folder / PROGRESS, (at / 1000, at / 1000))

    def go_on(self, now: Callable[[], int]) -> None:
        """Give a sign of life each second, and say how far it is, for as long as it lives."""
        number = SAID
        while self.process.poll() is None:
            with (self.folder / PROGRESS).open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(_line(number, now(), 1000 * _PACE))}\n")
            number += 1
            for _ in range(round(_PACE)):
                time.sleep(1)
                self.beat(now())

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
