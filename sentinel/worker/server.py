"""The warm fork server: it has imported what attempts need, and gives each a process of its own in no time.

It only ever imports: a thread pool made before a fork would hang the child. It has one thread, no secret, no ledger
and no listening socket. The daemon holds the other end of `line` and speaks in JSON, one packet a message: in comes
`{"attempt": ID, "folder": PATH}` with two descriptors: the locked lock, and the end of a pipe that the process closes
once it has let go of the lock, before the kernel takes it apart. Out go `{"attempt": ID, "pid": PID}` (or
`"error": ERRNO`) and, when that process has ended, `{"exited": PID, "status": WAIT STATUS}`.
"""

import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sentinel.contract.types import Registry
from sentinel.worker.attempt import BROKEN, run_attempt
from sentinel.worker.ending import last_words
from sentinel.worker.rehearsal import SETTLED, limber_up, rehearse

_LONGEST = 2**16
_HANDLES = 2
_LIGHT = 2**27


def serve(line: socket.socket, preload: Iterable[str], load: Callable[[], Registry]) -> None:
    """Fork attempts until the daemon's end of the line closes. Those that live then live on."""
    gc.disable()
    for module in preload:
        with suppress(Exception):  # the step that needs it says what is wrong, in its own attempt
            importlib.import_module(module)
    with suppress(Exception):
        registry = load()
        load = _always(registry)
    rehearse(SETTLED)
    gc.collect()
    gc.freeze()  # what is here by now is never collected: a collection in a child would copy every page of it
    with suppress(ConnectionError):
        _Server(line, load).serve()


_Order = tuple[str, list[int]]
"""An attempt's folder, and its descriptors."""


@dataclass(frozen=True, slots=True)
class _Spare:
    """A child forked ahead, which waits for its attempt. It ends by itself where it gets none before we end."""

    pid: int
    line: socket.socket


class _Server:
    def __init__(self, line: socket.socket, load: Callable[[], Registry]) -> None:
        self._line = line
        self._load = load
        self._spare: _Spare | None = None
        self._wants_spare = True
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def serve(self) -> None:
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _noticed)
        poll = select.poll()
        poll.register(self._line, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            ready = {handle for handle, _ in poll.poll(0 if self._wants_spare else None)}
            if self._line.fileno() in ready and not self._take():
                return
            if self._woken in ready:
                os.read(self._woken, _LONGEST)
                self._reap()
            if not ready:
                self._wants_spare = False
                self._set_aside()

    def _take(self) -> bool:
        """Give one attempt its process. False once the daemon has gone."""
        data, handles, _, _ = socket.recv_fds(self._line, _LONGEST, _HANDLES)
        if not data:
            return False
        self._wants_spare = True
        asked = json.loads(data)
        if self._spare is not None:
            self._hand_over(self._spare, asked["attempt"], data, handles)
        else:
            self._fork(asked["attempt"], asked["folder"], handles)
        for handle in handles:
            os.close(handle)
        return True

    def _hand_over(self, spare: _Spare, attempt: str, order: bytes, handles: list[int]) -> None:
        # The answer goes first. If this process is killed between the two, the spare hangs up and ends, and its attempt
        # is lost; the other way round, an attempt would run that the daemon had never heard to have begun.
        self._spare = None
        self._say({"attempt": attempt, "pid": spare.pid})
        with spare.line, suppress(ConnectionError):
            socket.send_fds(spare.line, [order], handles)

    def _fork(self, attempt: str, folder: str, handles: list[int]) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            self._say({"attempt": attempt, "error": error.errno})
            return
        if pid == 0:
            self._become(lambda: (folder, handles))
        self._say({"attempt": attempt, "pid": pid})

    def _set_aside(self) -> None:
        """With nothing else to do, fork a child for the attempt that comes next, and let it warm up."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                pid = os.fork()
            except OSError:
                ours.close()
                return  # it goes without
            if pid == 0:
                ours.close()
                self._become(lambda: _ordered(theirs))
        self._spare = _Spare(pid, ours)

    def _become(self, told: Callable[[], _Order | None]) -> NoReturn:
        """The child: nothing of the server's own stays with it."""
        status = BROKEN
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._line.close()
            os.close(self._woken)
            os.close(self._wake)
            order = told()
            gc.enable()
            status = _run(order, self._load) if order is not None else 0
        except BaseException as error:
            os.write(2, last_words(error))
        finally:
            os._exit(status)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if self._spare is not None and pid == self._spare.pid:
                    self._spare.line.close()
                    self._spare = None
                else:
                    self._say({"exited": pid, "status": status})

    def _say(self, message: dict[str, str | int | None]) -> None:
        self._line.sendall(json.dumps(message).encode())


def _ordered(line: socket.socket) -> _Order | None:
    """A spare child's life before its attempt: warm up, then wait. None where the server ends instead."""
    limber_up()
    with line:
        data, handles, _, _ = socket.recv_fds(line, _LONGEST, _HANDLES)
    return (json.loads(data)["folder"], handles) if data else None


def _run(order: _Order, load: Callable[[], Registry]) -> int:
    """Live the attempt, then let go of its lock, and last of the pipe by which the daemon hears of that.

    Whoever holds much memory keeps both until the kernel has it back: the next attempt may count on it.
    """
    folder, handles = order
    status = run_attempt(Path(folder), handles[0], load)
    if 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss <= _LIGHT:
        for handle in handles:
            os.close(handle)
    return status


def _noticed(number: int, frame: object) -> None:
    """A child has ended: the signal itself has woken the poll."""


def _always(registry: Registry) -> Callable[[], Registry]:
    return lambda: registry
