"""What a screen hears all day, over a real socket and a real ledger."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sentinel.api import routes_live
from sentinel.contract.attempt import PROGRESS, read_attempt
from sentinel.supervisor.hands import Worker
from tests.unit.api.house import House
from tests.unit.api.test_routes import until


@contextmanager
def hearing(house: House, **given: Any) -> Iterator[Iterator[Any]]:
    """The messages of `live`, heard until the end of the block."""
    stream = house.client.follow("live", **given)
    try:
        yield stream
    finally:
        stream.close()


def first(stream: Iterator[Any], fits: Callable[[Any], bool]) -> Any:
    """The first message that fits; so many others are let go by."""
    return next(message for message, _ in zip(stream, range(200), strict=False) if fits(message))


@contextmanager
def working(house: House) -> Iterator[str]:
    """An attempt whose worker lives for as long as the block, and says nothing by itself."""
    run = house.client.ask("run", recipe="working")["run"]
    attempt = f"{run}.made.a1"
    folder = house.state / "attempts" / attempt
    until((folder / "attempt.json").exists)
    with subprocess.Popen(["/bin/sleep", "60"]) as child:
        worker = Worker(read_attempt(folder), folder, child.pid, 0, None)
        house.daemon.hands.workers[attempt] = worker
        try:
            yield attempt
        finally:
            del house.daemon.hands.workers[attempt]
            child.kill()


def says(house: House, attempt: str, **line: Any) -> None:
    """A worker's word."""
    with (house.state / "attempts" / attempt / PROGRESS).open("a") as file:
        file.write(json.dumps({"at": 1, **line}) + "\n")


def test_the_first_word_is_that_the_daemon_lives_and_then_comes_what_happens(house: House) -> None:
    last = house.client.ask("status")["last"]
    with hearing(house) as stream:
        told = next(stream)
        assert set(told) == {"alive"} and told["alive"]["last"] == last
        house.client.ask("hold", line="router", reason="holidays")
        event = next(stream)["event"]
        assert (event["seq"], event["kind"], event["stream"]) == (last + 1, "LineHeld", "line/router")
        house.client.ask("release", line="router")
        assert next(stream)["event"]["kind"] == "LineReleased"


def test_what_was_missed_comes_first(house: House) -> None:
    house.client.ask("hold", line="router", reason="holidays")
    last = house.client.ask("status")["last"]
    with hearing(house, since=last - 2) as stream:
        assert next(stream)["alive"]["last"] == last
        assert [next(stream)["event"]["seq"] for _ in range(2)] == [last - 1, last]


def test_who_has_missed_too_much_is_told_so_and_hears_what_comes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_live, "MOST_MISSED", 3)
    house.client.ask("run", recipe="lined", line="router")
    last = until(lambda: not house.client.ask("queue")["runs"] and house.client.ask("status")["last"])
    for since in (0, last + 5):
        with hearing(house, since=since) as stream:
            assert next(stream)["alive"]["last"] == last
            assert next(stream) == {"skipped": {"from": since, "to": last}}
            house.client.ask("hold", line="router", reason="holidays")
            last += 1
            assert next(stream)["event"]["seq"] == last
            house.client.ask("release", line="router")
            last += 1


def test_in_silence_it_says_every_so_often_that_it_lives_and_asks_the_ledger_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_live, "_SILENCE", 0.2)
    with hearing(house) as stream:
        assert "alive" in next(stream) and "alive" in next(stream)
        asked: list[Any] = []
        monkeypatch.setattr(type(house.site), "look", lambda *look: asked.append(look))
        assert ["alive" in next(stream) for _ in range(3)] == [True] * 3
        assert asked == []


def test_a_running_attempt_is_told_of_when_it_has_said_something_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_live, "_GLANCE", 0.05)
    with working(house) as attempt, hearing(house) as stream:
        says(house, attempt, done=1, total=9, figures={"loss": 2.5})
        assert first(stream, lambda message: "progress" in message)["progress"] == {
            "run": attempt.partition(".")[0], "attempt": attempt, "step": "made", "at": 1, "done": 1, "total": 9,
            "figures": {"loss": 2.5},
        }  # fmt: skip
        says(house, attempt, done=2, total=9, run="r99")
        told = first(stream, lambda message: "progress" in message)["progress"]
        assert (told["done"], told["run"]) == (2, "r1"), "what a worker says takes no other's name"


def test_a_listener_that_is_let_go_misses_nothing(house: House) -> None:
    with hearing(house) as stream:
        last = next(stream)["alive"]["last"]
        house.loop.call_soon_threadsafe(house.daemon.listeners.clear)
        for _ in range(3):
            house.client.ask("hold", line="router", reason="holidays")
            house.client.ask("release", line="router")
        heard = [first(stream, lambda message: "event" in message)["event"]["seq"] for _ in range(6)]
        assert heard == list(range(last + 1, last + 7))


def test_who_hangs_up_is_forgotten(house: House) -> None:
    before = len(house.daemon.listeners)
    with hearing(house) as stream:
        next(stream)
        assert len(house.daemon.listeners) == before + 1
    until(lambda: len(house.daemon.listeners) == before)
