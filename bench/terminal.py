"""A program in a terminal: what it paints is read as it comes, so that it can be said when something was seen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path

_WORDS = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][0-9A-B]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>]")

_BROKEN = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*|[()])?$")
"""A word of which the end has not come yet."""


class Terminal:
    """A terminal of so many columns and lines with one program in it, until the end of its block."""

    def __init__(self, argv: Sequence[str], columns: int = 160, lines: int = 48) -> None:
        self._argv, self._size = list(argv), (lines, columns)
        self.painted = b""
        """Letters that were painted so far, without what moves the cursor."""
        self._held = b""

    def __enter__(self) -> "Terminal":
        """Start it."""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *self._size, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.began = time.perf_counter()
        self.process = subprocess.Popen(self._argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
                                        start_new_session=True)  # fmt: skip
        os.close(theirs)
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)

    def press(self, keys: str) -> float:
        """Press keys, and say when."""
        at = time.perf_counter()
        os.write(self._ours, keys.encode())
        return at

    def sees(self, word: str, patience: float = 60.0, strict: bool = True) -> float:
        """Read on until a word was painted, and say when; what was painted before counts no more.

        Without `strict`, it is enough to have waited.
        """
        wanted, give_up = word.encode(), time.perf_counter() + patience
        while wanted not in self.painted:
            left = give_up - time.perf_counter()
            if left <= 0 and not strict:
                break
            assert left > 0, (
                f"waited {patience:g} s in vain for {word!r}: {self.painted[-300:].decode(errors='replace')}"
            )
            self.read(min(left, 1.0))
        at = time.perf_counter()
        self.painted = b""
        return at

    def read(self, patience: float) -> None:
        """Read what comes within a time, as soon as something does."""
        ready, _, _ = select.select([self._ours], [], [], patience)
        if ready:
            try:
                self._held += os.read(self._ours, 2**16)
            except OSError:
                raise AssertionError(f"it ended: {self.painted[-500:]!r}") from None
            broken = _BROKEN.search(self._held)
            cut = broken.start() if broken is not None else len(self._held)
            whole, self._held = self._held[:cut], self._held[cut:]
            self.painted = (self.painted + _WORDS.sub(b"", whole))[-(2**20) :]

    def idle(self, seconds: float) -> None:
        """Let time go by, and forget what is painted meanwhile."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.read(left)
        self.painted = b""

    @property
    def spent(self) -> float:
        """The seconds of a processor that the program has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
