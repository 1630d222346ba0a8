"""The zoo over a real ledger and real files: who trains, what comes of it, what matures and what becomes champion."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.at import At, NothingTrained
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import Model
from sentinel.contract.registry import load
from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import digest_of
from sentinel.domain.feed import TIME, Signal
from sentinel.domain.form import from_json, to_json
from sentinel.domain.needs import Slots
from sentinel.domain.plan import PlannedStep
from sentinel.domain.quantity import DAY, WEEK
from sentinel.recipe.check import check_workspace
from sentinel.recipe.compile import CompiledRecipe
from sentinel.step.gate import judged
from sentinel.step.rotation import rotation
from sentinel.step.shadows import shadows
from sentinel.store import Store
from sentinel.supervisor import maturity, reads, rotating, verbs
from sentinel.supervisor.asked import judge
from sentinel.supervisor.in_force import recall, remember
from sentinel.supervisor.local_time import local
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.signals import take_signal
from sentinel.supervisor.taking import catalogue_of, take
from sentinel.supervisor.work import Work
from sentinel.supervisor.zoo import challengers
from tests.e2e.test_zoo import CHALLENGER
from tests.unit.docs.test_pages import files_of
from tests.unit.supervisor.floor import PERSON, House, is_refused

HERE = {"here": Slots(4, 1, 2**34, 2**34)}
CONFIG = """\
lines: {router: {sets: {canary: {from: outcomes, window: 4d}}}}
programs: {train: [programs/train]}
zoo: {budget: 2}
"""
ROTATION = """\
recipe: rotation
policy: {priority: 20, at_most_one_per: line}
steps:
  - {id: turn, use: rotation}
  - {id: trained, use: recipe, each: turn.chosen, in: {spec: it}, gives: {model: Model}}
"""
GATE = """\
gate: challenge
in: {candidate: Model}
checks: [{use: mature, outcomes: 500}]
"""
CHALLENGE = """\
recipe: challenge
line: router
steps:
  - {id: who, use: challenger}
  - {id: proof, gate: challenge, in: {candidate: who.model}}
  - {id: live, use: promote, in: {model: who.model, verdict: proof.verdict}}
"""
LIFECYCLE = """\
recipe: lifecycle
line: router
steps: [{id: made, use: import, with: {path: models/base}}]
"""
FILES = {
    "sentinel.yaml": CONFIG, "recipes/challenger.yaml": CHALLENGER, "recipes/rotation.yaml": ROTATION,
    "gates/challenge.yaml": GATE, "recipes/challenge.yaml": CHALLENGE, "recipes/lifecycle.yaml": LIFECYCLE,
}  # fmt: skip


def spec(name: str, more: str = "") -> str:
    """A spec's file."""
    return f"spec: {name}\nrecipe: challenger\n{more}overrides: {{trained: {{with: {{args: [{name}]}}}}}}\n"


class Zoo:
    """A workspace with a zoo, and the daemon's mind over it; the rotation's own worker is done by its function."""

    def __init__(self, root: Path, **specs: str) -> None:
        self.root = root
        self.workspace = root / "workspace"
        for name, text in {**FILES, **{f"zoo/{name}.yaml": spec(name, more) for name, more in specs.items()}}.items():
            self.write(name, text)
        self.house = House(root)
        self.checked()

    def write(self, name: str, text: str) -> None:
        """Put a file into the workspace."""
        (self.workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (self.workspace / name).write_text(text)

    def checked(self) -> list[str]:
        """Check the files and put them in force, as the daemon does; the faults."""
        checked = check_workspace(self.workspace, load(), here=HERE)
        self.house.catalogue = catalogue_of(checked, self.house.engine.catalogue, (None, False, None))
        faults = tuple(str(fault) for fault in checked.faults)
        broken = {fault.file: "" for fault in checked.faults}
        self.house.do(lambda engine: take(engine, self.house.catalogue, faults, broken))
        return list(faults)

    def rotate(self, **how: Any) -> str:
        """Ask for a rotation, and do its choice."""
        asked = {"recipe": None, "line": None, "budget": None, **how}
        run: str = self.house.do(lambda engine: rotating.rotate(engine, PERSON, **asked))
        attempt = f"{run}.turn.a1"
        if attempt in self.house.living:
            self.choose(attempt)
        return run

    def choose(self, attempt: str) -> None:
        """Do what the worker of a rotation does."""
        told = self.house.told.attempts[attempt]
        folder = self.root / attempt
        folder.mkdir()
        try:
            chosen = rotation(At(told, folder), budget=(told.params or {}).get("budget")).chosen
        except NothingTrained as nothing:
            self.house.finish(attempt, "nothing-trained", says=str(nothing))
            return
        by_text = {each.text: each.artifact for each in self.house.catalogue.specs.values()}
        artifacts = tuple(by_text[(each.path / "spec.json").read_text()] for each in chosen)
        self.house.finish(attempt, outputs={"chosen": artifacts})

    def trainings(self, run: str) -> dict[str, str]:
        """The runs that a rotation started, by spec."""
        steps = self.house.run(run).steps.values()
        runs = [self.house.run(step.child) for step in steps if step.child is not None]
        return {each.purpose["spec"]: each.id for each in runs}

    def train(self, run: str, fails: tuple[str, ...] = ()) -> list[str]:
        """Let everything that a rotation started end; the specs that it trained."""
        trainings = self.trainings(run)
        for name, child in trainings.items():
            if name in fails:
                self.house.finish(f"{child}.trained.a1", "failed")
                continue
            self.house.finish(f"{child}.trained.a1")
            made = self.house.run(child).step("trained").outputs["model"]
            self.house.finish(f"{child}.made.a1", outputs={"model": made})
        return list(trainings)

    def judge(self, attempt: str) -> str:
        """Do what the worker of a gate does; its verdict."""
        told = self.house.told.attempts[attempt]
        inputs = {port: (Model(held[0].digest, self.root),) for port, held in told.inputs.items() if held}
        found = judged(At(told, self.root, inputs), load())
        artifact = Artifact("Verdict", digest_of(attempt))
        self.house.finish(attempt, outputs={"verdict": (artifact,)}, verdict=found)
        return found.verdict

    def version(self, label: str) -> Any:
        """The newest version of a label."""
        return [each for each in self.house.line().versions.values() if each.label == label][-1]

    def signal(self, version: str, day: int, k: float = 90, n: float = 100) -> Any:
        """A day's signal of a version comes in."""
        start = self.house.clock.now() // DAY * DAY + (day - 1) * DAY
        told = Signal("", k, n, None, version, TIME, start, start + DAY)
        return self.house.do(lambda engine: take_signal(engine, PERSON, "router.canary.accuracy", told))

    def work(self) -> Work:
        """A look at what is on record."""
        return Work(self.house.engine.ledger, self.house.clock.now(), "test")


def test_a_rotation_trains_its_budget_goes_on_past_a_failure_and_the_next_one_takes_the_others(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="", c="", old="status: retired\n")
    first = zoo.rotate()
    assert zoo.train(first, fails=("a",)) == ["a", "b"]
    run = zoo.house.run(first)
    assert run.state == "done" and run.step("trained").why == "1 of 2 succeeded"
    assert run.step("trained").outputs["model"] == (Artifact("Model", zoo.version("spec-b").model),)
    zoo.house.tick(60)
    second = zoo.rotate()
    assert zoo.train(second) == ["c", "a"], "the one that failed has had its turn, and comes after who never trained"
    zoo.house.tick(60)
    assert zoo.train(zoo.rotate(budget=1)) == ["b"]
    assert [each.label for each in zoo.house.line().versions.values()].count("spec-a") == 1


def test_each_training_has_the_overrides_of_its_spec_in_its_plan_and_its_label_on_its_version(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="label: own\n")
    run = zoo.rotate()
    args = {
        name: zoo.house.told.attempts[f"{child}.trained.a1"].params["args"]
        for name, child in zoo.trainings(run).items()
    }
    assert args == {"a": ["a"], "b": ["b"]}
    zoo.train(run)
    assert {each.label for each in zoo.house.line().versions.values()} == {"spec-a", "own"}
    assert zoo.version("own").pins["label"] == "own"


def test_two_specs_that_come_to_the_same_model_have_a_version_each(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    same = {"model": (Artifact("Model", digest_of("same")),)}
    for child in zoo.trainings(zoo.rotate()).values():
        zoo.house.finish(f"{child}.trained.a1", outputs=same)
        zoo.house.finish(f"{child}.made.a1", outputs=same)
    assert sorted(each.label for each in zoo.house.line().versions.values()) == ["spec-a", "spec-b"]


def test_an_empty_zoo_is_a_loud_end_of_its_own(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path)
    run = zoo.house.run(zoo.rotate())
    assert run.state == "nothing-trained"
    assert "the zoo is empty" in run.why


def test_a_rotation_of_which_nothing_came_is_a_loud_end_of_its_own(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    run = zoo.rotate()
    zoo.train(run, fails=("a", "b"))
    assert zoo.house.run(run).state == "nothing-trained"


def test_a_spec_that_still_trains_is_not_chosen_again(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="", c="")
    zoo.rotate(budget=1)
    held = {each.spec: each.trains for each in challengers(zoo.work(), zoo.house.catalogue, None)}
    assert held == {"a": "r2", "b": None, "c": None}


def test_a_spec_that_was_changed_after_it_was_chosen_is_not_trained_as_something_else(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="")
    run = zoo.rotate()
    zoo.house.finish(f"{zoo.trainings(run)['a']}.trained.a1", "failed")
    zoo.write("zoo/a.yaml", spec("a", "priority: 3\nlabel: other\n"))
    zoo.checked()
    zoo.house.do(lambda engine: engine.command(PERSON, run, verbs.c.RetryRun("trained", "again")))
    zoo.house.tick(1)
    assert "rotate again" in zoo.house.run(run).step("trained.0").why


def test_a_broken_spec_or_an_unreadable_zoo_leaves_the_zoo_as_it_was_last(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    zoo.write("zoo/a.yaml", "spec: a\nrecipe: [\n")
    assert zoo.checked()
    assert sorted(zoo.house.catalogue.specs) == ["a", "b"]
    (zoo.workspace / "zoo").rename(tmp_path / "moved")
    (zoo.workspace / "zoo").symlink_to(tmp_path / "moved")
    assert any("E-path" in fault for fault in zoo.checked())
    assert sorted(zoo.house.catalogue.specs) == ["a", "b"]
    assert len(zoo.trainings(zoo.rotate())) == 2
    assert any(row.kind == "files" for row in zoo.house.engine.ledger.reads.alerts())


def test_what_is_in_force_of_the_zoo_outlives_the_daemon(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    remember(tmp_path / "in-force.json", zoo.house.catalogue, "test")
    assert recall(tmp_path / "in-force.json", CompiledRecipe, "test").specs == zoo.house.catalogue.specs


def test_a_rotation_yields_to_the_retrain_of_what_is_live_and_goes_on_after_it(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="")
    plan = zoo.house.catalogue.plan("lifecycle", "router")
    held = Ask(plan, "router", {}, "drift", "the line is worse")
    urgent = zoo.house.do(lambda engine: engine.do("drift", lambda work: queue_run(work, held)))
    waiting = zoo.rotate()
    assert zoo.house.run(waiting).state == "queued"
    assert zoo.house.living == {f"{urgent}.made.a1"}
    zoo.house.finish(f"{urgent}.made.a1")
    assert zoo.house.run(waiting).state == "running"
    zoo.choose(f"{waiting}.turn.a1")
    (child,) = zoo.trainings(waiting).values()
    assert f"{child}.trained.a1" in zoo.house.living
    zoo.house.finish(f"{child}.trained.a1")
    assert f"{child}.made.a1" in zoo.house.living, "what a cron or a person asked for is nothing to yield to"


def test_a_training_yields_too_but_what_runs_goes_on(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="")
    run = zoo.rotate()
    (child,) = zoo.trainings(run).values()
    plan = zoo.house.catalogue.plan("lifecycle", "router")
    held = Ask(plan, "router", {}, "floor", "it is old")
    urgent = zoo.house.do(lambda engine: engine.do("floor", lambda work: queue_run(work, held)))
    assert {f"{child}.trained.a1", f"{urgent}.made.a1"} <= zoo.house.living
    zoo.house.finish(f"{child}.trained.a1")
    assert f"{child}.made.a1" not in zoo.house.living
    zoo.house.finish(f"{urgent}.made.a1")
    assert f"{child}.made.a1" in zoo.house.living


URGENT = {
    "waits for a person": "  - {id: ok, approve: {ask: go?, within: 14d, else: reject}}\n",
    "is held back by one that waits": "  - {id: ok, approve: {ask: go?, within: 14d, else: reject}}\n",
    "waits for its hours": "  - {id: made, use: import, with: {path: models/base}}\n",
    "is too big for the node": "  - {id: made, use: import, with: {path: models/base}, needs: {cpus: 4}}\n",
    "waits in a run of its own": "  - {id: inner, use: recipe, with: {recipe: asks}}\n",
}


@pytest.mark.parametrize("how", URGENT)
def test_a_rotation_does_not_wait_for_a_retrain_that_cannot_start(tmp_path: Path, how: str) -> None:
    zoo = Zoo(tmp_path, a="")
    ask = "steps: [{id: ok, approve: {ask: go?, within: 14d, else: reject}}]"
    zoo.write("recipes/asks.yaml", f"recipe: asks\nline: router\n{ask}\n")
    policy = "policy: {at_most_one_per: line}\n"
    if how == "waits for its hours":
        now = local(zoo.house.clock.now(), "UTC").hour
        policy = f'policy: {{hours: "{(now + 2) % 24:02}:00-{(now + 4) % 24:02}:00"}}\n'
    zoo.write("recipes/lifecycle.yaml", f"recipe: lifecycle\nline: router\n{policy}steps:\n{URGENT[how]}")
    assert zoo.checked() == []
    if how == "is too big for the node":
        zoo.house.engine.slots = Slots(2, 2, 2**34, 2**36)
    urgent = _urgent(zoo)
    if how == "is held back by one that waits":
        held = _urgent(zoo, "distribution")
        assert (zoo.house.run(urgent).state, zoo.house.run(held).state) == ("waiting", "queued")
    assert not zoo.house.run(urgent).live()
    assert zoo.house.run(zoo.rotate()).state == "running"


def test_a_rotation_waits_for_a_retrain_that_is_soon_tried_again_or_that_trains_in_a_run_of_its_own(
    tmp_path: Path,
) -> None:
    zoo = Zoo(tmp_path, a="")
    step = "{id: made, use: import, with: {path: models/base}, retry: {times: 1, backoff: 10m}}"
    zoo.write("recipes/inner.yaml", f"recipe: inner\nline: router\nsteps: [{step}]\n")
    inner = "{id: inner, use: recipe, with: {recipe: inner}}"
    zoo.write("recipes/lifecycle.yaml", f"recipe: lifecycle\nline: router\nsteps: [{inner}]\n")
    assert zoo.checked() == []
    child = zoo.house.run(_urgent(zoo)).step("inner").child
    waiting = zoo.rotate()
    assert zoo.house.run(waiting).state == "queued"
    zoo.house.finish(f"{child}.made.a1", "failed")
    assert zoo.house.run(waiting).state == "queued", "it is tried again in ten minutes"
    zoo.house.tick(900)
    zoo.house.finish(f"{child}.made.a2", "failed")
    assert zoo.house.run(waiting).state == "running"


def _urgent(zoo: Zoo, trigger: str = "drift") -> str:
    """A retrain of what is live, as a trigger asks for it."""
    held = Ask(zoo.house.catalogue.plan("lifecycle", "router"), "router", {}, trigger, "the line is worse")
    run: str = zoo.house.do(lambda engine: engine.do(trigger, lambda work: queue_run(work, held)))
    return run


def test_which_rotation_is_meant_is_told_or_asked_for(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="")
    assert is_refused(
        zoo.house.do(lambda engine: rotating.rotate(engine, PERSON, "rotatin", None, None)), "E-no-rotation"
    )
    zoo.write("recipes/other.yaml", ROTATION.replace("recipe: rotation", "recipe: other\nline: router"))
    zoo.checked()
    assert is_refused(
        zoo.house.do(lambda engine: rotating.rotate(engine, PERSON, None, None, None)), "E-which-rotation"
    )
    assert zoo.house.run(zoo.rotate(recipe="other")).line == "router"
    (zoo.workspace / "recipes/other.yaml").unlink()
    (zoo.workspace / "recipes/rotation.yaml").unlink()
    zoo.checked()
    told = zoo.house.do(lambda engine: rotating.rotate(engine, PERSON, None, None, None))
    assert is_refused(told, "E-no-rotation")


def test_one_that_waits_already_is_the_answer_to_whoever_asks_for_the_same(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    zoo.rotate()
    waiting = zoo.house.do(lambda engine: rotating.rotate(engine, PERSON, None, None, 1))
    assert zoo.house.run(waiting).state == "queued"
    assert zoo.house.do(lambda engine: rotating.rotate(engine, PERSON, None, None, 1)) == waiting
    assert zoo.house.do(lambda engine: rotating.rotate(engine, PERSON, None, None, 2)) != waiting


# From the shadow to the champion


def test_a_shadow_is_scored_on_the_outcomes_of_the_champion_in_a_feed_of_its_own(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    zoo.train(zoo.rotate())
    zoo.house.tick(DAY / 1000)
    one, two = zoo.version("spec-a").id, zoo.version("spec-b").id
    assert zoo.signal(one, 1)["feed"] == f"router.canary.accuracy.{one}"
    assert zoo.signal(two, 1)["feed"] == f"router.canary.accuracy.{two}"
    assert is_refused(zoo.signal(one, 1, k=80), "E-overlap")


def test_a_version_matures_in_the_shadow_and_then_challenges_once(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    zoo.train(zoo.rotate())
    version = zoo.version("spec-a")
    for _ in range(29):
        zoo.house.tick(DAY / 1000)
        zoo.signal(version.id, 0, k=18, n=20)
    assert [each.id for each in _mature(zoo)] == [version.id]
    run = zoo.house.do(lambda engine: verbs.queue(engine, PERSON, "challenge", "router", {}))
    told = zoo.house.told.attempts[f"{run}.who.a1"]
    assert told.reads["challenger"] == {"version": version.id, "label": "spec-a", "model": version.model}
    zoo.house.finish(f"{run}.who.a1", outputs={"model": (Artifact("Model", version.model),)})
    facts = zoo.house.told.attempts[f"{run}.proof.a1"].reads["maturity"]["canary"][version.model]
    assert (facts["version"], facts["n"], facts["ms"]) == (version.id, 560, 4 * WEEK)
    assert zoo.judge(f"{run}.proof.a1") == "pass"
    assert zoo.house.run(run).state == "done"
    assert zoo.house.line().champion == version.id
    assert _mature(zoo) == []


def test_who_holds_a_slot_is_told_to_the_step_that_scores_the_shadows(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    turn = zoo.rotate()
    zoo.train(turn)
    work, run = zoo.work(), zoo.house.run(next(iter(zoo.trainings(turn).values())))
    step = PlannedStep("s", "use", reads=("shadows",))
    found = reads.resolved(work, run, step, zoo.house.catalogue, {})
    assert {each["label"] for each in found["shadows"]} == {"spec-a", "spec-b"}
    assert {each["model"] for each in found["shadows"]} == {zoo.version(f"spec-{name}").model for name in "ab"}
    one = replace(zoo.house.catalogue, shadows=1)
    (first,) = reads.resolved(work, run, step, one, {})["shadows"]
    assert (
        first["version"]
        == min((zoo.version(f"spec-{name}") for name in "ab"), key=lambda v: (v.registered_at, v.id)).id
    )
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    digest = Store(tmp_path / "store").put(tmp_path / "model").digest
    slots = {"shadows": [{**each, "model": digest} for each in found["shadows"]]}
    told = AttemptIn("a1", "r1", "s", "shadows", {}, {}, str(tmp_path / "store"), str(tmp_path), reads=slots)
    assert [each.digest for each in shadows(At(told, tmp_path)).models] == [digest] * 2
    with pytest.raises(NothingTrained):
        shadows(At(replace(told, reads={"shadows": []}), tmp_path))


def _mature(zoo: Zoo) -> list[Any]:
    return maturity.mature_versions(zoo.work(), zoo.house.catalogue, "router")


def test_the_challenge_of_the_page_promotes_who_is_better_and_nobody_else(tmp_path: Path, root: Path) -> None:
    zoo = Zoo(tmp_path, a="")
    for name, text in files_of((root / "docs/zoo.md").read_text()).items():
        zoo.write(name, text.replace("support-router", "router"))
    zoo.write("gates/challenge.yaml", (root / "gates/challenge.yaml").read_text())
    (zoo.workspace / "recipes/weekly.yaml").unlink()
    assert zoo.checked() == []
    champion = None
    for verdict, end in (("pass", "done"), ("fail", "rejected"), ("pass", "done")):
        zoo.train(zoo.rotate(budget=1))
        version = list(zoo.house.line().versions.values())[-1]
        _days(zoo, 30, 50)
        run = next(name for name in _challenges(zoo) if zoo.house.run(name).open)
        assert _who(zoo, run) == version.model
        zoo.house.finish(f"{run}.who.a1", outputs={"model": (Artifact("Model", version.model),)})
        zoo.house.finish(f"{run}.line.a1", outputs={"sets": (Artifact("Dataset", digest_of("outcomes")),)})
        zoo.house.finish(f"{run}.scores.a1")
        if f"{run}.before.a1" in zoo.house.told.attempts:  # a champion that stood is not asked again
            zoo.house.finish(f"{run}.before.a1")
        assert zoo.house.line().champion == champion
        zoo.house.judge(f"{run}.proof.a1", verdict, version.model, champion)
        champion = version.id if verdict == "pass" else champion
        assert (zoo.house.run(run).state, zoo.house.line().champion) == (end, champion)


def test_a_version_that_has_not_matured_is_held_at_the_gate_whoever_sends_it_there(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="")
    zoo.train(zoo.rotate())
    version = zoo.version("spec-a")
    run = zoo.house.do(lambda engine: verbs.queue(engine, PERSON, "challenge", "router", {}))
    assert zoo.house.told.attempts[f"{run}.who.a1"].reads["challenger"] is None
    zoo.house.finish(f"{run}.who.a1", outputs={"model": (Artifact("Model", version.model),)})
    assert zoo.judge(f"{run}.proof.a1") == "inconclusive"
    assert zoo.house.run(run).step("proof").waits_for == "person"
    assert zoo.house.line().champion is None


def test_a_version_that_lost_its_challenge_does_not_challenge_again_and_an_error_was_none(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="")
    zoo.train(zoo.rotate())
    version = zoo.version("spec-a")
    for _ in range(29):
        zoo.house.tick(DAY / 1000)
        zoo.signal(version.id, 0, k=18, n=20)
    for verdict, left in (("error", 1), ("fail", 0)):
        run = zoo.house.do(lambda engine: verbs.queue(engine, PERSON, "challenge", "router", {}))
        zoo.house.finish(f"{run}.who.a1", outputs={"model": (Artifact("Model", version.model),)})
        zoo.house.judge(f"{run}.proof.a1", verdict, version.model)
        assert len(_mature(zoo)) == left


def test_versions_that_mature_on_one_day_all_challenge_each_once(tmp_path: Path) -> None:
    """Only one of them ever did: the trigger counted what had matured since it fired."""
    zoo = _challenging(tmp_path, a="", b="")
    _days(zoo, 31)
    first, second = (zoo.version(f"spec-{name}") for name in "ab")
    for number in (1, 2):
        zoo.house.tick(1)
        (run,) = (each for each in _challenges(zoo) if zoo.house.run(each).open)
        assert len(_challenges(zoo)) == number
        model = _who(zoo, run)
        zoo.house.finish(f"{run}.who.a1", outputs={"model": (Artifact("Model", model),)})
        zoo.house.judge(f"{run}.proof.a1", "fail", model)
    judged = {row.subject for row in zoo.house.engine.ledger.reads.verdicts()}
    assert judged == {first.model, second.model} and _mature(zoo) == []
    _days(zoo, 30)
    assert len(_challenges(zoo)) == 2, "who was judged asks for nothing more"


def test_a_challenger_whose_run_fails_comes_again_after_the_others_and_no_sooner_than_a_day_later(
    tmp_path: Path,
) -> None:
    """It was next again for ever, and no other ever challenged."""
    zoo = _challenging(tmp_path, a="", b="")
    _days(zoo, 31)
    (failing,) = _challenges(zoo)
    told = _who(zoo, failing)
    zoo.house.finish(f"{failing}.who.a1", "refused")
    zoo.house.tick(1)
    other = _challenges(zoo)[0]
    assert other != failing and _who(zoo, other) != told
    zoo.house.finish(f"{other}.who.a1", "refused")
    zoo.house.tick(60)
    assert _challenges(zoo) == [other, failing]
    later = zoo.house.engine.next_alarm()
    assert later is not None and later - zoo.house.clock.now() < DAY, "the clock rings for it"
    zoo.house.tick(DAY / 1000)
    again = _challenges(zoo)[0]
    assert again not in (other, failing) and _who(zoo, again) == told, "who was tried the longest ago"


def test_a_challenge_that_fails_before_it_chooses_anybody_is_not_asked_for_without_end(tmp_path: Path) -> None:
    text = CHALLENGE.replace("steps:", "steps:\n  - {id: rows, use: program, with: {run: train}, gives: {rows: Model}}")
    zoo = _challenging(tmp_path, text.replace("use: challenger", "use: challenger, after: [rows]"), a="", b="")
    _days(zoo, 31)
    for day in (1, 2, 3):
        assert len(_challenges(zoo)) == day
        zoo.house.finish(f"{_challenges(zoo)[0]}.rows.a1", "failed")
        zoo.house.tick(60)
        assert len(_challenges(zoo)) == day, "nobody was tried: a day later again"
        zoo.house.tick(DAY / 1000)


def test_a_trigger_whose_recipe_lets_nobody_challenge_is_told_of_each_version_once(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    trigger = "triggers: [enough: {of: mature-versions, at_least: 1}]"
    step = "{id: told, use: program, with: {run: train}, gives: {model: Model}}"
    zoo.write("recipes/told.yaml", f"recipe: told\nline: router\n{trigger}\nsteps: [{step}]\n")
    assert zoo.checked() == []
    zoo.train(zoo.rotate())
    _days(zoo, 32)
    (run,) = _challenges(zoo, "told")
    zoo.house.finish(f"{run}.told.a1")
    _days(zoo, 5)
    assert _challenges(zoo, "told") == [run]


def test_the_next_attempt_of_a_run_is_at_the_same_version_and_another_run_takes_another(tmp_path: Path) -> None:
    zoo = _challenging(tmp_path, CHALLENGE.replace("use: challenger", "use: challenger, retry: {times: 1}"), a="", b="")
    _days(zoo, 31)
    (run,) = _challenges(zoo)
    told = _who(zoo, run)
    zoo.house.finish(f"{run}.who.a1", "failed")
    by_hand = zoo.house.do(lambda engine: verbs.queue(engine, PERSON, "challenge", "router", {}))
    assert _who(zoo, by_hand) != told
    zoo.house.tick(3600)
    assert _who(zoo, run, "a2") == told


def test_a_verdict_on_a_version_that_has_not_matured_leaves_it_its_challenge(tmp_path: Path) -> None:
    """An early one, one by hand and one of another line each used it up."""
    zoo = Zoo(tmp_path, a="")
    zoo.train(zoo.rotate())
    version = zoo.version("spec-a")
    run = zoo.house.do(lambda engine: verbs.queue(engine, PERSON, "challenge", "router", {}))
    zoo.house.finish(f"{run}.who.a1", outputs={"model": (Artifact("Model", version.model),)})
    assert zoo.judge(f"{run}.proof.a1") == "inconclusive"
    _days(zoo, 31)
    assert [each.id for each in _mature(zoo)] == [version.id]
    asked = zoo.house.do(lambda engine: judge(engine, PERSON, "challenge", {"candidate": version.id}, "router", {}))
    assert zoo.judge(f"{asked}.judge.a1") == "pass"
    assert [each.id for each in _mature(zoo)] == [version.id]
    plan = replace(zoo.house.catalogue.plan("challenge", "router"), line="other")
    other = zoo.house.queue(plan)
    zoo.house.finish(f"{other}.who.a1", outputs={"model": (Artifact("Model", version.model),)})
    zoo.house.judge(f"{other}.proof.a1", "fail", version.model)
    assert [each.id for each in _mature(zoo)] == [version.id]


def test_a_pass_of_which_nothing_came_since_its_run_failed_was_no_challenge(tmp_path: Path) -> None:
    gate = "{id: proof, gate: challenge, in: {candidate: who.model}}"
    between = f"{gate}\n  - {{id: rows, use: program, with: {{run: train}}, gives: {{rows: Model}}}}"
    text = CHALLENGE.replace(gate, between).replace("use: promote", "use: promote, after: [rows]")
    zoo = _challenging(tmp_path, text, a="")
    _days(zoo, 31)
    (run,) = _challenges(zoo)
    model = _who(zoo, run)
    zoo.house.finish(f"{run}.who.a1", outputs={"model": (Artifact("Model", model),)})
    assert zoo.judge(f"{run}.proof.a1") == "pass"
    zoo.house.finish(f"{run}.rows.a1", "failed")
    assert zoo.house.run(run).state == "failed" and len(_mature(zoo)) == 1


def test_a_pass_beside_a_gate_that_ended_in_error_was_no_challenge(tmp_path: Path) -> None:
    gate = "{id: proof, gate: challenge, in: {candidate: who.model}}"
    zoo = _challenging(tmp_path, CHALLENGE.replace(gate, f"{gate}\n  - {gate.replace('proof', 'more')}"), a="")
    _days(zoo, 31)
    (run,) = _challenges(zoo)
    model = _who(zoo, run)
    zoo.house.finish(f"{run}.who.a1", outputs={"model": (Artifact("Model", model),)})
    assert zoo.judge(f"{run}.proof.a1") == "pass"
    zoo.house.judge(f"{run}.more.a1", "error", model)
    assert len(_mature(zoo)) == 1 and zoo.house.line().champion is None


def test_a_run_that_begins_as_the_verdict_comes_takes_another_version(tmp_path: Path) -> None:
    zoo = _challenging(
        tmp_path, CHALLENGE.replace("line: router", "line: router\npolicy: {at_most_one_per: line}"), a=""
    )
    _days(zoo, 31)
    (run,) = _challenges(zoo)
    waiting = zoo.house.do(lambda engine: verbs.queue(engine, PERSON, "challenge", "router", {}))
    model = _who(zoo, run)
    zoo.house.finish(f"{run}.who.a1", outputs={"model": (Artifact("Model", model),)})
    zoo.house.judge(f"{run}.proof.a1", "fail", model)
    assert zoo.house.told.attempts[f"{waiting}.who.a1"].reads["challenger"] is None


def _challenging(root: Path, text: str = CHALLENGE, **specs: str) -> Zoo:
    """A zoo whose versions challenge as soon as they may, each spec trained once."""
    zoo = Zoo(root, **specs)
    trigger = "triggers:\n  - enough: {of: mature-versions, at_least: 1}\nsteps:"
    zoo.write("recipes/challenge.yaml", text.replace("steps:", trigger, 1))
    assert zoo.checked() == []
    zoo.train(zoo.rotate())
    zoo.house.tick(DAY / 1000)
    return zoo


def _days(zoo: Zoo, days: int, n: int = 20) -> None:
    """Let days go by, in each of which every version is scored on so many outcomes."""
    for _ in range(days):
        zoo.house.tick(DAY / 1000)
        for version in list(zoo.house.line().versions):
            zoo.signal(version, 0, n * 0.9, n)
        zoo.house.tick(1)


def _challenges(zoo: Zoo, recipe: str = "challenge") -> list[str]:
    """The runs of challenges, newest first."""
    return [row.id for row in zoo.house.engine.ledger.reads.runs(recipe=recipe)]


def _who(zoo: Zoo, run: str, attempt: str = "a1") -> str:
    """The model that a run was told to challenge with."""
    model: str = zoo.house.told.attempts[f"{run}.who.{attempt}"].reads["challenger"]["model"]
    return model


def test_what_a_version_needs_is_what_the_gate_in_force_asks_for_else_what_is_usual(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path)
    needed, gate = maturity.needed_for(zoo.house.catalogue, "router")
    assert (needed.outcomes, needed.ms, needed.set, gate) == (500, 4 * WEEK, "canary", "challenge")
    (zoo.workspace / "recipes/challenge.yaml").unlink()
    zoo.checked()
    needed, gate = maturity.needed_for(zoo.house.catalogue, "router")
    assert (needed.outcomes, needed.ms, gate) == (982, 4 * WEEK, None)


def test_the_facts_of_a_rotation_outlive_the_way_to_its_worker(tmp_path: Path) -> None:
    zoo = Zoo(tmp_path, a="", b="")
    zoo.house.do(lambda engine: rotating.rotate(engine, PERSON, None, None, 1))
    told = zoo.house.told.attempts["r1.turn.a1"]
    assert from_json(AttemptIn, to_json(told)) == told
    assert told.reads["zoo"]["asked"] == 1 and told.reads["zoo"]["budget"] == 2


@pytest.mark.parametrize("text", ["", "budget: {gpu: 1h}"])
def test_a_rotation_for_one_line_leaves_out_a_spec_whose_recipe_is_for_another(tmp_path: Path, text: str) -> None:
    zoo = Zoo(tmp_path, a="")
    zoo.write("sentinel.yaml", CONFIG.replace("lines: {", "lines: {other: {}, "))
    zoo.write("recipes/rotation.yaml", ROTATION.replace("policy: {", f"line: other\npolicy: {{{text and text + ', '}"))
    assert zoo.checked() == []
    (only,) = challengers(zoo.work(), zoo.house.catalogue, "other")
    assert only.unfit == "its recipe `challenger` is not for other"
    assert zoo.house.run(zoo.rotate()).state == "nothing-trained"
