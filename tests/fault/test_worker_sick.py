"""Sick workers: killed, stopped, ended without a result, torn, drowned in their own words, outlived by a child."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.contract.attempt import PROGRESS, RESULT, AttemptOut, read_result, write_result
from sentinel.outside.processes import end_session, holders, start_time
from sentinel.store import Store
from sentinel.supervisor.folders import is_busy, worker_of
from sentinel.worker import attempt
from tests.fault.working import Place, Started, live, until

OF_EACH = [5, pytest.param(50, marks=pytest.mark.long)]
GIGABYTE = 10**9
LIMIT = 2**20


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A place whose workers are forked warm."""
    return Place(tmp_path)


async def waiting(place: Place) -> Started:
    """An attempt in the middle of its work."""
    started = await place.start("wait-for", {"time_": 60_000})
    await until(lambda: (started.folder / PROGRESS).exists())
    return started


@pytest.mark.parametrize("times", OF_EACH)
def test_a_killed_worker_frees_its_lock_and_is_seen_to_have_been_killed(place: Place, times: int) -> None:
    async def act(place: Place) -> None:
        for _ in range(times):
            started = await waiting(place)
            os.kill(started.pid, signal.SIGKILL)
            assert os.waitstatus_to_exitcode(await started.ended() or 0) == -signal.SIGKILL
            assert (started.busy, started.result) == (False, None)
            assert worker_of(started.folder) is not None

    live(place, act)


@pytest.mark.parametrize("times", OF_EACH)
def test_a_stopped_worker_gives_no_sign_of_life_and_one_that_goes_on_does(place: Place, times: int) -> None:
    async def act(place: Place) -> None:
        all_started = [await waiting(place) for _ in range(times)]
        healthy = await waiting(place)
        for started in all_started:
            os.kill(started.pid, signal.SIGSTOP)
        await asyncio.sleep(0.2)
        stopped = time.time()
        await until(lambda: _last_sign(healthy) > stopped + 1)
        for started in all_started:
            assert _last_sign(started) <= stopped
            assert started.busy
            os.kill(started.pid, signal.SIGCONT)
        await until(lambda: all(_last_sign(started) > stopped + 1 for started in all_started))
        for started in (*all_started, healthy):
            os.kill(started.pid, signal.SIGKILL)
            await started.ended()

    live(place, act)


def test_a_program_that_says_nothing_for_long_gives_signs_of_life_all_the_same(place: Place) -> None:
    async def act(place: Place) -> None:
        started = await place.start("program", {"run": "it"}, programs={"it": place.script("sleep 60")})
        begun = time.time()
        await until(lambda: (started.folder / PROGRESS).exists() and _last_sign(started) > begun + 1.5)
        end_session(started.pid, started.folder / "lock")
        await started.ended()

    live(place, act)


@pytest.mark.parametrize("slow", ["take_over", "materialise", "keep"])
def test_large_things_are_copied_with_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    """A checkpoint, an input or an output of many gigabytes: its worker was taken for one that stands still."""

    def slowly(*_: object, **__: object) -> None:
        time.sleep(60)

    monkeypatch.setattr(Store if slow == "materialise" else attempt, slow, slowly)
    place = Place(tmp_path)
    rows = place.kept("RawSnapshot", text="many")

    async def act(place: Place) -> None:
        started = await place.start(
            "program", {"run": "it"}, programs={"it": place.script('mkdir "$OUT/rows"')}, gives={"rows": "RawSnapshot"},
            inputs={"given": (rows,)}, checkpoint_from=str(tmp_path),
        )  # fmt: skip
        begun = time.time()
        await until(lambda: (started.folder / PROGRESS).exists() and _last_sign(started) > begun + 1.5)
        end_session(started.pid, started.folder / "lock")
        await started.ended()

    live(place, act)


def _last_sign(started: Started) -> float:
    return (started.folder / PROGRESS).stat().st_mtime


@pytest.mark.parametrize("times", OF_EACH)
def test_a_worker_that_ends_well_without_a_result_is_told_from_one_that_was_killed(place: Place, times: int) -> None:
    async def act(place: Place) -> None:
        for _ in range(times):
            started = await place.start("exit-early")
            assert await started.ended() == 0
            assert (started.busy, started.result) == (False, None)

    live(place, act)


@pytest.mark.parametrize("torn", ["", "{", '{"version": 1}', "[]", "null", '{"version": 7, "attempt": "a"}', "\0" * 9])
def test_a_torn_result_is_refused_and_never_taken_for_none_or_for_a_good_one(tmp_path: Path, torn: str) -> None:
    (tmp_path / RESULT).write_text(torn)
    with pytest.raises(ValueError, match=r"."):
        read_result(tmp_path)


WRITE_RESULT_AND_DIE = """
import os, signal, sys
from pathlib import Path
from sentinel.contract import attempt
from sentinel.contract.attempt import AttemptOut, write_result

def die_at(number, act):
    count = [number]
    def act_or_die(*args, **named):
        count[0] -= 1
        if count[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*args, **named)
    return act_or_die

names = ("open", "write", "fsync", "close", "rename")
name, number = names[int(sys.argv[2]) % 5], int(sys.argv[2]) // 5 + 1
setattr(os, name, die_at(number, getattr(os, name)))
getattr(attempt, sys.argv[3])(Path(sys.argv[1]), AttemptOut("a", "succeeded", says="x" * 100_000))
"""
NAIVE = """
def write_naively(folder, result):
    handle = os.open(folder / attempt.RESULT, os.O_WRONLY | os.O_CREAT)
    text = attempt.json.dumps(attempt.to_json(result)).encode()
    os.write(handle, text[:50])
    os.write(handle, text[50:])

attempt.write_naively = write_naively
"""


async def _killed_while_writing(folder: Path, at: int, writer: str) -> str:
    """Kill a process at one of its calls while it writes a result; what a daemon then reads."""
    import sys

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITE_RESULT_AND_DIE.replace("names =", NAIVE + "\nnames ="), str(folder), str(at), writer
    )
    await process.wait()
    try:
        result = read_result(folder)
    except ValueError:
        return "torn"
    return "none" if result is None else f"whole {len(result.says)}"


@pytest.mark.parametrize("writer", ["write_result", "write_naively"])
def test_a_worker_killed_while_it_writes_its_result_leaves_none_or_a_whole_one(tmp_path: Path, writer: str) -> None:
    async def act() -> set[str]:
        found = []
        for at in range(10):
            (tmp_path / str(at)).mkdir()
            found.append(_killed_while_writing(tmp_path / str(at), at, writer))
        return set(await asyncio.gather(*found))

    found = asyncio.run(act())
    if writer == "write_result":
        assert found == {"none", "whole 100000"}
    else:
        assert "torn" in found, "the seeded bug is not seen"


@pytest.mark.parametrize(
    "shout",
    [
        lambda place: place.run("shout", {"size": GIGABYTE}, log_limit=LIMIT),
        lambda place: place.run("shout", {"size": GIGABYTE, "child": True}, log_limit=LIMIT),
        lambda place: place.program(f"head -c {GIGABYTE} /dev/zero; echo the end >&2", log_limit=LIMIT),
        lambda place: place.program(f"head -c {GIGABYTE} /dev/zero & wait", log_limit=LIMIT),
        lambda place: place.program(f"exec head -c {GIGABYTE} /dev/zero >&2", log_limit=LIMIT),
    ],
    ids=["step", "child of a step", "program", "child of a program", "standard error"],
)
def test_a_gigabyte_of_log_is_cut_at_the_cap_and_the_attempt_ends_well(
    place: Place, shout: Callable[[Place], object]
) -> None:
    started = live(place, shout)  # type: ignore[arg-type]
    assert isinstance(started, Started)
    assert started.result is not None
    assert started.result.end == "succeeded"
    data = (started.folder / "log").read_bytes()
    assert len(data) < LIMIT + 100
    note = data[LIMIT:].decode()
    dropped = int("".join(letter for letter in note if letter.isdigit()))
    assert note == f"\n… the log is full: {dropped} bytes more were dropped\n"
    assert dropped >= GIGABYTE - LIMIT


def test_a_log_is_never_longer_than_its_cap_while_it_is_written(place: Place) -> None:
    async def act(place: Place) -> int:
        params = {"run": "it"}
        programs = {"it": ("head", "-c", str(GIGABYTE), "/dev/zero")}
        started = await place.start("program", params, programs=programs, log_limit=LIMIT)
        over = asyncio.ensure_future(started.ended())
        longest = 0
        while not over.done():
            longest = max(longest, (started.folder / "log").stat().st_size if (started.folder / "log").exists() else 0)
            await asyncio.sleep(0.002)
        return longest

    assert 0 < live(place, act) < LIMIT + 100


@pytest.mark.parametrize("times", OF_EACH)
def test_a_child_left_by_a_killed_worker_keeps_the_lock_busy_until_the_attempt_is_ended(
    place: Place, times: int
) -> None:
    async def act(place: Place) -> None:
        for _ in range(times):
            started = await place.start("orphan", {"die": True})
            begun = start_time(started.pid)
            assert os.waitstatus_to_exitcode(await started.ended() or 0) == -signal.SIGKILL
            child = int((started.folder / "child").read_text())
            assert started.busy, "its child lives and holds the lock"
            assert holders(started.folder / "lock") == [child]
            assert end_session(started.pid, started.folder / "lock", started=begun) == []
            assert not started.busy

    live(place, act)


@pytest.mark.parametrize("session", [True, False])
def test_a_child_left_by_a_step_that_ended_well_is_ended_with_it(place: Place, session: bool) -> None:
    started = live(place, lambda place: place.run("orphan", {"session": session}))
    child = int((started.folder / "child").read_text())
    assert start_time(child) is None
    assert not is_busy(started.folder)


def test_a_stale_attempt_that_wakes_up_late_harms_nothing_of_the_next_one(place: Place) -> None:
    async def act(place: Place) -> None:
        stale = await waiting(place)
        os.kill(stale.pid, signal.SIGSTOP)
        fresh = await place.run("make", {"text": "fresh"})
        os.kill(stale.pid, signal.SIGCONT)
        write_result(stale.folder, AttemptOut(stale.folder.name, "succeeded", says="late"))
        assert fresh.result is not None
        assert place.read(fresh, "card", "text") == "fresh"
        assert fresh.result.attempt == fresh.folder.name
        os.kill(stale.pid, signal.SIGKILL)
        await stale.ended()

    live(place, act)
