"""What a step is told of a line's usage: up to one moment for a whole round, and what had settled by then."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.data.usage import labels_in
from sentinel.domain.plan import Plan, PlannedStep, Port
from sentinel.domain.quantity import DAY
from sentinel.supervisor import usage
from tests.unit.domain.plans import plan
from tests.unit.supervisor.floor import ROUTER
from tests.unit.supervisor.labelled import Labelled

LINE = {
    "labels": {"settle": 0, "audit": 0.05, "every": DAY}, "salt": "credential:line-salt",
    "base": {"hub": "acme/base", "revision": "3f2c9e1"},
    "sets": {"canary": {"source": "outcomes", "window": 4 * DAY}, "regression": {"file": "r.jsonl"}},
    "data": [{"source": "usage"}, {"source": "program", "name": "export", "timeout": 1000}],
}  # fmt: skip


def resolving(*ports: str) -> Plan:
    """A run that begins by resolving, as the compiler makes it."""
    gives = {name: Port("Dataset", many=True) for name in ports}
    step = PlannedStep("line", "use", "resolve", params={"wants": list(ports), "must": []}, gives=gives,
                       reads=("line", "usage", "hub"), secrets=("line.salt", "hub.token"))  # fmt: skip
    return replace(plan(step), line=ROUTER)


@pytest.fixture
def held(tmp_path: Path) -> Labelled:
    found = Labelled(tmp_path, settle=0)
    programs = {"export": ("/bin/export",), "other": ("/bin/other",)}
    found.house.catalogue = replace(
        found.house.catalogue, lines={ROUTER: LINE}, programs=programs, hub_token="hf-token"
    )
    found.house.engine.catalogue = found.house.catalogue
    return found


def labels(usage: Any) -> list[Any]:
    return sorted(labels_in(usage), key=lambda each: each["number"])


def told(held: Labelled, plan: Plan) -> Any:
    return held.house.told.attempts[f"{held.house.queue(plan)}.line.a1"]


def test_the_labels_that_had_settled_are_told_in_their_order_whatever_they_were_given_for(held: Labelled) -> None:
    held.day(2, 3)
    held.take({"id": "t1", "at": held.now, "right": False, "why": "feedback"})
    held.settle(2)
    held.day(1, 2)
    found = told(held, resolving("sets")).reads["usage"]
    assert found["to"] == held.now and not found["cut"]
    assert [each["number"] for each in labels(found)] == [0, 1, 2, 3]
    assert sorted(each["id"] for each in labels(found)) == ["t1", "t1", "t2", "t3"]
    assert {each["why"]: each["chance"] for each in labels(found)} == {"audit": 0.05, "feedback": None}


def test_an_attempt_that_is_tried_again_is_told_the_very_same(held: Labelled) -> None:
    held.day(2, 3)
    held.settle(2)
    held.house.tick(1)
    run = held.house.queue(resolving("sets"))
    first = held.house.told.attempts[f"{run}.line.a1"].reads["usage"]
    held.day(3, 3)
    held.settle(2)
    held.house.finish(f"{run}.line.a1", end="lost")
    held.settle(1)
    again = held.house.told.attempts[f"{run}.line.a2"].reads["usage"]
    assert again == first and held.now > first["to"] + DAY


def test_labels_are_told_to_who_makes_rows_of_them_and_to_nobody_else(held: Labelled) -> None:
    held.day(2, 3)
    held.settle(2)
    assert set(told(held, resolving("base")).reads["usage"]) == {"to"}
    assembling = PlannedStep("data", "use", "assemble", gives={"dataset": Port("Dataset")}, reads=("usage",))
    run = held.house.queue(replace(plan(assembling), line=ROUTER))
    assert set(held.house.told.attempts[f"{run}.data.a1"].reads["usage"]) == {"to"}


def test_of_too_many_labels_the_newest_are_told_and_that_there_are_more(
    held: Labelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "MOST", 2)
    held.day(2, 5)
    held.settle(2)
    found = told(held, resolving("rows")).reads["usage"]
    assert ([each["number"] for each in labels(found)], found["cut"]) == ([3, 4], True)


def test_credentials_and_programs_that_the_line_names_reach_the_step_that_resolves_and_no_others(
    held: Labelled,
) -> None:
    attempt = told(held, resolving("rows"))
    assert attempt.secrets == ("line-salt", "hf-token")
    assert attempt.reads["hub"] == {"token": "hf-token"}
    assert attempt.programs == {"export": ("/bin/export",)}


def test_a_line_that_names_no_credentials_needs_none(held: Labelled) -> None:
    plain = {**LINE, "salt": None, "base": {"file": "base"}}
    held.house.catalogue = replace(held.house.catalogue, lines={ROUTER: plain})
    held.house.engine.catalogue = held.house.catalogue
    assert told(held, resolving("rows")).secrets == ()
