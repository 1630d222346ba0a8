"""Processes as /proc shows them: who lives, what a session uses, and ending one for good."""

import os
import signal
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 10.0
_DEAD = "ZXx"


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    state: str
    session: int
    start_time: int


def start_time(pid: int) -> int | None:
    """When a process started, in ticks since boot; with its pid, a name that no later process has. None if gone."""
    process = _look(pid)
    return process.start_time if process is not None else None


def is_alive(pid: int, started: int) -> bool:
    """Whether this very process still runs; one that has ended and was not waited for does not."""
    process = _look(pid)
    return process is not None and process.start_time == started and process.state not in _DEAD


def session_members(session: int) -> list[int]:
    """The living processes of a session."""
    return [process.pid for process in _living() if process.session == session]


def pss_by_session(sessions: Collection[int]) -> dict[int, int]:
    """The bytes of memory that each session uses, shared pages divided among those who share them."""
    sums = dict.fromkeys(sessions, 0)
    for process in _living():
        if process.session in sums:
            sums[process.session] += _pss(process.pid)
    return sums


def end_session(
    session: int, lock_path: Path | None = None, *, started: int | None = None, spare: Collection[int] = ()
) -> list[int]:
    """Kill a session, and whoever still holds the lock file open, until none is left; the pids that would not go.

    `started` is when the session's first process started: where that pid is another process by now, so is the
    session, and only the lock counts. Never this process, its spared ones or pid 1. It blocks, at most 10 s.
    """
    if session == os.getsid(0):
        raise ValueError("this process is in that session itself")
    spared = {0, 1, os.getpid(), *spare}
    deadline, pause = time.monotonic() + _LONGEST, 0.001
    while victims := _victims(session, lock_path, started) - spared:
        if time.monotonic() > deadline:
            break
        # all stand still before the first falls, so that no parent goes on to its next command or starts another child
        for sign in (signal.SIGSTOP, signal.SIGKILL):
            for pid in victims:
                _send(pid, sign, session, lock_path, started)
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
    return sorted(victims)


def holders(path: Path) -> list[int]:
    """The living processes that have this very file open, by device and inode."""
    status = _status(path)
    return [process.pid for process in _living() if _holds(process.pid, status)]


def _victims(session: int, lock_path: Path | None, started: int | None) -> set[int]:
    leader = _look(session) if started is not None else None
    another = leader is not None and leader.start_time != started
    members = set() if another else set(session_members(session))
    if leader is not None and not another and leader.state not in _DEAD:
        members.add(session)  # it may not lead its session yet
    return members | set(holders(lock_path) if lock_path is not None else ())


def _send(pid: int, sign: signal.Signals, session: int, lock_path: Path | None, started: int | None) -> None:
    """Signal it if it is still what we took it for: the handle pins the process while we look again."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        process = _look(pid)
        lock = _status(lock_path) if lock_path is not None else None
        leads = process is not None and (pid, process.start_time) == (session, started)
        if process is not None and (leads or process.session == session or _holds(pid, lock)):
            signal.pidfd_send_signal(handle, sign)
    except (ProcessLookupError, PermissionError):
        return
    finally:
        os.close(handle)


def _living() -> Iterator[_Process]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            process = _look(int(name))
            if process is not None and process.state not in _DEAD:
                yield process


def _look(pid: int) -> _Process | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    # the command's name comes second, in parentheses, and may hold both spaces and parentheses
    fields = text[text.rindex(b")") + 2 :].split()
    return _Process(pid, fields[0].decode(), int(fields[3]), int(fields[19]))


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except PermissionError:
        return _resident(pid)
    return 0


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _holds(pid: int, status: os.stat_result | None) -> bool:
    if status is None:
        return False
    try:
        return any(_is(f"/proc/{pid}/fd/{name}", status) for name in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def _is(path: str, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), status)
    except OSError:
        return False
