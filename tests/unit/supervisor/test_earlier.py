"""Reports that there are already are told to who scores the same model, and change no result."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import digest_of
from sentinel.domain.plan import Plan, PlannedStep
from sentinel.supervisor.attempts import reuse_key
from tests.unit.domain.plans import plan, use
from tests.unit.supervisor.floor import House

MODEL = Artifact("Model", digest_of("the champion"))


def scoring(number: int) -> Plan:
    """Make a model, and score it by a step that reads earlier reports; no two of these do the same."""
    step = use("scores", takes={"model": "made.out"}, does="evaluate", gives=("report",))
    return plan(use("made"), replace(step, reads=("earlier",), params={"batch": number}))


def scored(house: House, number: int, model: Artifact = MODEL, recipe: str = "trial") -> tuple[str, list[str]]:
    """One run: the report that it made, and those that its scoring was told of."""
    run = house.queue(replace(scoring(number), recipe=recipe))
    if f"{run}.made.a1" in house.living:
        house.finish(f"{run}.made.a1", outputs={"out": (model,)})
    told = house.told.attempts[f"{run}.scores.a1"].reads["earlier"]
    house.clock.advance(60)
    house.finish(f"{run}.scores.a1")
    return digest_of([f"{run}.scores.a1", "report"]), told


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_newest_reports_on_the_same_model_are_told_newest_first_and_three_of_a_step(house: House) -> None:
    made = [scored(house, number) for number in range(6)]
    assert made[0][1] == []
    for number, (_, told) in enumerate(made):
        assert told == [report for report, _ in reversed(made[max(0, number - 3) : number])]


def test_a_set_that_is_scored_each_day_does_not_crowd_out_the_report_on_all_of_them(house: House) -> None:
    """After nine days of `watch`, `lifecycle` asked whole sets again."""
    whole = scored(house, 0)[0]
    daily = [scored(house, number, recipe="watch")[0] for number in range(1, 13)]
    assert scored(house, 13)[1] == [*daily[:-4:-1], whole]


def test_there_are_twenty_four_at_most(house: House) -> None:
    for number in range(30):
        scored(house, number, recipe=f"watch-{number}")
    assert len(scored(house, 30)[1]) == 24


def test_reports_on_the_model_with_adapters_do_not_count(house: House) -> None:
    """They are about another subject, and hold no answer of the bare model."""
    mine = scored(house, 0)[0]
    for number in range(1, 10):
        worn = replace(scoring(number), recipe=f"worn-{number}")
        adapter = use("tuned", gives=("adapter",))
        both = use("scores", takes={"model": "made.out", "adapter": "tuned.adapter"}, does="evaluate",
                   gives=("report",))  # fmt: skip
        run = house.queue(replace(worn, steps=(worn.steps[0], adapter, both)))
        given = (("made", "out", MODEL), ("tuned", "adapter", Artifact("Adapter", digest_of(f"adapter {number}"))))
        for step, port, artifact in given:
            if f"{run}.{step}.a1" in house.living:
                house.finish(f"{run}.{step}.a1", outputs={port: (artifact,)})
        house.clock.advance(60)
        house.finish(f"{run}.scores.a1")
    assert scored(house, 10)[1] == [mine]


def test_a_report_of_the_step_before_is_told_though_it_was_made_in_the_same_breath(house: House) -> None:
    first, again = scoring(0), scoring(1).steps[1]
    run = house.queue(replace(first, steps=(*first.steps, replace(again, id="again", after=("scores",)))))
    house.finish(f"{run}.made.a1", outputs={"out": (MODEL,)})
    house.finish(f"{run}.scores.a1")
    told = house.told.attempts[f"{run}.again.a1"].reads["earlier"]
    assert told == [digest_of([f"{run}.scores.a1", "report"])]


def test_reports_on_another_model_are_not_told(house: House) -> None:
    mine = scored(house, 0)[0]
    plan_of_another = replace(scoring(1), steps=(replace(use("made"), params={"other": 1}), *scoring(1).steps[1:]))
    run = house.queue(plan_of_another)
    house.finish(f"{run}.made.a1", outputs={"out": (Artifact("Model", digest_of("another")),)})
    assert house.told.attempts[f"{run}.scores.a1"].reads["earlier"] == []
    house.finish(f"{run}.scores.a1")
    assert scored(house, 2)[1] == [mine]


def test_what_is_told_of_earlier_reports_is_no_part_of_the_key_under_which_a_report_serves_again(house: House) -> None:
    run = house.queue(scoring(0))
    house.finish(f"{run}.made.a1", outputs={"out": (MODEL,)})
    told = house.told.attempts[f"{run}.scores.a1"]
    step: PlannedStep = house.run(run).planned("scores")

    def key(**reads: Any) -> str | None:
        return reuse_key(replace(told, reads={"line": {"name": "router"}, **reads}), step)

    assert key(earlier=[]) == key(earlier=["a" * 64]) == key()
    assert key() != key(looks={})
