"""A look: a trigger of anybody's is told what it reads, and its decision comes back."""

from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import Field

from sentinel.contract.at import At, TriggerLook
from sentinel.contract.attempt import PROGRESS, AttemptIn
from sentinel.contract.registry import trigger
from sentinel.contract.scalars import Duration, Whole
from sentinel.contract.types import Registry
from sentinel.domain.refusal import Refused
from sentinel.domain.trigger_stream import Decision
from sentinel.step import look as module
from sentinel.step.look import look
from tests.unit.gate.datasets import dataset, tickets


@trigger("queue-length", looks="worker", reads=("signals",))
def queue_length(seen: TriggerLook, *, most: Annotated[Whole, Field(ge=1)], every: Duration = 60_000) -> Decision:
    """Fires when more signals came in than anybody reads."""
    number = len((seen.facts or {})["signals"])
    return Decision(number > most, f"{number} of {most} since {seen.fired}, every {every}", None, {"seen": number})


@trigger("idle", looks="worker")
def idle(seen: TriggerLook) -> object:
    """Decides nothing."""
    return seen.now


@trigger("tally", looks="worker", reads=("profiles",))
def tally(seen: TriggerLook) -> Decision:
    """Counts what has come in, by the training set's fields."""
    profiles = (seen.facts or {})["profiles"]
    live = profiles["live"]
    return Decision(False, str(live["rows"]), live["strays"], {"read": profiles["read"]})


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Triggers that somebody else has written."""
    monkeypatch.setattr(module, "load", lambda: Registry.of([queue_length, idle, tally]))


def at(folder: Path, told: Any = None) -> At:
    usual = {
        "trigger": "queue-length", "now": 9, "recipe": "retrain", "line": "router", "timezone": "UTC", "since": 1,
        "fired": 5, "state": None, "facts": {"signals": [1, 2, 3]},
    }  # fmt: skip
    reads = {"look": usual if told is None else told or None}
    held = AttemptIn("a1", "r1", "look", "look", {}, {}, str(folder), str(folder), reads=reads)
    return At(held, folder)


def test_a_trigger_of_somebody_else_decides_on_what_it_reads(tmp_path: Path) -> None:
    found = look(at(tmp_path), None, trigger="queue-length", settings={"most": 2})
    assert found == Decision(True, "3 of 2 since 5, every 60000", None, {"seen": 3})
    assert not look(at(tmp_path), None, trigger="queue-length", settings={"most": 3}).fire


@pytest.mark.parametrize(
    ("name", "settings", "told", "says"),
    [
        ("queue-length", {"most": 2}, False, "not told which trigger looks"),
        ("queue-lenght", {"most": 2}, None, "no trigger is called `queue-lenght`"),
        ("queue-length", {"most": 0}, None, "`most` of `queue-length`"),
        ("idle", {}, None, "gave no decision"),
    ],
)
def test_a_look_that_cannot_be_is_refused(tmp_path: Path, name: str, settings: Any, told: Any, says: str) -> None:
    with pytest.raises(Refused, match=says):
        look(at(tmp_path, told), None, trigger=name, settings=settings)


def test_a_file_that_was_rotated_between_two_looks_is_read_from_its_beginning_and_it_is_said(
    tmp_path: Path,
) -> None:
    usual, live = dataset(tmp_path / "data", tickets(300, seed=1)), tmp_path / "live.jsonl"

    def looked(state: Any) -> Decision:
        told = {
            "trigger": "tally", "now": 9, "recipe": "retrain", "line": "router", "timezone": "UTC", "since": 1,
            "fired": 5, "state": state, "facts": {"profiles": {"live": "live.jsonl"}},
        }  # fmt: skip
        held = AttemptIn(
            "a1", "r1", "look", "look", {}, {}, str(tmp_path), str(tmp_path), reads={"look": told}
        )  # fmt: skip
        return look(At(held, tmp_path), usual, trigger="tally", settings={})

    tickets(40, seed=2).write_ndjson(live)
    first = looked(None)
    assert first.reason == "40" and "unread" not in first.state["read"]
    live.rename(tmp_path / "live.jsonl.1")
    tickets(60, seed=3).with_columns(amount=pl.lit("3 kg")).write_ndjson(live)
    second = looked(first.state)
    assert (second.reason, second.numbers) == ("60", {"amount": 60})
    assert "live.jsonl was put in another's place, or emptied" in second.state["read"]["unread"]
    assert second.state["read"]["unread"] in (tmp_path / PROGRESS).read_text()


def test_what_a_worker_cannot_be_told_is_refused_when_it_registers() -> None:
    with pytest.raises(TypeError, match="a worker can be told champion, line, profiles, signals, and not weather"):

        @trigger("storm", looks="worker", reads=("weather",))
        def storm(seen: TriggerLook) -> Decision:
            """Never."""
            return Decision(False, str(seen.now))
