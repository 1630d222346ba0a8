"""A recipe that has no faults becomes a plan that says all there is to know before a run."""

from pathlib import Path

import pytest

from sentinel.contract.registry import load
from sentinel.domain.digest import digest_of_bytes
from sentinel.domain.needs import Needs
from sentinel.domain.plan import Approval, Budget, Filled, Input, Plan, Port, Retry, Source, Wait
from sentinel.domain.quantity import DAY, HOUR, MINUTE
from sentinel.recipe.check import check_workspace
from sentinel.recipe.compile import CompiledRecipe
from sentinel.recipe.starter import write_starter
from tests.bad.workspaces import HERE, Made, checked, workspace
from tests.unit.recipe.conftest import Check, codes

HEAD = "recipe: tickets\nsteps:\n"


@pytest.fixture(scope="module")
def lifecycle(tmp_path_factory: pytest.TempPathFactory) -> CompiledRecipe:
    root = workspace(Made(lambda root: None, []), tmp_path_factory.mktemp("plan") / "house")
    return checked(root).recipes["lifecycle"]


def test_the_recipe_of_the_design_becomes_a_plan(lifecycle: CompiledRecipe) -> None:
    plan = lifecycle.plan_for("support-router")
    assert [step.id for step in plan.steps] == [
        "line", "rows", "integrity", "tuned", "scores", "before", "proof", "live", "board",
    ]  # fmt: skip
    assert plan.line == "support-router"
    assert plan.inputs == {"window": Input("duration", default=30 * DAY)}
    assert plan.policy.hours == (20 * 60, 6 * 60)
    assert plan.policy.budget == Budget(wall=6 * HOUR, gpu=4 * HOUR)
    assert (plan.policy.priority, plan.policy.at_most_one_per) == (50, "line")


def test_a_run_that_binds_the_lines_base_begins_by_resolving_it(lifecycle: CompiledRecipe) -> None:
    first = lifecycle.plan_for("support-router").steps[0]
    assert (first.id, first.use, first.gives) == ("line", "resolve", {"base": Port("Model")})
    assert lifecycle.plan.step("tuned").binds["base"] == (Source("step", "line", "base"),)


def test_a_step_has_its_registered_promises_and_what_the_file_says(lifecycle: CompiledRecipe) -> None:
    tuned = lifecycle.plan.step("tuned")
    assert tuned.params == {"train": {"method": "lora", "rank": 16, "epochs": 3}}
    assert tuned.needs == Needs(1, 1, 20 * 2**30, 32 * 2**30)
    assert (tuned.timeout, tuned.retry) == (2 * HOUR, Retry(2, MINUTE))
    assert (tuned.makes, tuned.gives) == ("version", {"model": Port("Model")})
    assert lifecycle.plan.step("board").optional


def test_a_parameter_that_an_input_fills_is_null_until_then(lifecycle: CompiledRecipe) -> None:
    rows = lifecycle.plan.step("rows")
    assert rows.params == {"window": None, "replay": 0.3}
    assert rows.filled == (Filled(("window",), "window"),)


def test_a_gate_is_part_of_the_plan(lifecycle: CompiledRecipe) -> None:
    gate = lifecycle.plan.step("proof").gate
    assert gate is not None
    assert [check.use for check in gate.checks] == ["floor", "no_regression"]
    assert gate.checks[0].params == {"set": "regression", "at_least": 0.8}
    assert gate.checks[1].ports == ("candidate", "champion")
    assert (gate.judges, gate.against) == ("candidate", "champion")
    assert gate.then == {"fail": "reject", "inconclusive": "wait", "error": "hold", "freeze": "freeze"}
    assert gate.wait == Wait(400, 14 * DAY)
    assert lifecycle.plan.step("proof").takes["champion"] == Port("EvalReport", optional=True)


def test_triggers_are_typed_and_know_their_line(lifecycle: CompiledRecipe) -> None:
    drift, cron = lifecycle.triggers
    assert (drift.kind, drift.line) == ("drift", 7)
    assert drift.params["false_alarms"] == {"times": 1, "per_ms": 3 * 365 * DAY}
    assert cron.params == {"at": "30 2 * * 1-5", "jitter": 0}


def test_a_plan_survives_its_json_and_keeps_its_digest(lifecycle: CompiledRecipe) -> None:
    plan = lifecycle.plan_for("support-router")
    assert Plan.from_json(plan.to_json()) == plan
    assert Plan.from_json(plan.to_json()).digest == plan.digest
    assert plan.digest != lifecycle.plan_for("other").digest


def test_a_plan_pins_the_text_that_it_was_made_from(lifecycle: CompiledRecipe) -> None:
    assert lifecycle.text == (HERE / "base/recipes/lifecycle.yaml").read_text()
    assert lifecycle.plan.source == lifecycle.digest == digest_of_bytes(lifecycle.text.encode())


def test_a_recipe_without_a_base_has_no_step_that_nobody_wrote(check: Check) -> None:
    found = check(HEAD + "  - {id: fetched, use: program, with: {run: fetch}, gives: {rows: RawSnapshot}}\n")
    recipe = found.recipes["tickets"]
    assert [step.id for step in recipe.plan.steps] == ["fetched"]
    assert not recipe.needs_line


def test_a_program_takes_what_it_binds_and_gives_what_it_says(check: Check) -> None:
    found = check(
        HEAD + "  - {id: rows, use: assemble}\n"
        "  - {id: out, use: program, in: {a: rows.dataset, b: [rows.dataset, champion.dataset?]}, with: {run: fetch},"
        " gives: {rows: RawSnapshot}}\n"
    )
    assert codes(found) == []
    out = found.recipes["tickets"].plan.step("out")
    assert out.takes == {"a": Port("Dataset"), "b": Port("Dataset", many=True)}
    assert out.gives == {"rows": Port("RawSnapshot")}
    assert found.recipes["tickets"].needs_line


def test_an_approval_and_a_wait_are_acts_of_the_plan(check: Check) -> None:
    plan = (
        check(HEAD + "  - {id: ok, approve: {ask: Go on?, within: 24h, else: reject}}\n  - {id: rest, wait: 5m}\n")
        .recipes["tickets"]
        .plan
    )
    assert plan.step("ok").approval == Approval("Go on?", 24 * HOUR, "reject")
    assert (plan.step("rest").act, plan.step("rest").wait) == ("wait", 5 * MINUTE)


def test_a_literal_is_the_text_itself(check: Check) -> None:
    found = check(
        HEAD
        + "  - {id: a, use: program, with: {run: fetch, args: [{literal: inputs.x}, 'see inputs.x', rows.dataset]}}\n"
    )
    step = found.recipes["tickets"].plan.step("a")
    assert step.params["args"] == ["inputs.x", "see inputs.x", "rows.dataset"]
    assert step.filled == ()


def test_an_input_fills_a_word_of_an_argv_at_its_place(check: Check) -> None:
    found = check(
        "recipe: tickets\ninputs: {day: {type: text, default: today}, n: {type: int, default: 3}}\nsteps:\n"
        "  - {id: a, use: program, with: {run: fetch, args: [--day, inputs.day, inputs.n]}}\n"
    )
    assert codes(found) == []
    step = found.recipes["tickets"].plan.step("a")
    assert step.params["args"] == ["--day", None, None]
    assert step.filled == (Filled(("args", "1"), "day"), Filled(("args", "2"), "n"))


def test_a_credential_that_a_parameter_names_reaches_the_step(check: Check) -> None:
    plan = check(HEAD + "  - {id: a, use: notify, with: {to: credential:hook, text: hi}}\n").recipes["tickets"].plan
    assert plan.step("a").secrets == ("hook",)


def test_each_makes_lists_of_what_a_step_gives(check: Check) -> None:
    each = (
        HEAD + "  - {id: rows, use: assemble}\n  - {id: few, use: rank, in: {data: rows.dataset}}\n"
        "  - {id: scores, use: evaluate, each: few.models, in: {model: it}}\n"
    )
    plan = check(each).recipes["tickets"].plan
    assert plan.step("scores").each == Source("step", "few", "models")
    gate = "gate: q\nin: {candidate: EvalReport}\nchecks: [{use: floor, set: regression, at_least: 1%}]\n"
    found = check(each + "  - {id: g, gate: q, in: {candidate: scores.report}}\n", {"gates/q.yaml": gate})
    assert codes(found) == ["E-list"]


CHILD = """\
recipe: nightly
inputs:
  window: {type: duration, default: 7d}
  raw: {type: RawSnapshot}
steps:
  - {id: rows, use: assemble, with: {window: inputs.window}, in: {raw: [inputs.raw]}}
gives: {dataset: rows.dataset}
"""


def test_a_sub_recipe_takes_artifacts_by_its_ports_and_gives_what_it_says(check: Check) -> None:
    found = check(
        "recipe: tickets\ninputs: {w: {type: duration, default: 3d}}\nsteps:\n"
        "  - {id: got, use: program, with: {run: fetch}, gives: {rows: RawSnapshot}}\n"
        "  - {id: sub, use: recipe, with: {recipe: nightly, inputs: {window: inputs.w}}, in: {raw: got.rows}}\n"
        "  - {id: tuned, use: forge, in: {base: line.base, data: sub.dataset}}\n",
        {"recipes/nightly.yaml": CHILD},
    )
    assert codes(found) == []
    plan = found.recipes["tickets"].plan_for("router")
    sub = plan.step("sub")
    assert (sub.recipe, sub.params) == ("nightly", {"recipe": "nightly", "inputs": {"window": None}})
    assert sub.filled == (Filled(("inputs", "window"), "w"),)
    assert (sub.takes, sub.gives) == ({"raw": Port("RawSnapshot")}, {"dataset": Port("Dataset")})
    assert plan.child("nightly").line == "router"


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ("window: 3", "E-value"), ("windw: 3d", "E-unknown-input"), ("window: inputs.n", "E-input-fit"),
        ("raw: x", "E-artifact-param"), ("window: [3d]", "E-type"),
    ],
)  # fmt: skip
def test_what_a_sub_recipe_is_given_has_to_fit(check: Check, inputs: str, code: str) -> None:
    found = check(
        "recipe: tickets\ninputs: {n: {type: size, default: 1GiB}}\nsteps:\n"
        "  - {id: got, use: program, with: {run: fetch, args: [inputs.n]}, gives: {rows: RawSnapshot}}\n"
        f"  - {{id: sub, use: recipe, with: {{recipe: nightly, inputs: {{{inputs}}}}}, in: {{raw: got.rows}}}}\n",
        {"recipes/nightly.yaml": CHILD},
    )
    assert [fault.code for fault in found.faults] == [code]


def test_a_verdict_is_followed_into_the_sub_recipe_that_made_the_model(check: Check) -> None:
    train = """\
recipe: train
inputs: {data: {type: Dataset}}
steps:
  - {id: tuned, use: forge, in: {base: line.base, data: inputs.data}}
  - {id: wide, use: forge, in: {base: line.base, data: inputs.data}, with: {train: {rank: 64}}}
gives: {model: tuned.model, wide: wide.model}
"""
    score = """\
recipe: score
inputs: {model: {type: Model}}
steps:
  - {id: scores, use: evaluate, in: {model: inputs.model}}
gives: {report: scores.report}
"""
    gate = "gate: q\nin: {candidate: EvalReport}\nchecks: [{use: floor, set: regression, at_least: 1%}]\n"
    files = {"recipes/train.yaml": train, "recipes/score.yaml": score, "gates/q.yaml": gate}
    steps = HEAD + (
        "  - {id: rows, use: assemble}\n"
        "  - {id: made, use: recipe, with: {recipe: train}, in: {data: rows.dataset}}\n"
        "  - {id: judged, use: recipe, with: {recipe: score}, in: {model: made.model}}\n"
        "  - {id: proof, gate: q, in: {candidate: judged.report}}\n"
        "  - {id: live, use: promote, in: {model: made.PORT, verdict: proof.verdict}}\n"
    )
    assert codes(check(steps.replace("PORT", "model"), files)) == ["E-uncompared"]
    assert codes(check(steps.replace("PORT", "wide"), files)) == ["E-not-judged", "E-uncompared"]


def test_a_verdict_on_the_model_itself_is_a_verdict_on_it(check: Check) -> None:
    gate = "gate: q\nin: {candidate: Model}\nchecks: [{use: checksum}]\n"
    steps = HEAD + (
        "  - {id: proof, gate: q, in: {candidate: line.base}}\n"
        "  - {id: live, use: promote, in: {model: line.base, verdict: proof.verdict}}\n"
    )
    assert codes(check(steps, {"gates/q.yaml": gate})) == ["E-uncompared"]
    against = gate.replace("Model}", "Model, champion: Model?}")
    bound = steps.replace("{candidate: line.base}", "{candidate: line.base, champion: champion.model?}")
    assert codes(check(bound, {"gates/q.yaml": against})) == []


def test_a_gates_ports_are_those_of_its_file_also_where_the_gate_step_takes_any(tmp_path: Path) -> None:
    registry = load()
    assert registry.steps["gate"].open_ports
    write_starter(tmp_path / "house")
    plan = check_workspace(tmp_path / "house", registry).recipes["hello"].plan
    assert plan.step("whole").takes == {"candidate": Port("RawSnapshot")}
    assert plan.step("whole").gives == {"verdict": Port("Verdict")}
