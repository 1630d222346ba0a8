"""`zoo` and `rotate`, over a daemon that lives beside the test."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sentinel.contract.registry import load
from sentinel.domain.line.events import SetLookedAt
from sentinel.recipe.check import check_workspace
from tests.unit.api.house import House
from tests.unit.cli.conftest import Sentinel

CHALLENGER = """\
recipe: challenger
line: router
steps: [{id: trained, use: program, with: {run: sleeper, args: [small]}, gives: {model: Model}}]
"""
ROTATION = """\
recipe: rotation
policy: {at_most_one_per: line, budget: {gpu: 4h}}
steps:
  - {id: turn, use: rotation}
  - {id: trained, use: recipe, each: turn.chosen, in: {spec: it}}
"""


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A workspace with a zoo of four, one of them retired, and slots for one shadow; its daemon is not up yet."""
    house = House(tmp_path, registry=load())
    config = house.workspace / "sentinel.yaml"
    config.write_text(config.read_text() + "zoo: {budget: 2, shadows: 1}\n")
    (house.workspace / "recipes/challenger.yaml").write_text(CHALLENGER)
    (house.workspace / "recipes/rotation.yaml").write_text(ROTATION)
    (house.workspace / "zoo").mkdir()
    for name in ("deep", "small", "tall", "old"):
        status = "status: retired\n" if name == "old" else ""
        text = f"spec: {name}\nrecipe: challenger\n{status}overrides: {{trained: {{with: {{args: [{name}]}}}}}}\n"
        (house.workspace / f"zoo/{name}.yaml").write_text(text)
    monkeypatch.chdir(house.workspace)
    return house


def test_the_zoo_is_shown_in_the_order_of_turns(zoo: House, sentinel: Sentinel) -> None:
    with zoo:
        said = sentinel("zoo")
        assert (said.status, said.err) == (0, "")
        lines = said.out.splitlines()
        assert lines[0].startswith("rotation  trains 2 specs at most, 4h of GPU time; 1 versions are scored")
        assert [line.split()[0] for line in lines[2:6]] == ["deep", "small", "tall", "old"]
        assert [" next " in line for line in lines[2:6]] == [True, True, False, False]
        assert "in 2 rotations" in lines[4] and "retired" in lines[5]
        assert lines[6] == "No gate in force asks for maturity; usual are 4 weeks and 982 outcomes of `canary`."
        one = sentinel("zoo", "deep").out
        assert "deep  next: it never trained" in one and "label     spec-deep" in one
        assert "overrides trained: args deep" in one
        told = json.loads(sentinel("zoo", "--json").out)
        assert [each["turn"] for each in told["rotations"][0]["specs"]] == [1, 1, 2, None]


def test_where_a_schedule_rotates_the_zoo_each_turn_has_its_moment(zoo: House, sentinel: Sentinel) -> None:
    path = zoo.workspace / "recipes/rotation.yaml"
    path.write_text(path.read_text().replace("steps:", "triggers: [{cron: {at: '0 3 * * 6'}}]\nsteps:"))
    with zoo:
        (told,) = json.loads(sentinel("zoo", "--json").out)["rotations"]
        weeks = [moment_of(told["next_at"]), moment_of(told["next_at"]) + timedelta(weeks=1)]
        assert (weeks[0].weekday(), weeks[0].hour, weeks[0] > datetime.now(UTC)) == (5, 3, True)
        assert [each["trains_at"] and moment_of(each["trains_at"]) for each in told["specs"]] == [
            weeks[0], weeks[0], weeks[1], None,
        ]  # fmt: skip
        lines = sentinel("zoo").out.splitlines()
        assert f"next, {weeks[0]:%a %d %b}" in lines[2] and "in 2 rotations, Sat " in lines[4]
        assert sentinel("zoo", "deep").out.startswith(f"{sentinel('zoo').out.splitlines()[0]}\ndeep  next, Sat ")


def moment_of(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def test_a_dry_run_trains_nothing_and_warns_of_more_versions_than_slots(zoo: House, sentinel: Sentinel) -> None:
    with zoo:
        said = sentinel("rotate", "--dry-run")
        assert "rotation  would train 2 of 4 specs" in said.out
        assert "  deep   trains          it never trained\n" in said.out
        assert "  tall   in 2 rotations  the budget is 2 a rotation\n" in said.out
        assert "2 versions come in 4 weeks" in said.out and "`zoo: {shadows: 2}` in sentinel.yaml keeps up." in said.out
        assert "would train 3 of 4 specs" in sentinel("rotate", "--dry-run", "--budget", "7").out
        assert "would train nothing" in sentinel("rotate", "--dry-run", "--budget", "0").out
        assert "keeps up" not in sentinel("rotate", "--dry-run", "--budget", "1").out
        assert json.loads(sentinel("rotate", "--dry-run", "--json").out)["budget"] == 2
        assert sentinel("rotate", "--budget", "-1").status == 2
        assert json.loads(sentinel("runs", "--json").out)["runs"] == []


def test_a_rotation_is_a_run_with_the_budget_that_was_asked_for(zoo: House, sentinel: Sentinel) -> None:
    with zoo:
        said = sentinel("rotate", "--budget", "1")
        assert said.out == "r1 is in the queue. `sentinel show r1` shows whom it trains.\n"
        assert zoo.do(lambda engine: _purpose(engine)) == {"budget": 1}


def _purpose(engine: object) -> object:
    from sentinel.supervisor.engine import Done, Engine

    assert isinstance(engine, Engine)
    return Done(engine.ledger.state("run/r1").purpose)


def test_an_empty_zoo_says_how_to_fill_it(house: House, sentinel: Sentinel) -> None:
    assert "docs/zoo.md" in sentinel("zoo").out
    assert house.client.ask("zoo") == {
        "rotates": False, "specs": 0,
        "rotations": [
            {"recipe": "", "line": None, "budget": 3, "gpu": None, "slots": 12, "next_at": None, "specs": []}
        ],
    }  # fmt: skip


CHALLENGE = """\
recipe: challenge
line: router
steps:
  - {id: made, use: program, with: {run: sleeper}, gives: {report: EvalReport}}
  - {id: proof, gate: challenge, in: {candidate: made.report}}
"""
GATE = """\
gate: challenge
in: {candidate: EvalReport}
checks:
  - {use: mature, set: canary}
  - {use: floor, set: regression, at_least: 0.8}
  - {use: ceiling, set: regression, at_most: 0.99}
"""


def test_the_zoo_tells_the_looks_at_each_set_that_a_challenge_is_judged_on(zoo: House, sentinel: Sentinel) -> None:
    """It counted the verdicts on the spec's own versions, fifty at most, whatever set they were on."""
    config = zoo.workspace / "sentinel.yaml"
    sets = "{sets: {canary: {from: outcomes, window: 4d}, regression: {file: sets/r.jsonl, looks: 60}}}"
    config.write_text(config.read_text().replace("router: {}", f"router: {sets}"))
    (zoo.workspace / "sets").mkdir()
    (zoo.workspace / "sets/r.jsonl").write_text("")
    (zoo.workspace / "recipes/challenge.yaml").write_text(CHALLENGE)
    (zoo.workspace / "gates").mkdir()
    (zoo.workspace / "gates/challenge.yaml").write_text(GATE)
    faults = check_workspace(zoo.workspace, load()).faults
    assert [str(fault) for fault in faults if not fault.warning] == []
    with zoo:
        looks = [SetLookedAt("regression", "a" * 64, look, f"r{look}.proof.a1") for look in range(1, 58)]
        looks += [SetLookedAt("adversarial", "b" * 64, 1, "r57.proof.a1")]
        zoo.do(lambda engine: engine.do("test", lambda work: work.apply("line/router", looks)))
        told = json.loads(sentinel("zoo", "--json").out)
        assert [each["looks"] for each in told["rotations"][0]["specs"]] == [
            [{"set": "canary", "looks": 0, "of": 20}, {"set": "regression", "looks": 57, "of": 60}]
        ] * 4
        said = "Looks so far at the documents of router: 0 of 20 at `canary`, 57 of 60 at `regression`.\n"
        assert sentinel("zoo").out.count(said) == 1
        assert sentinel("zoo", "deep").out.endswith(said)
        # other documents in their place have been looked at by nobody else
        fresh = [SetLookedAt("regression", "c" * 64, 1, "r58.proof.a1")]
        zoo.do(lambda engine: engine.do("test", lambda work: work.apply("line/router", fresh)))
        assert "1 of 60 at `regression`" in sentinel("zoo").out
