"""Notices by a program that the owner named: JSON on its standard input, the key in IDEMPOTENCY_KEY."""

import os
import selectors
import subprocess
import time
from collections.abc import Sequence

from sentinel.domain.refusal import refuse
from sentinel.domain.text import plain
from sentinel.outside.notify import Notice, Receipt, TryLater, body_of
from sentinel.outside.processes import end_session

_LATER = 75
"""The exit status by which a program asks to be tried again (EX_TEMPFAIL)."""
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER")
_MOST = 64 * 1024


class CommandSender:
    """Runs the program once for each notice, without a shell, in a session of its own that ends with it."""

    def __init__(self, argv: Sequence[str], timeout: float = 30.0) -> None:
        if not argv:
            raise refuse("E-command", "there is no program to run.", todo="Name it, then its arguments.")
        self._argv = tuple(argv)
        self._timeout = timeout

    def send(self, notice: Notice) -> Receipt:
        """Run it and wait. 0 is sent, 75 is later; every other exit status is a refusal."""
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["IDEMPOTENCY_KEY"] = notice.key
        where = self._argv[0]
        try:
            program = subprocess.Popen(
                self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env=environment, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise refuse("E-command", f"it cannot be started ({os.strerror(error.errno or 0)}).", where=where,
                         todo="Correct the program's path, or make it executable.") from None  # fmt: skip
        with program:
            try:
                output, ended = _converse(program, body_of(notice), time.monotonic() + self._timeout)
            finally:
                # before the wait: until then the number of its session cannot become another's
                end_session(program.pid)
        said = plain(output.decode(errors="replace")).strip()[:200]
        tail = f": {said}" if said else ""
        if not ended:
            raise TryLater(f"{where}: it did not end within {self._timeout:g} s{tail}")
        if program.returncode == 0:
            return Receipt(said or "exit 0")
        if program.returncode == _LATER or program.returncode < 0:
            raise TryLater(f"{where}: exit {program.returncode}{tail}")
        raise refuse("E-command", f"it refused the notice (exit {program.returncode}){tail}.", where=where,
                     todo="Mend the program; it may exit with 75 to be tried again later.")  # fmt: skip


def _converse(program: "subprocess.Popen[bytes]", data: bytes, deadline: float) -> tuple[bytes, bool]:
    """Write all that it will read, keep the first part of what it says, until it ends (True) or time is up (False)."""
    assert program.stdin is not None and program.stdout is not None  # noqa: S101 - both were asked for
    said = bytearray()
    left = memoryview(data)
    ended = os.pidfd_open(program.pid)
    os.set_blocking(program.stdin.fileno(), False)
    os.set_blocking(program.stdout.fileno(), False)
    try:
        with selectors.DefaultSelector() as ready:
            ready.register(ended, selectors.EVENT_READ)
            ready.register(program.stdout, selectors.EVENT_READ)
            ready.register(program.stdin, selectors.EVENT_WRITE)
            while (wait := deadline - time.monotonic()) > 0:
                files = {key.fileobj for key, _ in ready.select(wait)}
                if program.stdin in files and not (left := _write(program.stdin.fileno(), left)):
                    ready.unregister(program.stdin)
                    program.stdin.close()
                if program.stdout in files and not _read(program.stdout.fileno(), said):
                    ready.unregister(program.stdout)
                if ended in files:
                    while _read(program.stdout.fileno(), said):
                        continue
                    return bytes(said), True
        return bytes(said), False
    finally:
        os.close(ended)


def _write(pipe: int, left: memoryview) -> memoryview:
    try:
        return left[os.write(pipe, left) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        return left[len(left) :]  # it has read all that it wanted


def _read(pipe: int, said: bytearray) -> bool:
    try:
        data = os.read(pipe, _MOST)
    except BlockingIOError:
        return False
    said += data[: _MOST - len(said)]
    return bool(data)
