"""A version made again from its record: what is given, what is run, whose child comes of it, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.registry import load
from sentinel.domain.artifact import Artifact
from sentinel.domain.card_claims import Claims
from sentinel.domain.digest import digest_of
from sentinel.domain.kept import ArtifactDropped
from sentinel.domain.needs import Slots
from sentinel.domain.plan import Source
from sentinel.domain.quantity import DAY
from sentinel.domain.reforge import laid
from sentinel.domain.refusal import Refusal
from sentinel.domain.streams import stream_of
from sentinel.recipe.check import check_workspace
from sentinel.supervisor import verbs
from sentinel.supervisor.again import with_data_given
from sentinel.supervisor.by_card import train_by_card, version_by_card
from sentinel.supervisor.halves import difference, run_half
from sentinel.supervisor.lineage import lineage_facts
from sentinel.supervisor.reforging import Again, gone, prepared, reforge
from sentinel.supervisor.taking import catalogue_of, take
from sentinel.supervisor.work import Work
from tests.unit.supervisor.floor import PERSON, ROUTER, House, is_refused

REGISTRY = load()
CONFIG = """\
timezone: UTC
lines:
  router:
    base: {file: base}
    data: [{from: file, path: rows.jsonl}]
    sets: {regression: {file: sets/regression.jsonl}}
programs: {export: [/bin/export]}
"""
RECIPE = """\
recipe: lifecycle
line: router
inputs:
  window: {type: duration, default: 30d}
  epochs: {type: number, default: 3}
  note: {type: text, default: "by night"}
policy: {at_most_one_per: line}
steps:
  - id: rows
    use: assemble
    in: {prior: champion.dataset?}
    with: {window: inputs.window}
  - {id: integrity, gate: integrity, in: {dataset: rows.dataset}}
  - id: tuned
    use: forge
    in: {base: line.base, data: rows.dataset}
    with: {train: {method: lora, rank: 16, epochs: inputs.epochs}}
  - {id: scores, use: evaluate, in: {model: tuned.model}}
  - {id: before, use: evaluate, in: {model: champion.model?}}
  - id: proof
    gate: promotion
    in: {candidate: scores.report, champion: before.report?}
  - {id: live, use: promote, in: {model: tuned.model, verdict: proof.verdict}}
  - id: told
    use: program
    with: {run: export, args: [inputs.note]}
    in: {data: rows.dataset}
    gives: {rows: RawSnapshot}
"""
FILES = {
    "sentinel.yaml": CONFIG, "recipes/lifecycle.yaml": RECIPE,
    "gates/integrity.yaml": "gate: integrity\nin: {dataset: Dataset}\nchecks: [{use: duplicates}]\n",
    "gates/promotion.yaml": "gate: promotion\nin: {candidate: EvalReport, champion: EvalReport?}\n"
                            "checks: [{use: floor, set: regression, at_least: 0.5}]\n",
}  # fmt: skip
BASE, SETS = Artifact("Model", digest_of("base")), Artifact("Dataset", digest_of("regression"))


class Line:
    """A workspace with one line, and the daemon's mind over it; the workers are the test's."""

    def __init__(self, root: Path) -> None:
        self.root, self.house = root, House(root)
        for name, text in FILES.items():
            self.write(name, text)
        self.check()

    def write(self, name: str, text: str) -> None:
        """Put a file into the workspace."""
        (self.root / "w" / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / "w" / name).write_text(text)

    def check(self) -> None:
        """Put the files in force."""
        checked = check_workspace(self.root / "w", REGISTRY, here={"here": Slots(4, 1, 2**36, 2**36)})
        assert not checked.faults, [str(each) for each in checked.faults]
        self.house.catalogue = catalogue_of(checked, self.house.engine.catalogue, (None, False, None))
        self.house.do(lambda engine: take(engine, self.house.catalogue, (), {}))

    def make(self, run: str, data: str = "march", verdict: str = "pass", judged: str = "pass") -> str:
        """Do the work of a run to its end; the version that its step `tuned` gave."""
        while waiting := sorted(self.house.living):
            for attempt in waiting:
                self.work(attempt, data, verdict, judged)
        made = self.house.run(run).step("tuned").outputs["model"][0].digest
        return self.house.line().version_of(made).id

    def work(self, attempt: str, data: str, verdict: str, judged: str) -> None:
        """Do the work of an attempt."""
        run, step, _ = attempt.split(".")
        told = self.house.told.attempts[attempt]
        self.house.clock.advance(60)
        if step == "line":
            given = {"base": (BASE,), "sets": (SETS,), "rows": (Artifact("RawSnapshot", digest_of("raw")),)}
            self.house.finish(attempt, outputs={port: given[port] for port in told.gives})
        elif step == "rows":
            self.house.finish(attempt, outputs={"dataset": (Artifact("Dataset", digest_of(data)),)})
        elif step == "integrity":
            self.house.judge(attempt, judged, digest_of(data))
        elif step == "proof":
            model = self.house.run(run).step("tuned").outputs["model"][0].digest
            self.house.judge(attempt, verdict, model, told.gate["champion"])
        else:
            self.house.finish(attempt)

    def first(self, **how: str) -> str:
        """The first version, by its recipe."""
        return self.make(self.house.do(lambda e: verbs.queue(e, PERSON, "lifecycle", ROUTER, {})), **how)

    def again(self, version: str, fresh: bool = False, **settings: str) -> Any:
        """Ask for a re-forge; `__` in a name stands for a dot."""
        asked = {name.replace("__", "."): value for name, value in settings.items()}
        return self.house.do(lambda e: reforge(e, REGISTRY, PERSON, version, ROUTER, asked, fresh, ""))

    def shown(self, version: str, fresh: bool = False, **settings: str) -> Again | Refusal:
        """What a re-forge would do."""
        asked = {name.replace("__", "."): value for name, value in settings.items()}
        return prepared(self.look, self.house.catalogue, REGISTRY, version, ROUTER, asked, fresh)

    @property
    def look(self) -> Work:
        """A look at what is on record."""
        return Work(self.house.engine.ledger, self.house.clock.now(), "test")

    def told(self, run: str, step: str) -> Any:
        """What a step's first attempt was told."""
        return self.house.told.attempts[f"{run}.{step}.a1"]

    def parents(self, version: str) -> tuple[str, ...]:
        """The parents of a version."""
        held: tuple[str, ...] = self.house.line().versions[version].parents
        return held

    def drop(self, artifact: Artifact) -> None:
        """Let an artifact be gone from the store."""
        stream = stream_of("artifact", artifact.digest)
        self.house.do(lambda e: e.do(PERSON, lambda work: work.apply(stream, [ArtifactDropped("no room")])))


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def changes(asked: Any) -> list[tuple[Any, Any, Any]]:
    return [(each.control, each.was, each.now) for each in asked]


def test_with_nothing_changed_it_is_the_same_version_and_a_gate_judges_it_again(line: Line) -> None:
    first = line.first()
    run = line.again(first)
    assert line.make(run) == first and list(line.house.line().versions) == [first]
    states = line.house.states(run)
    assert "rows" not in states and states["tuned"] == "reused"
    assert line.house.run(run).step("tuned").source == "r1.tuned.a1"
    assert {f"{run}.integrity.a1", f"{run}.proof.a1"} <= set(line.house.told.attempts)
    assert line.house.run(run).state == "done" and line.house.run(run).trigger == "reforge"


def test_a_changed_control_is_trained_on_the_data_of_the_record_by_the_same_chance(line: Line) -> None:
    first = line.first()
    run = line.again(first, tuned__train__rank="32", tuned__prune__parameters="20%")
    second = line.make(run, data="april")
    given, before = line.told(run, "tuned"), line.told("r1", "tuned")
    assert (given.inputs, given.seed) == (before.inputs, before.seed)
    assert given.params["train"] == {**before.params["train"], "rank": 32}
    assert (before.params["prune"], given.params["prune"]["parameters"]) == (None, 0.2)
    assert second != first and line.parents(second) == (first,)
    asked = line.house.run(run).purpose["reforge"]
    assert (asked["of"], asked["fresh"]) == (first, False)
    assert line.house.run(run).commit == line.house.run("r1").commit


def test_a_candidate_that_is_not_proven_is_not_live(line: Line) -> None:
    first = line.first()
    assert line.house.line().champion == first
    run = line.again(first, tuned__train__rank="32")
    line.make(run, verdict="fail")
    assert line.house.run(run).state == "rejected" and line.house.line().champion == first


def test_the_champion_of_now_is_judged_beside_it_and_not_that_of_then(line: Line) -> None:
    first = line.first()
    assert "before" not in line.told("r1", "proof").inputs.get("champion", ())
    run = line.again(first, tuned__train__rank="32")
    line.make(run)
    assert line.told(run, "proof").gate["champion"] == first
    assert line.told(run, "proof").inputs["champion"]


def test_data_that_no_gate_lets_pass_any_more_train_nothing(line: Line) -> None:
    first = line.first()
    run = line.again(first, tuned__train__rank="32")
    while waiting := sorted(line.house.living):
        for attempt in waiting:
            line.work(attempt, "march", "pass", "fail")
    assert line.house.run(run).state == "rejected" and f"{run}.tuned.a1" not in line.house.told.attempts


def test_a_step_that_makes_the_data_has_the_whole_recipe_run_on_the_world_of_today(line: Line) -> None:
    first = line.first()
    shown = line.shown(first, rows__window="60d")
    assert isinstance(shown, Again) and shown.asked.fresh and "`rows` makes what `tuned` is made of" in shown.why
    run = line.again(first, rows__window="60d")
    second = line.make(run, data="april")
    assert line.told(run, "rows").params["window"] == 60 * DAY
    assert line.told(run, "tuned").inputs["data"] == (Artifact("Dataset", digest_of("april")),)
    assert line.parents(second) == (first,)


def test_an_input_that_makes_the_data_does_so_too_and_one_of_the_training_does_not(line: Line) -> None:
    first = line.first()
    shown = line.shown(first, inputs__window="60d")
    assert isinstance(shown, Again) and shown.asked.fresh
    assert changes(shown.asked.changes) == [("inputs.window", "30d", "60d")]
    run = line.again(first, inputs__epochs="5")
    line.make(run)
    assert not line.house.run(run).purpose["reforge"]["fresh"]
    assert line.told(run, "tuned").params["train"]["epochs"] == 5.0


def test_what_an_input_filled_can_be_set_by_itself(line: Line) -> None:
    first = line.first()
    run = line.again(first, tuned__train__epochs="5")
    line.make(run)
    assert line.told(run, "tuned").params["train"]["epochs"] == 5.0
    assert changes(line.shown(first, tuned__train__epochs="5").asked.changes) == [("tuned.train.epochs", 3, 5.0)]  # type: ignore[union-attr]


def test_fresh_means_the_data_of_today_with_nothing_else_changed(line: Line) -> None:
    first = line.first()
    run = line.again(first, fresh=True)
    assert line.make(run, data="april") != first
    assert line.house.states(run)["rows"] == "done"


def test_what_is_set_as_it_is_changes_nothing(line: Line) -> None:
    first = line.first()
    run = line.again(first, tuned__train__rank="16", rows__window="30d")
    assert line.make(run) == first and line.house.run(run).purpose["reforge"]["changes"] == []


def test_a_reforge_of_a_reforge_has_the_whole_chain_and_the_data_of_the_first(line: Line) -> None:
    first = line.first()
    second = line.make(line.again(first, tuned__train__rank="32"))
    run = line.again(second, tuned__train__batch="8")
    third = line.make(run)
    assert (line.parents(third), line.parents(second), line.parents(first)) == ((second,), (first,), ())
    given = line.told(run, "tuned")
    assert (given.params["train"]["rank"], given.params["train"]["batch"]) == (32, 8)
    assert given.inputs == line.told("r1", "tuned").inputs
    told = difference(line.look, first, third, None)
    assert not isinstance(told, Refusal) and told["moved"] == "recipe"
    assert [each["control"] for each in told["controls"]] == ["tuned.train.rank", "tuned.train.batch"]
    back = difference(line.look, third, first, None)
    assert not isinstance(back, Refusal) and back["controls"][0] == {
        "control": "tuned.train.rank",
        "was": 32,
        "now": 16,
    }

    run = line.again(third, rows__window="60d")
    fourth = line.make(run, data="april")
    assert line.told(run, "tuned").params["train"] == {
        **line.told("r1", "tuned").params["train"],
        "rank": 32,
        "batch": 8,
    }
    assert line.parents(fourth) == (third,)
    assert line.make(line.again(fourth)) == fourth


def test_a_reforge_that_is_changed_back_is_the_version_that_was_there(line: Line) -> None:
    first = line.first()
    second = line.make(line.again(first, tuned__train__rank="32"))
    assert line.make(line.again(second, tuned__train__rank="16")) == first
    assert line.parents(first) == ()


def test_the_lineage_of_a_child_tells_what_was_changed(line: Line) -> None:
    first = line.first()
    run = line.again(first, tuned__train__rank="32")
    second = line.make(run)
    model = line.house.line().versions[second].model
    told = lineage_facts(line.look, line.house.run(run), {"model": (Artifact("Model", model),)})
    assert [each["version"] for each in told["ancestors"]] == [second, first]
    assert told["made_by"]["reforge"]["changes"] == [{"control": "tuned.train.rank", "was": 16, "now": 32}]
    assert told["trained"][0]["params"]["train"]["rank"] == 32


def test_what_is_asked_twice_while_it_waits_is_one_run(line: Line) -> None:
    first = line.first()
    busy = line.again(first, tuned__train__rank="8")
    waits = line.again(first, tuned__train__rank="32")
    assert line.again(first, tuned__train__rank="32") == waits != busy
    assert line.again(first, tuned__train__rank="64") not in (waits, busy)
    assert line.house.run(waits).state == "queued"


def test_a_reforge_in_the_queue_is_no_answer_to_a_run_of_its_recipe(line: Line) -> None:
    first = line.first()
    line.again(first, tuned__train__rank="8")
    waits = line.again(first, fresh=True)
    asked = line.house.do(lambda e: verbs.queue(e, PERSON, "lifecycle", ROUTER, {}))
    assert asked != waits and line.house.run(asked).purpose is None


REFUSED: list[tuple[Mapping[str, str], str, str]] = [
    ({"tuned__train__rnak": "8"}, "E-unknown-key", "Did you mean `rank`?"),
    ({"tuned__trian__rank": "8"}, "E-unknown-key", "Did you mean `train`?"),
    ({"tuned__train__rank": "many"}, "E-value", "12 or -3"),
    ({"tuned__train__rank": "0"}, "E-range", "at least 1"),
    ({"tuned__train__method": "lorra"}, "E-choice", "lora"),
    ({"tuned__train__rank__x": "1"}, "E-type", "12 or -3"),
    ({"tunde__train__rank": "8"}, "E-unknown-step", "Did you mean `tuned`?"),
    ({"line__wants": "8"}, "E-unknown-step", "Known"),
    ({"tuned": "8"}, "E-usage", "tuned.PARAM=VALUE"),
    ({"tuned__": "8"}, "E-usage", "tuned.PARAM=VALUE"),
    ({"proof__margin": "0"}, "E-no-control", "lifecycle"),
    ({"live__alias": "champion"}, "E-no-control", "lifecycle"),
    ({"told__args": "[x]"}, "E-no-control", "lifecycle"),
    ({"rows__salt": "credential:other"}, "E-secret-ref", "recipe"),
    ({"inputs__widow": "60d"}, "E-unknown-input", "Did you mean `window`?"),
    ({"inputs__window": "soon"}, "E-value", "recipe"),
    ({"tuned__train__targets": "[1,"}, "E-value", "recipe"),
    ({"tuned__train__targets": "[" * 5000}, "E-value", "recipe"),
    ({"tuned__train__dropout": "[NaN]"}, "E-value", "recipe"),
    ({"tuned__train__targets": "a\x1bb"}, "E-value", "recipe"),
]


@pytest.mark.parametrize(("settings", "code", "todo"), REFUSED, ids=lambda each: str(each)[:40])
def test_what_cannot_be_set_is_refused_with_what_to_do(
    line: Line, settings: Mapping[str, str], code: str, todo: str
) -> None:
    first = line.first()
    before = line.house.engine.ledger.last_seq
    refused = line.again(first, **settings)
    assert is_refused(refused, code), refused
    assert todo in refused.todo
    assert line.house.engine.ledger.last_seq == before


def test_data_that_are_gone_are_told_and_made_anew_where_that_is_asked(line: Line) -> None:
    first = line.first()
    line.drop(Artifact("Dataset", digest_of("march")))
    refused = line.again(first)
    assert is_refused(refused, "E-gone") and "--fresh" in refused.todo
    assert line.make(line.again(first, fresh=True), data="april") != first


def test_a_model_that_is_gone_is_made_again_to_the_same_version(line: Line) -> None:
    first = line.first()
    made = Artifact("Model", line.house.line().versions[first].model)
    line.drop(made)
    run = line.again(first)
    attempt = f"{run}.tuned.a1"
    while attempt not in line.house.living:
        for waiting in sorted(line.house.living):
            line.work(waiting, "march", "pass", "pass")
    line.house.finish(attempt, outputs={"model": (made,)})
    assert list(line.house.line().versions) == [first]


def test_what_no_recipe_made_is_refused(line: Line) -> None:
    first = line.first()
    second = line.make(line.again(first, fresh=True, tuned__train__rank="32"), data="april")
    half = line.house.do(lambda e: run_half(e, PERSON, first, second, None))
    line.house.finish(f"{half}.tuned.a1")
    middle = list(line.house.line().versions)[-1]
    refused = line.again(middle)
    assert is_refused(refused, "E-no-recipe") and "`diff --run`" in refused.what
    assert is_refused(line.again("v9"), "E-unknown-version")


def test_an_adopted_version_is_refused(line: Line) -> None:
    run = line.house.do(lambda e: verbs.adopt(e, PERSON, ROUTER, "/models/old", "it serves"))
    line.house.finish(f"{run}.adopt.a1")
    refused = line.again("champion")
    assert is_refused(refused, "E-no-recipe") and "adopted" in refused.what and "sentinel run" in refused.todo


def test_a_gate_that_is_stricter_by_now_judges_as_it_is_in_force(line: Line) -> None:
    first = line.first()
    line.write("gates/promotion.yaml", FILES["gates/promotion.yaml"].replace("0.5", "0.9"))
    line.check()
    shown = line.shown(first)
    assert isinstance(shown, Again) and any("promotion judges as it is in force now" in each for each in shown.told)
    run = line.again(first)
    line.make(run)
    assert line.told(run, "proof").gate["plan"]["checks"][0]["params"]["at_least"] == 0.9


def test_a_gate_that_is_gone_or_takes_something_else_is_told(line: Line) -> None:
    first = line.first()
    gates = line.house.catalogue.gates
    line.house.engine.catalogue = replace(line.house.catalogue, gates={"integrity": gates["integrity"]})
    assert is_refused(line.again(first), "E-unknown-gate")
    other = replace(gates["promotion"], ports={"newcomer": gates["promotion"].ports["candidate"]})
    line.house.engine.catalogue = replace(line.house.catalogue, gates={**gates, "promotion": other})
    refused = line.again(first)
    assert is_refused(refused, "E-other-ports") and "`newcomer`" in refused.what and "`candidate`" in refused.what


def test_a_line_that_is_gone_is_told(line: Line) -> None:
    first = line.first()
    line.house.engine.catalogue = replace(line.house.catalogue, lines={})
    assert is_refused(line.again(first), "E-unknown-line")


def test_a_step_of_another_version_by_now_is_told_and_makes_another_version(line: Line) -> None:
    first = line.first()
    steps = {**REGISTRY.steps, "forge": replace(REGISTRY.steps["forge"], version=99)}
    newer = replace(REGISTRY, steps=steps)
    shown = prepared(line.look, line.house.catalogue, newer, first, None, {}, False)
    assert isinstance(shown, Again) and any("`forge` is version 99, and was" in each for each in shown.told)
    run = line.house.do(lambda e: reforge(e, newer, PERSON, first, None, {}, False, ""))
    assert line.make(run) != first
    without = replace(REGISTRY, steps={name: held for name, held in steps.items() if name != "forge"})
    assert is_refused(prepared(line.look, line.house.catalogue, without, first, None, {}, False), "E-unknown-step-type")


def card_of(house: Line, version: str, **said: Any) -> Any:
    """What the step `card` says of a version."""
    held = house.house.line().versions[version]
    told = lineage_facts(house.look, house.house.run(held.run), {"model": (Artifact("Model", held.model),)})
    base = house.house.catalogue.lines[ROUTER]["base"]
    return {"model": held.model, "line": ROUTER, "base": base, "lineage": told, **said}


def by_card(line: Line, card: Any, name: str | None = None) -> Any:
    return version_by_card(line.look, line.house.catalogue, card, name)


def test_a_card_of_a_version_here_is_that_version(line: Line) -> None:
    first = line.first()
    second = line.make(line.again(first, tuned__train__rank="32"))
    assert by_card(line, card_of(line, first)) == first
    assert by_card(line, card_of(line, second)) == second
    assert by_card(line, card_of(line, second, line="elsewhere"), ROUTER) == second
    assert is_refused(by_card(line, card_of(line, second, line="ruoter")), "E-unknown-line")
    assert is_refused(by_card(line, {"model": "v1"}), "E-no-card")


@pytest.mark.parametrize(("at", "value", "told"), [
    (("base",), {"hub": "acme/other", "revision": "a" * 40}, "its base is hub acme/other"),
    (("lineage", "made_by", "source"), "d" * 64, "the digest of the recipe's text was dddd"),
    (("lineage", "made_by", "recipe"), "other", "the recipe was other"),
    (("lineage", "made_by", "step", "params", "train", "rank"), 64, "`params.train.rank`, was 64, and on record it is"),
    (("lineage", "trained"), [{"use": "forge", "params": {"train": {"rank": 64}}}], "was trained with, `"),
])  # fmt: skip
def test_a_card_that_lies_about_a_version_is_refused_by_what_it_says(
    line: Line, at: tuple[str, ...], value: Any, told: str
) -> None:
    first = line.first()
    refused = by_card(line, laid(card_of(line, first), at, value))
    assert is_refused(refused, "E-card-lies") and told in refused.what
    assert f"sentinel reforge {first}" in refused.todo


LIKE = """\
recipe: reforge
line: router
inputs: {window: {type: duration, default: 30d}}
steps:
  - {id: rows, use: assemble, with: {window: inputs.window}}
  - {id: tuned, use: reforge, in: {parent: champion.model, base: line.base, data: rows.dataset}}
"""


def by_stranger(line: Line, card: Any, **settings: str) -> Any:
    asked = {name.replace("__", "."): value for name, value in settings.items()}
    claims = by_card(line, card)
    assert isinstance(claims, Claims), claims
    return line.house.do(lambda e: train_by_card(e, REGISTRY, PERSON, claims, asked, ""))


def test_a_model_that_is_none_here_is_trained_for_as_its_card_says(line: Line) -> None:
    first = line.first()
    card = card_of(line, first, model="f" * 64)
    refused = by_stranger(line, card)
    assert is_refused(refused, "E-unknown-recipe") and "recipes/reforge.yaml" in refused.todo
    line.write("recipes/reforge.yaml", LIKE)
    line.check()
    run = by_stranger(line, card, tuned__change__train__batch="8", inputs__window="60d")
    made = line.make(run)
    told = line.told(run, "tuned")
    assert (told.params["change"]["train"]["rank"], told.params["change"]["train"]["batch"]) == (16, 8)
    assert set(told.inputs) == {"base", "data"} and line.told(run, "rows").params["window"] == 60 * DAY
    assert line.parents(made) == () and line.house.run(run).purpose == {"card": "f" * 64}


@pytest.mark.parametrize(("at", "value", "code"), [
    (("lineage",), {}, "E-no-recipe"),
    (("lineage", "trained"), [{"use": "import", "params": {"path": "/etc"}}], "E-no-recipe"),
    (("lineage", "trained"), [{"use": "forge", "params": {"train": {"rnak": 8}}}], "E-card-settings"),
    (("lineage", "trained"), [{"use": "forge", "params": {"train": "inputs.window"}}], "E-card-settings"),
    (("lineage", "trained"), [{"use": "forge", "params": {"train": {"rank": "many"}}}], "E-card-settings"),
])  # fmt: skip
def test_what_a_strangers_card_says_is_checked_before_anything_runs(
    line: Line, at: tuple[str, ...], value: Any, code: str
) -> None:
    first = line.first()
    line.write("recipes/reforge.yaml", LIKE)
    line.check()
    before = line.house.engine.ledger.last_seq
    assert is_refused(by_stranger(line, laid(card_of(line, first, model="f" * 64), at, value)), code)
    assert line.house.engine.ledger.last_seq == before
    other = by_card(line, card_of(line, first, model="f" * 64, base={"file": "other"}))
    assert is_refused(other, "E-card-lies")


def test_a_child_of_the_recipe_reforge_is_reforged_with_its_parents_settings_in_it(line: Line) -> None:
    first = line.first()
    line.write("recipes/reforge.yaml", LIKE)
    line.check()
    run = line.house.do(lambda e: verbs.queue(e, PERSON, "reforge", ROUTER, {}))
    second = line.make(run, data="april")
    assert line.parents(second) == (first,)
    lineage = line.told(run, "tuned").reads["lineage"]
    assert lineage["version"] == first and lineage["trained"][0]["params"]["train"]["rank"] == 16
    run = line.again(second, tuned__change__train__rank="8")
    third = line.make(run)
    assert line.parents(third) == (second, first)
    assert line.told(run, "tuned").inputs == line.told("r2", "tuned").inputs
    held = card_of(line, third)["lineage"]["trained"]
    assert [(each["version"], each["use"]) for each in held] == [(third, "reforge"), (first, "forge")]


def test_steps_that_wait_for_another_outcome_of_the_data_are_left_out(line: Line) -> None:
    sorry = "  - {id: sorry, use: notify, with: {to: export, text: no}, when: {rows: [failed]}}\n"
    glad = "  - {id: glad, use: notify, with: {to: export, text: yes}, when: {rows: [done, reused]}}\n"
    at = RECIPE.index("  - {id: integrity")
    line.write("recipes/lifecycle.yaml", RECIPE[:at] + sorry + glad + RECIPE[at:])
    line.check()
    first = line.first()
    shown = line.shown(first)
    assert isinstance(shown, Again)
    names = {step.id: step for step in shown.plan.steps}
    assert "sorry" not in names and names["glad"].when == {} and "rows" not in names


def test_the_version_of_a_sub_recipe_is_made_again_by_that_recipe(line: Line) -> None:
    line.write(
        "recipes/lifecycle.yaml", RECIPE.replace("line: router\n", "line: router\ngives: {model: tuned.model}\n")
    )
    line.write("recipes/outer.yaml", "recipe: outer\nline: router\nsteps:\n"
                                     "  - {id: inner, use: recipe, with: {recipe: lifecycle}}\n")  # fmt: skip
    line.check()
    run = line.house.do(lambda e: verbs.queue(e, PERSON, "outer", ROUTER, {}))
    inner = line.house.run(run).step("line").child or "r2"
    first = line.make(inner)
    run = line.again(first, tuned__train__rank="8")
    second = line.make(run)
    assert line.parents(second) == (first,) and line.house.run(run).recipe == "lifecycle"
    assert line.told(run, "tuned").seed == line.told(inner, "tuned").seed


def test_what_judges_is_found_out_of_the_line_as_it_is_now_and_what_was_trained_on_is_not(line: Line) -> None:
    first = line.first()
    assert line.told("r1", "line").params["wants"] == ["base", "sets", "rows"]
    run = line.again(first, tuned__train__rank="32")
    line.make(run)
    assert line.told(run, "line").params == {"wants": ["sets"], "must": []}


def test_a_reforge_that_wants_nothing_of_its_line_finds_nothing_out(line: Line) -> None:
    line.write("recipes/lifecycle.yaml", RECIPE[: RECIPE.index("  - {id: scores")])
    line.check()
    first = line.first()
    run = line.again(first, tuned__train__rank="32")
    assert line.make(run) != first
    assert set(line.house.states(run)) == {"integrity", "tuned"}


def test_a_port_that_got_nothing_gets_nothing_again_and_is_no_other_key_for_it(line: Line) -> None:
    line.first()
    held = line.shown(next(iter(line.house.line().versions)))
    assert isinstance(held, Again)
    attempt = replace(held.record.attempt, inputs={**held.record.attempt.inputs, "extras": ()})
    plan, given = with_data_given(replace(held.record, attempt=attempt), held.whole)
    assert set(plan.step("tuned").binds) == {"base", "data", "extras"} and "tuned.extras" not in given


def test_the_pins_of_a_child_are_of_the_workspace_that_its_recipe_is_from(line: Line) -> None:
    then = replace(line.house.catalogue, commit="c1", dirty=True, dirty_digest="t1")
    line.house.engine.catalogue = then
    first = line.first()
    line.house.engine.catalogue = replace(then, commit="c2", dirty_digest="t2")
    second = line.make(line.again(first, tuned__train__rank="32"))
    pins = line.house.line().versions[second].pins
    assert (pins["commit"], pins["tree"], pins["recipe"]) == (
        "c1", "t1", line.house.line().versions[first].pins["recipe"],
    )  # fmt: skip


def test_a_step_with_a_parent_and_a_base_is_told_of_the_parent(line: Line) -> None:
    first = line.first()
    second = line.make(line.again(first, tuned__train__rank="32"))
    models = {name: (Artifact("Model", line.house.line().versions[name].model),) for name in (first, second)}
    told = lineage_facts(line.look, line.house.run("r1"), {"base": models[second], "parent": models[first]})
    assert told["version"] == first


def test_the_label_of_a_spec_is_on_what_it_made_and_on_no_changed_child(line: Line) -> None:
    plan = line.house.catalogue.plan("lifecycle", ROUTER)
    inputs = {name: declared.default for name, declared in plan.inputs.items()}
    first = line.make(line.house.queue(plan, line=ROUTER, inputs=inputs, purpose={"label": "wide", "spec": "wide"}))
    assert line.house.line().versions[first].label == "wide"
    run = line.again(first)
    assert line.make(run) == first and line.house.run(run).purpose["label"] == "wide"
    run = line.again(first, tuned__train__rank="8")
    second = line.make(run)
    assert line.house.line().versions[second].label == second


def test_one_of_a_list_is_made_again_with_the_whole_list_alone(line: Line) -> None:
    first = line.first()
    held = line.shown(first)
    assert isinstance(held, Again)
    steps = tuple(replace(step, each=Source("step", "line", "sets")) if step.id == "tuned" else step
                  for step in held.plan.steps)  # fmt: skip
    spread = replace(held, plan=replace(held.plan, steps=steps))
    refused = gone(line.look, spread)
    assert is_refused(refused, "E-no-recipe") and refused is not None and "--fresh" in refused.todo
    assert gone(line.look, replace(spread, why="it was asked for")) is None
