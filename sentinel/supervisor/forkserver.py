"""How the daemon gets a process for an attempt: warm, from a fork server, or cold, as a new interpreter.

Whoever asks has locked the lock and committed AttemptStarted, and closes its own copy of the lock afterwards.
"""

import asyncio
import json
import os
import select
import signal
import site
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sentinel
from sentinel.contract.attempt import LOCK, LOG
from sentinel.outside.processes import holders, start_time

_ENVIRONMENT = (
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
    "CREDENTIALS_DIRECTORY", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "SSL_CERT_FILE",
    "HF_ENDPOINT",
)  # fmt: skip
_LONGEST = 2**16
_IDLE_S = 60.0
_FULL_S = 0.002
_REAPED_MS = 250
_FD = 3
"""The one descriptor that a worker or a fork server is started with, besides the standard three."""


def worker_environment(source: Mapping[str, str]) -> dict[str, str]:
    """The environment of workers, from a fixed list: where things are, and no credential."""
    kept = {name: source[name] for name in _ENVIRONMENT if name in source}
    home = str(Path(sentinel.__file__).parent.parent)
    if home not in {*site.getsitepackages(), site.getusersitepackages()}:
        kept["PYTHONPATH"] = home  # a checkout: its workers are to run the daemon's own code, installed or not
    return kept


@dataclass(slots=True)
class Workers:
    """A fork server for each list of modules to preload: started on use, gone when idle, started again when it died."""

    environment: Mapping[str, str]
    idle_after: float = _IDLE_S
    servers: dict[tuple[str, ...], "ForkServer"] = field(default_factory=dict)
    words: str = os.devnull
    """The file for what a fork server says. Never the daemon's own output: whoever reads that waits for its end."""
    cold: set[int] = field(default_factory=set)

    async def spawn(self, folder: Path, lock: int, preload: tuple[str, ...] = ()) -> int:
        """Start a worker on an attempt's folder, handing it the lock; its pid. OSError where none can be started."""
        if preload not in self.servers:
            self.servers[preload] = ForkServer(self.environment, preload, self.idle_after, self.words)
        pid = await self.servers[preload].spawn(folder, lock)
        return pid if pid is not None else self.spawn_cold(folder, lock)

    def spawn_cold(self, folder: Path, lock: int) -> int:
        """Start a new interpreter for an attempt, in a session of its own; its first words go to the log too."""
        pid = _start([os.fspath(folder), "--lock-fd", str(_FD)], lock, self.environment, os.fspath(folder / LOG))
        self.cold.add(pid)
        return pid

    def status(self, pid: int) -> int | None:
        """The wait status of a worker that has ended, once; None where its fork server had gone and nobody saw it."""
        if pid in self.cold:
            self.cold.discard(pid)
            return os.waitpid(pid, 0)[1]
        return next((server.status(pid) for server in self.servers.values() if server.knows(pid)), None)

    def parting(self, pid: int) -> int | None:
        """A handle that can be read once a worker has let go of its lock, a moment before its process has ended.

        It is the caller's to close. None where there is nothing to hear before that end.
        """
        handles = (server.handles.pop(pid, None) for server in self.servers.values())
        return next((handle for handle in handles if handle is not None), None)

    def forget(self, pid: int) -> None:
        """Nobody will ask how a worker ended that has ended, or is about to."""
        for server in self.servers.values():
            server.forget(pid)
        if pid in self.cold:
            self.status(pid)

    def go_betweens(self) -> list[int]:
        """The processes that fork workers: each holds a lock from its request until it has passed it on."""
        return [server.pid for server in self.servers.values() if server.pid is not None]

    def close(self) -> None:
        """Let every fork server end. Its workers live on."""
        for server in self.servers.values():
            server.close()


class ForkServer:
    """The fork server for one list of modules, through all its lives."""

    def __init__(
        self, environment: Mapping[str, str], preload: Sequence[str], idle_after: float = _IDLE_S,
        words: str = os.devnull,
    ) -> None:  # fmt: skip
        self._environment = environment
        self._words = words
        self._preload = tuple(preload)
        self._idle_after = idle_after
        self._life: _Life | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._statuses: dict[int, int | None] = {}
        self.handles: dict[int, int] = {}
        """What is heard of a worker before its process has ended."""

    @property
    def pid(self) -> int | None:
        """The process of the server, or None while there is none."""
        return self._life.pid if self._life is not None else None

    async def spawn(self, folder: Path, lock: int) -> int | None:
        """Fork a process for an attempt, and give its pid. None where the server cannot live long enough to fork."""
        self._stay()
        reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        pid = None
        try:
            pid = await self._ask(folder, [lock, writer])
        finally:
            os.close(writer)
            if pid is None:
                os.close(reader)
        if pid is not None:
            self.handles[pid] = reader
        return pid

    async def _ask(self, folder: Path, handles: list[int]) -> int | None:
        for _ in range(2):
            life = self._life or self._begin()
            try:
                return await life.ask(folder, handles)
            except ConnectionError:
                self._lose(life)
                pid = _forked(folder, life.pid)  # it may have forked and ended before it could say so
                if pid is not None:
                    self._statuses[pid] = None
                    return pid
        return None

    def knows(self, pid: int) -> bool:
        """Whether it forked this process, and has not told yet how it ended."""
        return pid in self._statuses or (self._life is not None and pid in self._life.living)

    def status(self, pid: int) -> int | None:
        """The wait status of a process that has ended, which the server is about to tell if it has not yet."""
        life = self._life
        if life is not None and pid in life.living:
            self._hear(life, _REAPED_MS, pid)
        return self._statuses.pop(pid, None)

    def forget(self, pid: int) -> None:
        """Nobody will ask how this process ended."""
        if (handle := self.handles.pop(pid, None)) is not None:
            os.close(handle)
        self._statuses.pop(pid, None)
        if self._life is not None and pid in self._life.living:
            self._life.forgotten.add(pid)

    def close(self) -> None:
        """Let the server end. Its workers live on."""
        self._stay()
        if self._life is not None:
            self._lose(self._life)

    def _begin(self) -> "_Life":
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            ours.setblocking(False)
            preload = ("--preload", ",".join(self._preload)) if self._preload else ()
            pid = _start(["--server", "--line-fd", str(_FD), *preload], theirs.fileno(), self._environment, self._words)
        life = self._life = _Life(pid, ours)
        asyncio.get_running_loop().add_reader(ours, self._hear, life)
        return life

    def _hear(self, life: "_Life", wait_ms: int = 0, pid: int | None = None) -> None:
        """Take in what the server has told; with a pid, wait until it tells of that one."""
        poll = select.poll()
        poll.register(life.line, select.POLLIN)
        while poll.poll(wait_ms):
            try:
                data = life.line.recv(_LONGEST)
            except ConnectionError:
                continue  # told once where it died with requests unread; what it had said before comes after that
            if not data:
                self._lose(life)
                return
            if self._take_in(life, json.loads(data)) == pid:
                wait_ms = 0
        self._rest(life)

    def _take_in(self, life: "_Life", told: dict[str, Any]) -> int | None:
        """One thing that the server said; the pid of the process that has ended, if it was that."""
        if "attempt" in told:
            life.answer(told["attempt"], told.get("pid"), told.get("error"))
            return None
        pid: int = told["exited"]
        life.living.discard(pid)
        if pid in life.forgotten:
            life.forgotten.discard(pid)
        else:
            self._statuses[pid] = told["status"]
        return pid

    def _lose(self, life: "_Life") -> None:
        """The server has gone, or is sent away. What its workers come to, nobody can say from now on."""
        if self._life is life:
            self._life = None
        for told in life.last_words():
            self._take_in(life, told)
        self._statuses |= dict.fromkeys(life.living - life.forgotten)
        life.end()

    def _rest(self, life: "_Life") -> None:
        self._stay()
        if not life.living and not life.asked and self._life is life:
            self._idle = asyncio.get_running_loop().call_later(self._idle_after, self.close)

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


@dataclass(slots=True, eq=False)
class _Life:
    """A server that runs: its line, who asked it for a process, and which of its processes live."""

    pid: int
    line: socket.socket
    asked: dict[str, asyncio.Future[int]] = field(default_factory=dict)
    living: set[int] = field(default_factory=set)
    forgotten: set[int] = field(default_factory=set)
    """Those of them whose end is of no interest."""

    async def ask(self, folder: Path, handles: list[int]) -> int:
        """Send the request and wait for the pid. ConnectionError where the server ends meanwhile."""
        request = json.dumps({"attempt": folder.name, "folder": os.fspath(folder)}).encode()
        self.asked[folder.name] = asyncio.get_running_loop().create_future()
        try:
            while not _sent(self.line, request, handles):  # noqa: ASYNC110 - room in a socket is no event of ours
                await asyncio.sleep(_FULL_S)
            return await self.asked[folder.name]
        finally:
            self.asked.pop(folder.name, None)

    def answer(self, attempt: str, pid: int | None, error: int | None) -> None:
        """A process runs the attempt, whether or not anybody still waits to hear of it; or it could not be forked."""
        if pid is not None:
            self.living.add(pid)
        asked = self.asked.get(attempt)
        if asked is None or asked.done():
            return
        if pid is not None:
            asked.set_result(pid)
        else:
            asked.set_exception(OSError(error, os.strerror(error or 0)))

    def last_words(self) -> Iterator[dict[str, Any]]:
        """What the server has said and nobody has heard: a process that it told of is not to be asked for again."""
        while self.line.fileno() >= 0:
            try:
                data = self.line.recv(_LONGEST)
            except BlockingIOError:
                return
            except ConnectionError:
                continue
            if not data:
                return
            yield json.loads(data)

    def end(self) -> None:
        """Hang up, which ends the server, and wait for that beside everything else."""
        if self.line.fileno() < 0:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.line)
        self.line.close()
        for answer in self.asked.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError("the fork server ended while it was asked"))
        handle = os.pidfd_open(self.pid)

        def reap() -> None:
            loop.remove_reader(handle)
            os.close(handle)
            os.waitpid(self.pid, 0)

        loop.add_reader(handle, reap)


def _sent(line: socket.socket, request: bytes, handles: list[int]) -> bool:
    try:
        socket.send_fds(line, [request], handles)
    except BlockingIOError:
        return False  # the line is full: the server is still importing
    return True


def _forked(folder: Path, server: int) -> int | None:
    """The process that holds the attempt's lock besides the daemon: the oldest, where it has children by now."""
    others = {pid: start_time(pid) for pid in holders(folder / LOCK) if pid not in (os.getpid(), server)}
    known = {pid: started for pid, started in others.items() if started is not None}
    return min(known, key=lambda pid: (known[pid], pid), default=None)


def _start(arguments: Sequence[str], handle: int, environment: Mapping[str, str], words: str) -> int:
    """Start a worker's interpreter with one descriptor of ours. `-P` keeps the current folder out of its imports."""
    argv = [sys.executable, "-P", "-m", "sentinel.worker", *arguments]
    actions: list[tuple[Any, ...]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, words, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        (os.POSIX_SPAWN_DUP2, handle, _FD),
    ]
    ignored = (signal.SIGPIPE, signal.SIGXFSZ)  # Python ignores these, and a program must not inherit that
    return os.posix_spawn(
        argv[0], argv, dict(environment), file_actions=actions, setsid=True, setsigmask=(), setsigdef=ignored
    )
