"""Asking the daemon, from a program that waits for the answer: sockets and JSON, nothing else."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from sentinel.api.frames import Answers, Garbled, packed
from sentinel.api.place import address, found_doors, is_trusted
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused

_CHUNK = 2**16
_PATIENCE = 120.0
"""Seconds that an answer may take; a stream may be silent for as long as it likes."""
_KNOCKS = 10.0
"""Seconds until somebody opens; a daemon that was halted lets people stand there."""


class NoDaemon(Refused):
    """Nobody opens: there is no daemon, or it went away while it was asked. Try later."""


class Client:
    """Asks the daemon of a workspace, one connection a question."""

    def __init__(self, workspace: Path, patience: float | None = _PATIENCE) -> None:
        self.workspace = workspace
        self._patience = patience

    def ask(self, route: str, **given: Json) -> Json:
        """Ask, and get the answer. Refused where the daemon says no, NoDaemon where nobody answers."""
        for message in self._talk(route, given, self._patience):
            if "ok" in message:
                return message["ok"]
        raise gone()

    def follow(self, route: str, **given: Json) -> Iterator[dict[str, Json]]:
        """What a stream tells, message by message, until it ends; NoDaemon where it breaks off."""
        for message in self._talk(route, given, None):
            if "ok" in message:
                return
            yield message
        raise gone()

    def _talk(self, route: str, given: dict[str, Json], patience: float | None) -> Iterator[dict[str, Json]]:
        told = {name: value for name, value in given.items() if value is not None}
        with connect(self.workspace) as line:
            line.settimeout(patience)
            try:
                line.sendall(packed({"do": route, "with": told}))
                yield from _messages(line)
            except TimeoutError:
                raise silent(patience or 0.0) from None
            except (ConnectionError, Garbled):
                raise gone() from None


def connect(workspace: Path, knocks: float = _KNOCKS) -> socket.socket:
    """A line to the daemon of a workspace. NoDaemon where nobody opens within so many seconds; 0 waits for nobody."""
    for door in found_doors(workspace, os.environ):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        line.settimeout(knocks)
        try:
            if "RUNTIME_DIRECTORY" in os.environ or is_trusted(door, workspace):
                with address(door) as place:
                    line.connect(place)
                return line
        except PermissionError:
            line.close()
            todo = "Ask its owner, or become a member of the `sentinel` group and log in anew."
            raise Refused(Refusal("E-closed", "This daemon's door is closed to you.", str(door), todo)) from None
        except (TimeoutError, BlockingIOError):
            line.close()
            raise silent(knocks) from None
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            pass
        line.close()
    todo = "Start one with `sentinel up`, or name another workspace with --workspace."
    raise NoDaemon(Refusal("E-no-daemon", "No daemon runs for this workspace.", str(workspace), todo))


def is_gone(pid: int) -> bool:
    """Whether a daemon's process has ended; one that only waits to be reaped has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return True
    return state in (b"Z", b"X")


def _messages(line: socket.socket) -> Iterator[dict[str, Json]]:
    answers = Answers()
    while chunk := line.recv(_CHUNK):
        yield from answers.take(chunk)


def gone() -> NoDaemon:
    """It hung up in the middle."""
    todo = "Ask again; what was put on record stays on record."
    return NoDaemon(Refusal("E-gone-away", "The daemon went away before it had answered.", todo=todo))


def silent(patience: float) -> NoDaemon:
    """It is there, and says nothing."""
    return NoDaemon(Refusal("E-silent", f"The daemon did not answer within {patience:g} s.", todo="Try again."))
