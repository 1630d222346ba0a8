"""The log of an attempt: all that its processes write, up to a cap that holds, with credentials blotted out."""

import fcntl
import io
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sentinel.worker.blot import Blot

_CHUNK = 2**18
_PIPE = 2**20
_BEAT_S = 1.0
_LAST_WORDS_S = 10.0


class Log:
    """The file, there from the first word on. What does not fit is dropped and counted: nobody waits for room."""

    def __init__(self, path: Path, limit: int, beat: Callable[[], None]) -> None:
        self._path = path
        self._handle: int | None = None
        self._room = limit
        self.blot = Blot()
        self.beat = beat
        self._dropped = 0

    def write(self, data: bytes) -> None:
        """Put bytes at the end, as far as there is room for them."""
        self._put(self.blot.pass_on(data))

    def close(self) -> None:
        """Write what was held back, and say how much is missing."""
        self._put(self.blot.rest())
        if self._dropped:
            with suppress(OSError):
                os.write(self._open(), f"\n… the log is full: {self._dropped} bytes more were dropped\n".encode())
        if self._handle is not None:
            os.close(self._handle)

    def _put(self, data: bytes) -> None:
        if not data:
            return
        try:
            handle = self._open()
            written = os.write(handle, data[: self._room]) if self._room else 0
        except OSError:
            written = 0  # a full disk: the attempt goes on without this piece of its log
        self._room -= written
        self._dropped += len(data) - written

    def _open(self) -> int:
        if self._handle is None:
            self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._room = max(0, self._room - os.fstat(self._handle).st_size)
        return self._handle


def pipe() -> tuple[int, int]:
    """A pipe that holds a burst, so that whoever writes seldom waits for whoever reads."""
    reader, writer = os.pipe()
    with suppress(OSError):  # where the user's allowance for pipes is used up, the usual size has to do
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE)
    return reader, writer


def pump(reader: int, log: Log, process: int | None = None) -> None:
    """Carry what comes out of a pipe into the log, and beat each second, until it closes or the process has ended.

    `process` is a pidfd: nobody waits for what such a process leaves behind to close the pipe.
    """
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    if process is not None:
        poll.register(process, select.POLLIN)
    due = time.monotonic() + _BEAT_S
    while True:
        ready = dict(poll.poll(max(0.0, due - time.monotonic()) * 1000))
        if process in ready:
            return
        if reader in ready:
            data = os.read(reader, _CHUNK)
            log.write(data)
            if not data and process is None:
                return
            if not data:
                poll.unregister(reader)
        if time.monotonic() >= due:
            log.beat()
            due = time.monotonic() + _BEAT_S


def drain(reader: int, log: Log) -> None:
    """Carry what lies in a pipe now, without waiting for more."""
    os.set_blocking(reader, False)
    with suppress(BlockingIOError):
        while data := os.read(reader, _CHUNK):
            log.write(data)


@contextmanager
def beating(log: Log) -> Iterator[None]:
    """Beat each second from beside, while large things are copied."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT_S):
            log.beat()

    beside = threading.Thread(target=beat, name="beat", daemon=True)
    beside.start()
    try:
        yield
    finally:
        over.set()
        beside.join()


@contextmanager
def written_to(log: Log) -> Iterator[None]:
    """Send all that this process and its children write to standard output and error into the log.

    A thread carries it, and beats. The way leads through a pipe since nothing else holds a cap for children too.
    """
    reader, writer = pipe()
    _flush()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # whoever is killed has said the lines that it printed
    os.dup2(writer, 1)
    os.dup2(writer, 2)
    os.close(writer)
    carrier = threading.Thread(target=pump, args=(reader, log), name="log", daemon=True)
    carrier.start()
    try:
        yield
    finally:
        _flush()
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        carrier.join(_LAST_WORDS_S)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
