"""Processes as they really are: children, grandchildren, sessions, locks."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sentinel.outside import processes
from sentinel.outside.processes import (
    end_session,
    holders,
    is_alive,
    pss_by_session,
    session_members,
    start_time,
)

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts shells in sessions of their own, which end with the test. Each says a line once it is ready."""
    started: list[subprocess.Popen[str]] = []

    def run(script: str, **named: object) -> "subprocess.Popen[str]":
        shell = subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE, text=True,
                                 start_new_session=True, **named)  # type: ignore[call-overload]  # fmt: skip
        started.append(shell)
        assert shell.stdout.readline().startswith("ready")
        return shell

    yield run
    for shell in started:
        end_session(shell.pid)
        shell.wait()
        shell.stdout.close()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about within 5 s")


def test_a_process_is_named_by_its_pid_and_its_start(start):
    shell = start("echo ready; exec sleep 60")
    started = start_time(shell.pid)
    assert started is not None
    assert is_alive(shell.pid, started)
    assert not is_alive(shell.pid, started - 1)
    shell.kill()
    until(lambda: not is_alive(shell.pid, started))
    assert start_time(shell.pid) == started, "ended and not waited for, it still has its pid"
    shell.wait()
    assert start_time(shell.pid) is None
    assert not is_alive(shell.pid, started)


def test_a_name_full_of_parentheses_does_not_confuse_anybody(start, tmp_path):
    program = tmp_path / ") S 1 1 1 ("
    os.symlink("/bin/sleep", program)
    shell = start(f"echo ready; exec '{program}' 60")
    until(lambda: ") S 1" in Path(f"/proc/{shell.pid}/comm").read_text())
    assert session_members(shell.pid) == [shell.pid]
    assert is_alive(shell.pid, start_time(shell.pid) or 0)


def test_a_session_has_its_children_and_grandchildren_and_nobody_else(start):
    shell = start("sleep 60 & (sleep 60 & echo ready; wait); wait")
    other = start("echo ready; exec sleep 60")
    until(lambda: len(session_members(shell.pid)) == 4)
    assert other.pid not in session_members(shell.pid)
    assert os.getpid() not in session_members(shell.pid)
    assert session_members(other.pid) == [other.pid]


def test_memory_is_counted_over_the_whole_session(start):
    hold = 'import os, time; x = os.urandom(30_000_000); print("ready", flush=True); time.sleep(60)'
    small = start("echo ready; exec sleep 60")
    large = start(f"{sys.executable} -S -E -c '{hold}' & wait")
    sums = pss_by_session([small.pid, large.pid])
    assert 0 < sums[small.pid] < 10_000_000
    assert 30_000_000 <= sums[large.pid] < 60_000_000
    end_session(large.pid)
    assert pss_by_session([large.pid]) == {large.pid: 0}


def test_ending_a_session_ends_all_of_it_even_what_ignores_signals(start):
    shell = start("trap '' TERM HUP INT; (trap '' TERM HUP; sleep 60 & wait) & sleep 60 & echo ready; wait")
    until(lambda: len(session_members(shell.pid)) >= 4)
    members = session_members(shell.pid)
    assert end_session(shell.pid) == []
    assert session_members(shell.pid) == []
    assert shell.wait() == -signal.SIGKILL
    assert not [pid for pid in members if is_alive(pid, start_time(pid) or 0)]


def test_no_parent_goes_on_while_its_session_is_ended(start):
    for number in range(24):
        shell = start(f"{'sleep 60 & ' * (number % 4)} echo ready; sleep 60; exit 0")
        until(lambda shell=shell, number=number: len(session_members(shell.pid)) == 2 + number % 4)
        end_session(shell.pid)
        assert shell.wait() == -signal.SIGKILL, "it saw its child die and came to its own end"


def test_a_process_that_is_no_longer_what_we_took_it_for_is_not_ended(start, monkeypatch, tmp_path):
    """Between the look and the kill a pid can become another's."""
    bystander = start("echo ready; exec sleep 60")
    stale = [{bystander.pid}, set()]
    monkeypatch.setattr(processes, "_victims", lambda *_: stale.pop(0))
    (tmp_path / "lock").touch()
    assert end_session(2**22 + 1, tmp_path / "lock") == []
    assert bystander.poll() is None


def test_a_worker_that_does_not_lead_its_session_yet_is_ended_too(start):
    """It was forked a moment ago, and is still in the session of its fork server, which is left alone."""
    server = start("sleep 60 & echo ready $!; wait; exec sleep 60")
    (child,) = set(session_members(server.pid)) - {server.pid}
    assert end_session(child, started=start_time(child)) == []
    until(lambda: not is_alive(child, start_time(child) or 0))
    assert server.poll() is None


def test_a_spared_process_is_left_alone_whatever_it_holds(start, tmp_path):
    (tmp_path / "lock").touch()
    server = start(f"exec 9<{tmp_path}/lock; echo ready; exec sleep 60")
    until(lambda: holders(tmp_path / "lock") == [server.pid])
    assert end_session(2**22 + 1, tmp_path / "lock", spare=[server.pid]) == []
    assert server.poll() is None


def test_a_session_that_keeps_forking_is_ended_too(start):
    shell = start("echo ready; while :; do (sleep 0.01; sleep 5) & sleep 0.002; done")
    time.sleep(0.1)
    assert end_session(shell.pid) == []
    assert session_members(shell.pid) == []


def test_whoever_left_the_session_with_the_lock_in_hand_is_ended_by_the_lock(start, tmp_path):
    lock = tmp_path / "lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        shell = start("setsid sleep 60 & echo ready; exec sleep 60", pass_fds=[file.fileno()])
        until(lambda: len(holders(lock)) == 3)
        until(lambda: len(session_members(shell.pid)) == 1)
    stray = next(pid for pid in holders(lock) if pid != shell.pid)
    assert stray not in session_members(shell.pid)
    bystander = start("echo ready; exec sleep 60")
    lock.rename(tmp_path / "renamed")  # the file is known by device and inode, not by its name
    assert end_session(shell.pid, tmp_path / "renamed") == []
    assert holders(tmp_path / "renamed") == []
    assert bystander.poll() is None
    with (tmp_path / "renamed").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_ourselves_and_whom_we_spare_are_never_ended(start, tmp_path):
    lock = tmp_path / "lock"
    with lock.open("w") as file:
        spared = start("echo ready; exec sleep 60", pass_fds=[file.fileno()])
        ended = start("echo ready; exec sleep 60", pass_fds=[file.fileno()])
        assert end_session(ended.pid, lock, spare=[spared.pid]) == []
        assert spared.poll() is None
        assert ended.wait() == -signal.SIGKILL
        assert set(holders(lock)) == {os.getpid(), spared.pid}
    with pytest.raises(ValueError, match="itself"):
        end_session(os.getsid(0))


def test_a_session_whose_number_became_anothers_is_left_alone(start, tmp_path):
    lock = tmp_path / "lock"
    lock.touch()
    shell = start("echo ready; exec sleep 60")
    started = start_time(shell.pid) or 0
    assert end_session(shell.pid, lock, started=started - 1) == []
    assert shell.poll() is None
    assert end_session(shell.pid, lock, started=started) == []
    assert shell.wait() == -signal.SIGKILL


def test_a_session_that_is_gone_and_a_lock_that_is_not_there_are_no_trouble(start, tmp_path):
    shell = start("echo ready")
    shell.wait()
    assert end_session(shell.pid, tmp_path / "lock") == []
    assert holders(tmp_path / "lock") == []
    assert pss_by_session([shell.pid]) == {shell.pid: 0}
