"""What is expected of the queue, from what is on record: over a real ledger, with time that a test moves."""

import asyncio
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.api.expected import expected_shape, judged
from sentinel.contract.attempt import PROGRESS
from sentinel.domain.needs import Slots
from sentinel.domain.plan import Plan, Policy
from sentinel.domain.policy.forecast import Foreseen, Span
from sentinel.domain.run import commands as c
from sentinel.supervisor.foresight import Foresight, Told
from sentinel.supervisor.pace import pace_of
from tests.effort import often
from tests.unit.domain.plans import MINUTE, approve, gate, plan, use, wait
from tests.unit.ledger.world import World
from tests.unit.supervisor.floor import House

ONE = Slots(1, 0, 0, 2**36)
TRIAL = plan(use("one"), use("two", after=("one",)))


def foreseen(house: House) -> dict[str, Foreseen]:
    """What is expected now, learned anew."""
    foresight = Foresight(house.engine)
    return foresight.foresee(foresight.gather(house.engine.ledger, list(house.engine.floor.open)))


def foretell(house: House) -> None:
    """Put on record what is expected."""
    told = foreseen(house)
    house.do(lambda engine: engine.foretell(told, house.clock.now()))


def lived(house: House, run: str, minutes: dict[str, float]) -> None:
    """Let the steps of a run take so long."""
    for step, each in minutes.items():
        house.tick(each * 60)
        house.finish(f"{run}.{step}.a1")


def after(house: House, span: Span) -> tuple[float | None, float | None]:
    """The minutes to a moment."""
    now = house.clock.now()
    return tuple(None if each is None else (each - now) / MINUTE for each in (span.middle, span.bound))  # type: ignore[return-value]


def fresh(house: House, made: Plan) -> str:
    """Ask for a run of a plan of which nothing is there already."""
    number = house.clock.now()
    return house.queue(replace(made, steps=tuple(
        replace(step, params={"seed": str(number)}) if step.act == "use" else step for step in made.steps
    )))  # fmt: skip


def known(tmp_path: Path, made: Plan = TRIAL, slots: Slots = ONE) -> House:
    """A house in which such runs have been lived through."""
    house = House(tmp_path, slots)
    for _ in range(8):
        lived(house, fresh(house, made), {"one": 10, "two": 20})
    return house


def test_without_history_it_is_unknown_and_says_why(tmp_path: Path) -> None:
    house = House(tmp_path, ONE)
    first = fresh(house, TRIAL)
    house.tick(1)
    second = fresh(house, TRIAL)
    told = foreseen(house)
    assert told[first].end == told[second].start == Span()
    assert told[first].why == "no attempt at a step like `one` has ended yet"


def test_each_waits_for_those_before_it(tmp_path: Path) -> None:
    house = known(tmp_path)
    runs = []
    for _ in range(3):
        runs.append(fresh(house, TRIAL))
        house.tick(1)
    house.tick(4 * 60 - 3)
    told = foreseen(house)
    assert told[runs[0]].start is None
    ends = [after(house, told[run].end) for run in runs]
    for number, (middle, bound) in enumerate(ends):
        assert middle == pytest.approx(26 + 30 * number, rel=0.2)
        assert bound is not None and middle is not None and middle < bound < 1.6 * middle + 5
    first = told[runs[0]].steps
    assert after(house, first["one"])[0] == pytest.approx(6, rel=0.4)


def test_a_person_who_is_asked_may_take_any_time(tmp_path: Path) -> None:
    house = known(tmp_path)
    asks = fresh(house, plan(use("one"), approve("sure"), use("two")))
    told = foreseen(house)[asks]
    assert told.end == Span() and "one" in told.steps
    assert told.why == "it waits for a person's word on `sure`"
    house.tick(60)
    house.finish(f"{asks}.one.a1")
    assert foreseen(house)[asks].why == "it waits for a person's word on `sure`"


def test_what_is_paused_is_said_to_be(tmp_path: Path) -> None:
    house = known(tmp_path)
    run = fresh(house, TRIAL)
    house.do(lambda engine: engine.command("uid:ada", run, c.Pause("lunch")))
    told = foreseen(house)[run]
    assert told.end == Span() and told.why == "it is paused, until somebody resumes it"


def test_time_that_is_only_let_pass_is_known_to_the_minute(tmp_path: Path) -> None:
    house = House(tmp_path, ONE)
    run = fresh(house, plan(wait("nap", 50 * MINUTE)))
    house.tick(20 * 60)
    assert after(house, foreseen(house)[run].end) == (30, 30)


def test_in_its_hours_and_one_at_a_time(tmp_path: Path) -> None:
    house = House(tmp_path, Slots(4, 0, 0, 2**36))
    alone = replace(TRIAL, policy=Policy(at_most_one_per="recipe"))
    for _ in range(8):
        lived(house, fresh(house, alone), {"one": 10, "two": 20})
    first, second = fresh(house, alone), fresh(house, alone)
    told = foreseen(house)
    assert told[second].start is not None
    assert after(house, told[second].start)[0] == pytest.approx(after(house, told[first].end)[0], rel=0.2)  # type: ignore[arg-type]


def test_a_gate_that_has_always_rejected_is_not_expected_to_pass(tmp_path: Path) -> None:
    made = plan(
        use("scores", does="evaluate"), gate("proof", takes={"candidate": "scores.out"}, then={"fail": "reject"}),
        use("live", after=("scores",)),
    )  # fmt: skip
    house = House(tmp_path, ONE)
    for number in range(9):
        run = fresh(house, made)
        house.tick(60)
        house.finish(f"{run}.scores.a1")
        house.tick(60)
        subject = house.run(run).steps["scores"].outputs["out"][0].digest
        house.judge(f"{run}.proof.a1", "pass" if number == 0 else "fail", subject)
        if number == 0:
            house.tick(600 * 60)
            house.finish(f"{run}.live.a1")
    run = fresh(house, made)
    middle, bound = after(house, foreseen(house)[run].end)
    assert middle is not None and middle < 5
    assert bound is not None and bound > 100, "but it may"


def test_what_was_expected_is_put_on_record_once_and_judged(tmp_path: Path) -> None:
    house = known(tmp_path)
    first = fresh(house, TRIAL)
    house.tick(1)
    second = fresh(house, TRIAL)
    foretell(house)
    assert house.engine.floor.untold == {second: "queued"}, "it came at the very moment"
    house.tick(1)
    foretell(house)
    assert house.engine.floor.untold == {}
    house.restart()
    foretell(house)
    lived(house, first, {"one": 9, "two": 22})
    assert house.engine.floor.untold == {second: "begun"}
    house.tick(1)
    foretell(house)
    lived(house, second, {"one": 11, "two": 18})
    rows = house.engine.ledger.reads.expected(9)
    assert [(row.run, row.when) for row in rows] == [(second, "begun"), (second, "queued"), (first, "begun")]
    told = judged(house.engine.ledger)
    assert told["told"] == 3 and told["ended_within"] == told["started_within"] == 1.0
    assert told["off"] < 0.15


def test_of_nothing_that_was_told_nothing_is_judged(tmp_path: Path) -> None:
    house = House(tmp_path, ONE)
    assert judged(house.engine.ledger) == {"told": 0, "ended_within": None, "started_within": None, "off": None}
    assert expected_shape(Told(0, {}), "r1")["why"] == "it is far down the queue"
    assert expected_shape(Told(0, {}, "it broke"), "r1")["why"] == "it broke"


def test_a_run_that_is_asked_for_now_and_then_is_counted_in(tmp_path: Path) -> None:
    """A more urgent one comes every other hour: who waits is told of more time than it would take alone."""
    urgent = replace(plan(use("one"), use("two", after=("one",))), recipe="urgent", policy=Policy(priority=99))
    house = known(tmp_path)
    for _ in range(9):
        lived(house, fresh(house, urgent), {"one": 10, "two": 20})
        house.tick(20 * 60)
    fresh(house, urgent)
    slow = fresh(house, TRIAL)
    middle, bound = after(house, foreseen(house)[slow].end)
    assert middle is not None and bound is not None
    assert middle > 60 and bound > 90


@pytest.mark.parametrize("seed", range(often(3, 60)))
def test_whatever_has_happened_something_is_told_of_every_run(tmp_path: Path, seed: int) -> None:
    house = House(tmp_path)
    world = World(house.engine.ledger, random.Random(seed))
    for _ in range(200):
        world.turn()
    house.clock.set(world.at + 1)
    house.restart()
    told = foreseen(house)
    assert set(told) == set(house.engine.floor.open) != set()
    for each in told.values():
        spans = [span for span in (each.start, each.end, *each.steps.values()) if span is not None]
        assert all(span.bound is None or (span.middle is not None and span.middle <= span.bound) for span in spans)
        assert each.end.middle is not None or each.why


def test_what_cannot_be_worked_out_takes_nothing_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = known(tmp_path)
    run = fresh(house, TRIAL)
    foresight = Foresight(house.engine)
    monkeypatch.setattr("sentinel.supervisor.foresight.forecast", lambda *_: {}["nothing"])

    async def look(look: Any) -> Any:
        return look(house.engine.ledger)

    told = asyncio.run(foresight.told(look))
    assert expected_shape(told, run)["why"] == "it could not be worked out: KeyError"


def test_a_living_attempt_is_told_by_its_own_pace(tmp_path: Path) -> None:
    house = House(tmp_path, ONE)
    run = fresh(house, plan(use("one")))
    begun = house.clock.now()
    house.tick(20 * 60)
    folder = tmp_path / f"{run}.one.a1"
    folder.mkdir()
    said = [{"at": begun, "say": "it loads"}, {"at": begun, "done": 0, "total": 100},
            {"at": house.clock.now(), "done": 80, "total": 100}]  # fmt: skip
    (folder / PROGRESS).write_text("".join(json.dumps(each) + "\n" for each in said))
    foresight = Foresight(house.engine, lambda attempt: tmp_path / attempt)

    async def look(look: Any) -> Any:
        return look(house.engine.ledger)

    middle, bound = after(house, asyncio.run(foresight.told(look)).runs[run].end)
    assert middle == pytest.approx(5, rel=0.2)
    assert bound is not None and 5 < bound < 10


UNCLEAR = (
    b"", b"{}", b"[1]", b"\xff\n" * 9999, b'{"at": "x", "done": "y"}',
    b'{"at": 1, "done": 3, "total": 0}\n{"at": 2, "done": 4, "total": 0}',
    b'{"at": 1, "done": 3, "total": 9}\n{"at": 1, "done": 3, "total": 9}',
    b'{"at": 1, "done": 3, "total": 9}\n{"at": 5, "done": 4, "total": 7}',
)  # fmt: skip


@pytest.mark.parametrize("said", UNCLEAR)
def test_of_what_says_nothing_clear_there_is_no_pace(tmp_path: Path, said: bytes) -> None:
    (tmp_path / PROGRESS).write_bytes(said)
    assert pace_of(tmp_path / PROGRESS, 10) is None
    assert pace_of(tmp_path / "none", 10) is None
