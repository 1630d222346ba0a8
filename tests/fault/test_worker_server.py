"""The warm fork server: it dies, rests, is replaced, and its workers live on."""

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.attempt import LOCK, PROGRESS, RESULT
from sentinel.outside.processes import holders, is_alive, start_time
from sentinel.supervisor.forkserver import ForkServer, Workers
from sentinel.worker import server
from tests.effort import slow
from tests.fault.working import Place, Started, live, until


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A place whose fork server is forked from this process."""
    return Place(tmp_path)


@pytest.fixture
def house(tmp_path: Path) -> Place:
    """A place whose fork server is started as the daemon starts it."""
    return Place(tmp_path, quick=False)


def server_of(place: Place) -> ForkServer:
    return place.workers.servers[()]


async def waiting(place: Place, seconds: float = 60) -> Started:
    started = await place.start("wait-for", {"time_": round(seconds * 1000)})
    await until(lambda: (started.folder / PROGRESS).exists())
    return started


def test_the_server_of_the_house_runs_attempts_and_tells_how_each_ended(house: Place) -> None:
    async def act(place: Place) -> list[int | None]:
        return [(await (await place.start(use)).ended()) for use in ("nothing", "exit-early", "make")]

    assert live(house, act) == [0, 0, 0]


def test_a_killed_server_leaves_its_workers_alive_and_the_next_attempt_starts_another(house: Place) -> None:
    async def act(place: Place) -> None:
        started = await waiting(place, 5)
        first = server_of(place).pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        fresh = await place.run("nothing")
        assert fresh.result is not None
        assert server_of(place).pid not in (None, first)
        assert is_alive(started.pid, start_time(started.pid) or 0)
        assert await started.ended() is None, "nobody could see how it ended"
        assert started.result is not None
        assert started.result.end == "succeeded"

    live(house, act)


@pytest.mark.parametrize("times", [8, slow(300)])
def test_an_attempt_whose_server_is_killed_meanwhile_runs_once_or_is_lost(
    place: Place, times: int, seed: int, tell: Callable[..., None]
) -> None:
    """Before it hears of it, while it forks, before it answers, after: never twice, and never unknown to the daemon."""
    chance = random.Random(seed)

    async def act(place: Place) -> dict[str, int]:
        ends = {"done": 0, "lost": 0}
        for number in range(times):
            if number % 2:
                await place.run("nothing")  # a spare child may be there by now
            folder, lock = place.prepare("make")
            asked = asyncio.ensure_future(place.workers.spawn(folder, lock))
            await asyncio.sleep(chance.choice([0, 0, 0.0005, 0.001, 0.002, 0.2]))
            if (pid := server_of(place).pid) is not None:
                os.kill(pid, signal.SIGKILL)
            started = Started(folder, await asked, place.workers)
            os.close(lock)
            await started.ended()
            assert not started.busy, "another process than the one that was told of has the attempt"
            ends["lost" if started.result is None else "done"] += 1
            if started.result is not None:
                assert int((folder / LOCK).read_text().split()[0]) == started.pid
        return ends

    ends = live(place, act)
    tell(**ends)
    assert sum(ends.values()) == times
    assert ends["done"] > times // 2


def test_what_a_server_had_said_before_it_was_killed_is_heard(place: Place) -> None:
    """Else the daemon asks a second time for an attempt that has run already."""

    async def act(place: Place) -> None:
        await place.run("nothing")
        (one, lock), (other, lock_of_other) = place.prepare("mark"), place.prepare("nothing")
        asked = asyncio.ensure_future(place.workers.spawn(one, lock))
        await asyncio.sleep(0)  # the request is on its way; from here on this loop hears nothing
        _kill_once_done(server_of(place).pid, one)
        again = await place.workers.spawn(other, lock_of_other)
        assert await asked == int((one / LOCK).read_text().split()[0])
        os.close(lock)
        os.close(lock_of_other)
        await Started(other, again, place.workers).ended()

    live(place, act)
    assert len((place.root / "marks").read_text().split()) == 1


def _kill_once_done(server: int | None, folder: Path) -> None:
    assert server is not None
    while not (folder / RESULT).exists():
        time.sleep(0.01)
    os.kill(server, signal.SIGKILL)
    time.sleep(0.1)


def hand_over_the_right_way(server: Any, spare: Any, attempt: str, order: bytes, handles: list[int]) -> None:
    server._spare = None
    server._say({"attempt": attempt, "pid": spare.pid})
    os.kill(os.getpid(), signal.SIGKILL)


def hand_over_the_wrong_way(server: Any, spare: Any, attempt: str, order: bytes, handles: list[int]) -> None:
    """The seeded bug: the order goes out before anybody hears of it."""
    server._spare = None
    socket.send_fds(spare.line, [order], handles)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(("way", "marks"), [(hand_over_the_right_way, 0), (hand_over_the_wrong_way, 2)])
def test_a_server_killed_in_the_middle_of_a_hand_over_doubles_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, way: Callable[..., None], marks: int
) -> None:
    async def act(place: Place) -> None:
        await place.run("nothing")
        await until(lambda: len(_children(server_of(place).pid)) == 1)
        started = await place.start("mark")
        await started.ended()
        await asyncio.sleep(0.5)

    at_ease = server._ordered

    def slowly(line: socket.socket) -> tuple[str, list[int]] | None:
        time.sleep(0.3)  # a spare child that is slow to hear makes the wrong way go wrong each time
        return at_ease(line)

    monkeypatch.setattr(server, "_ordered", slowly)
    monkeypatch.setattr(server._Server, "_hand_over", way)
    live(place, act)
    path = place.root / "marks"
    assert (len(path.read_text().split()) if path.exists() else 0) == marks


def test_a_server_that_nobody_needs_goes_away_and_comes_back_when_somebody_does(tmp_path: Path) -> None:
    async def act(place: Place) -> None:
        started = await waiting(place, 1)
        first = server_of(place).pid
        assert first is not None
        await asyncio.sleep(0.3)
        assert server_of(place).pid == first, "it stays as long as a worker of it lives"
        assert await started.ended() == 0
        await until(lambda: server_of(place).pid is None)
        await until(lambda: start_time(first) is None)
        await place.run("nothing")
        assert server_of(place).pid not in (None, first)

    live(Place(tmp_path, idle_after=0.1), act)


def test_a_resting_server_takes_its_spare_child_with_it(place: Place) -> None:
    async def act(place: Place) -> None:
        await place.run("nothing")
        pid = server_of(place).pid
        await until(lambda: len(_children(pid)) == 1)
        spare = _children(pid)[0]
        place.workers.close()
        await until(lambda: start_time(spare) is None)

    live(place, act)


def test_a_spare_child_that_was_killed_is_missed_by_nobody(place: Place) -> None:
    async def act(place: Place) -> None:
        for _ in range(3):
            await place.run("nothing")
            pid = server_of(place).pid
            await until(lambda pid=pid: len(_children(pid)) == 1)  # type: ignore[misc]
            os.kill(_children(pid)[0], signal.SIGKILL)
            await until(lambda pid=pid: _children(pid) == [])  # type: ignore[misc]

    live(place, act)


def test_attempts_that_are_asked_for_all_at_once_all_run(place: Place) -> None:
    async def act(place: Place) -> None:
        started = await asyncio.gather(*(place.start("make") for _ in range(12)))
        assert len({each.pid for each in started}) == 12
        assert [await each.ended() for each in started] == [0] * 12
        assert all(each.result is not None and each.result.end == "succeeded" for each in started)

    live(place, act)


def test_a_spare_child_and_the_server_hold_no_lock_of_an_attempt(place: Place) -> None:
    async def act(place: Place) -> None:
        started = await waiting(place)
        await until(lambda: len(_children(server_of(place).pid)) == 2)
        await until(lambda: holders(started.folder / "lock") == [started.pid])
        os.kill(started.pid, signal.SIGKILL)
        await started.ended()
        assert not started.busy

    live(place, act)


def test_a_module_that_cannot_be_preloaded_stops_nobody(house: Place) -> None:
    async def act(place: Place) -> int | None:
        folder, lock = place.prepare("nothing")
        started = Started(folder, await place.workers.spawn(folder, lock, ("json", "no_such_module")), place.workers)
        os.close(lock)
        return await started.ended()

    assert live(house, act) == 0


def test_where_no_server_can_live_attempts_are_started_cold(tmp_path: Path) -> None:
    class Stillborn(ForkServer):
        async def spawn(self, folder: Path, lock: int) -> int | None:
            return None

    async def act(place: Place) -> int | None:
        place.workers.servers[()] = Stillborn(place.workers.environment, ())
        return await (await place.start("nothing")).ended()

    assert live(Place(tmp_path), act) == 0


def test_a_server_whose_interpreter_cannot_start_is_given_up_after_two_tries(tmp_path: Path) -> None:
    async def act(place: Place) -> int | None:
        workers = Workers({**place.workers.environment, "PYTHONHOME": "/nowhere"})
        folder, lock = place.prepare("nothing")
        try:
            return await ForkServer(workers.environment, ()).spawn(folder, lock)
        finally:
            os.close(lock)
            await asyncio.sleep(0.1)

    assert live(Place(tmp_path, quick=False), act) is None


def _children(pid: int | None) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in path.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
