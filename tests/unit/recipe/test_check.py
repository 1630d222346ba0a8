"""A whole workspace is checked at once; what has faults takes nothing else down."""

import os
from pathlib import Path

import pytest

from sentinel.recipe.check import check_workspace
from sentinel.recipe.show import render
from tests.bad.stock import STOCK
from tests.unit.recipe.conftest import Check, codes

GOOD = "recipe: tickets\nsteps:\n  - {id: rows, use: assemble}\n"
BAD = "recipe: broken\nsteps:\n  - {id: rows, use: asemble}\n"
GATE = "gate: q\nin: {candidate: EvalReport}\nchecks: [{use: floor, set: regression, at_least: 1%}]\n"


def test_faults_come_by_file_line_and_column(check: Check) -> None:
    found = check("recipe: tickets\npolcy: 1\nsteps:\n  - {id: a, use: x, need: 1}\n", {"gates/b.yaml": "gate: B\n"})
    places = [(fault.file, fault.line, fault.column) for fault in found.faults]
    assert places == sorted(places)
    assert {fault.file for fault in found.faults} == {"gates/b.yaml", "recipes/tickets.yaml"}


def test_a_recipe_with_faults_takes_no_other_down(check: Check) -> None:
    found = check(GOOD, {"recipes/broken.yaml": BAD, "recipes/torn.yaml": "recipe: torn\nsteps: ["})
    assert list(found.recipes) == ["tickets"]
    assert {fault.file for fault in found.faults} == {"recipes/broken.yaml", "recipes/torn.yaml"}


def test_a_recipe_that_runs_a_torn_one_says_whose_fault_it_is(check: Check) -> None:
    runs = "recipe: tickets\nsteps:\n  - {id: a, use: recipe, with: {recipe: torn}}\n"
    found = check(runs, {"recipes/torn.yaml": "recipe: torn   # soon\nsteps: ["})
    assert codes(found) == ["E-part-faulty", "E-yaml"]


def test_a_config_with_faults_leaves_the_recipes_checked_as_far_as_may_be(check: Check) -> None:
    found = check("recipe: tickets\nline: nowhere\nsteps:\n  - {id: rows, use: asemble}\n", config="timezon: UTC\n")
    assert found.config is None
    assert codes(found) == ["E-unknown-step-type", "E-unknown-key"]


def test_only_the_files_that_are_asked_about_are_told_of(check: Check, tmp_path: Path) -> None:
    files = {"recipes/broken.yaml": BAD, "gates/q.yaml": "gate: Q\n"}
    assert {fault.file for fault in check(GOOD, files).faults} == {"recipes/broken.yaml", "gates/q.yaml"}
    for path in (
        "gates/q.yaml",
        "gates/../gates/q.yaml",
        str(tmp_path / "gates/q.yaml"),
        "gates",
        str(tmp_path / "gates"),
    ):
        assert {fault.file for fault in check(GOOD, files, paths=[path]).faults} == {"gates/q.yaml"}
    assert len(check(GOOD, files, paths=["."]).faults) == len(check(GOOD, files).faults)
    assert check(GOOD, files, paths=["recipes/tickets.yaml"]).faults == []
    assert "tickets" in check(GOOD, files, paths=["gates/q.yaml"]).recipes


@pytest.mark.parametrize("path", ["recipes/gone.yaml", "/etc/passwd", "../other"])
def test_a_file_that_is_not_the_workspaces_is_a_fault(check: Check, path: str) -> None:
    assert codes(check(GOOD, paths=[path])) == ["E-no-file"]


def test_every_file_is_known_by_its_digest(check: Check) -> None:
    found = check(GOOD, {"gates/q.yaml": GATE})
    assert sorted(found.files) == ["gates/q.yaml", "recipes/tickets.yaml", "sentinel.yaml"]
    assert all(len(digest) == 64 for digest in found.files.values())
    assert found.files != check(GOOD + "\n", {"gates/q.yaml": GATE}).files


def test_files_of_other_names_and_hidden_ones_are_left_alone(check: Check) -> None:
    found = check(GOOD, {"recipes/.hidden.yaml": "x: [", "recipes/README.md": "x: [", "recipes/two.yml": GOOD})
    assert codes(found) == ["E-file-name"]
    assert found.faults == []


def test_a_link_inside_the_workspace_is_followed_and_one_that_leads_out_is_not(check: Check, tmp_path: Path) -> None:
    check(GOOD)
    (tmp_path / "recipes" / "same.yaml").symlink_to("tickets.yaml")
    (tmp_path / "recipes" / "out.yaml").symlink_to("/etc/hostname")
    (tmp_path / "recipes" / "gone.yaml").symlink_to("nothing.yaml")
    (tmp_path / "recipes" / "loop.yaml").symlink_to("loop.yaml")
    found = check(GOOD)
    assert {(fault.file, fault.code) for fault in found.faults} == {
        ("recipes/tickets.yaml", "E-name-twice"), ("recipes/out.yaml", "E-path"),
        ("recipes/gone.yaml", "E-unreadable"), ("recipes/loop.yaml", "E-unreadable"),
    }  # fmt: skip


def test_a_folder_that_leads_out_of_the_workspace_is_not_read(check: Check, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-zoo"
    outside.mkdir()
    (outside / "a.yaml").write_text("spec: a\n")
    check(GOOD)
    (tmp_path / "zoo").symlink_to(outside)
    assert codes(check(GOOD)) == ["E-path"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_nobody_may_read_is_a_fault(check: Check, tmp_path: Path) -> None:
    check(GOOD)
    (tmp_path / "recipes" / "tickets.yaml").chmod(0)
    assert codes(check_workspace(tmp_path, STOCK)) == ["E-unreadable"]


def test_an_empty_folder_is_no_workspace(tmp_path: Path) -> None:
    found = check_workspace(tmp_path, STOCK)
    assert [str(fault) for fault in found.faults] == [
        "sentinel.yaml: E-no-config: There is no sentinel.yaml here. Run `sentinel init` in an empty folder."
    ]


def test_two_recipes_of_one_name_leave_the_first_in_force(check: Check) -> None:
    found = check(GOOD, {"recipes/a.yaml": GOOD.replace("rows", "first")})
    assert found.recipes["tickets"].path == "recipes/a.yaml"
    assert [fault.file for fault in found.faults] == ["recipes/tickets.yaml"]


def test_needs_are_held_against_the_nodes_of_the_config_and_else_against_this_one(check: Check) -> None:
    recipe = GOOD.replace("use: assemble", "use: assemble, needs: {cpus: 6}")
    assert codes(check(recipe)) == []
    small = "nodes: {a: {slots: {cpus: 2, memory: 8GiB}}, b: {slots: {cpus: 4, memory: 8GiB}}}\n"
    assert codes(check(recipe, config=small)) == ["E-needs"]
    assert codes(check(recipe, config=small.replace("4", "6"))) == []


def test_a_spec_is_held_against_its_recipe(check: Check) -> None:
    recipe = "recipe: challenger\nsteps:\n  - {id: tuned, use: forge, in: {base: line.base, data: champion.dataset}}\n"
    spec = "spec: wide\nrecipe: challenger\noverrides: {tuned: {with: {train: {rank: 64}}}}\n"
    found = check(recipe, {"zoo/wide.yaml": spec})
    assert codes(found) == []
    assert found.specs["wide"].form.priority == 50
    for old, new, code in [
        ("rank: 64", "rnk: 64", "E-unknown-key"), ("rank: 64", "rank: big", "E-value"),
        ("tuned", "tunde", "E-unknown-step"), ("challenger", "challengers", "E-unknown-recipe"),
        ("spec: wide", "spec: Wide", "E-name"),
    ]:  # fmt: skip
        assert codes(check(recipe, {"zoo/wide.yaml": spec.replace(old, new)})) == [code]


ROTATION = """\
recipe: rotation
steps:
  - {id: turn, use: rotation}
  - {id: trained, use: recipe, each: turn.chosen, in: {spec: it}, gives: {model: Model}}
  - {id: scores, use: evaluate, each: trained.model, in: {model: it}}
"""
CHALLENGER = """\
recipe: challenger
gives: {model: tuned.model}
steps:
  - {id: tuned, use: forge, in: {base: line.base, data: champion.dataset}, with: {train: {rank: 8, epochs: 9}}}
"""
WIDE = "spec: wide\nrecipe: challenger\noverrides: {tuned: {with: {train: {rank: 64}}}}\n"


def test_a_spec_in_force_has_its_overrides_in_the_plan_typed_and_key_by_key(check: Check) -> None:
    found = check(CHALLENGER, {"zoo/wide.yaml": WIDE, "recipes/rotation.yaml": ROTATION})
    assert codes(found) == []
    spec = found.specs["wide"].spec
    assert spec.plan.step("tuned").params == {"train": {"method": "lora", "rank": 64, "epochs": 9}}
    assert found.recipes["challenger"].plan.step("tuned").params["train"]["rank"] == 8
    assert spec.label == "spec-wide" and spec.needs_line
    assert spec.misfit(None) and not spec.misfit("router")
    other = check(CHALLENGER, {"zoo/wide.yaml": WIDE.replace("64", "32")}).specs["wide"].spec
    assert other.artifact != spec.artifact


def test_an_input_of_the_run_can_be_overridden_by_a_value_and_a_value_by_an_input(check: Check) -> None:
    recipe = CHALLENGER.replace("steps:", "inputs: {rank: {type: int, default: 4}}\nsteps:")
    found = check(recipe.replace("rank: 8", "rank: inputs.rank"), {"zoo/wide.yaml": WIDE})
    assert found.specs["wide"].spec.plan.step("tuned").filled == ()
    found = check(recipe.replace("rank: 8", "rank: inputs.rank"), {"zoo/wide.yaml": WIDE.replace("64", "inputs.rank")})
    assert [hole.input for hole in found.specs["wide"].spec.plan.step("tuned").filled] == ["rank"]


@pytest.mark.parametrize(
    ("challenger", "spec", "code"),
    [
        (CHALLENGER.replace("steps:", "inputs: {rank: {type: int}}\nsteps:"), WIDE, "E-input-missing"),
        (CHALLENGER.replace("forge", "forg"), WIDE, "E-part-faulty"),
        (ROTATION.replace("recipe: rotation", "recipe: challenger"), "spec: wide\nrecipe: challenger\n", "E-recursion"),
        (CHALLENGER, WIDE.replace("spec: wide", "spec: wide\nlabel: spec-twin"), "E-name-twice"),
    ],
)
def test_a_spec_that_could_not_be_trained_or_traced_is_a_fault_of_its_file(
    check: Check, challenger: str, spec: str, code: str
) -> None:
    twin = "spec: twin\nrecipe: plain\n"
    plain = "recipe: plain\nsteps: [{id: rows, use: assemble}]\n"
    found = check(challenger, {"zoo/wide.yaml": spec, "zoo/twin.yaml": twin, "recipes/plain.yaml": plain})
    assert [fault.code for fault in found.faults if fault.file == "zoo/wide.yaml"] == [code]
    assert list(found.specs) == ["twin"]


def test_a_recipe_that_is_given_the_spec_itself_may_ask_for_it(check: Check) -> None:
    recipe = CHALLENGER.replace("steps:", "inputs: {spec: {type: Spec}}\nsteps:")
    recipe += "  - {id: told, use: program, in: {spec: inputs.spec}, with: {run: fetch}}\n"
    assert codes(check(recipe, {"zoo/wide.yaml": WIDE})) == []


def test_a_spec_does_not_change_which_recipe_a_step_runs_but_may_change_its_inputs(check: Check) -> None:
    inner = "recipe: inner\ninputs: {days: {type: int, default: 3}}\nsteps:\n"
    inner += "  - {id: a, use: program, with: {run: fetch, args: [inputs.days]}}\n"
    outer = "recipe: outer\nsteps:\n  - {id: run, use: recipe, with: {recipe: inner}}\n"
    spec = "spec: a\nrecipe: outer\noverrides: {run: {with: {inputs: {days: 7}}}}\n"
    found = check(outer, {"recipes/inner.yaml": inner, "zoo/a.yaml": spec})
    assert codes(found) == []
    assert found.specs["a"].spec.plan.step("run").params == {"recipe": "inner", "inputs": {"days": 7}}
    assert codes(check(outer, {"zoo/a.yaml": spec.replace("days: 7", "days: x")})) == ["E-value"]
    assert codes(check(outer, {"zoo/a.yaml": spec.replace("inputs: {days: 7}", "recipe: inner")})) == ["E-override"]


def test_a_step_that_runs_a_spec_takes_no_settings_besides(check: Check) -> None:
    wrong = ROTATION.replace("in: {spec: it}", "in: {spec: it}, with: {inputs: {a: 1}}")
    assert codes(check(wrong)) == ["E-sub"]


def test_the_same_files_give_the_same_answer(check: Check) -> None:
    files = {"recipes/broken.yaml": BAD, "gates/q.yaml": GATE}
    assert check(GOOD, files) == check(GOOD, files)


@pytest.mark.parametrize(
    ("recipe", "config"),
    [
        ("", "hub: {owner: acme, token: hf_planted}\n"),
        ("", "notify: [{webhook: 'https://hooks.example/hf_planted', on: [failed]}]\n"),
        (
            "recipe: tickets\nsteps:\n  - {id: a, use: notify, with: {to: 'https://h.io/hf_planted', text: x}}\n",
            "",
        ),
    ],
)
def test_a_secret_that_was_written_as_itself_is_not_repeated(check: Check, recipe: str, config: str) -> None:
    found = check(recipe, config=config or "timezone: UTC\n")
    assert [fault.code for fault in found.faults] == ["E-secret-ref"]
    fault = found.faults[0]
    assert "hf_planted" in found.line_of(fault)
    assert "hf_planted" not in render(fault, found.line_of(fault), colour=False)
    assert "hf_planted" not in repr(fault)


def test_one_odd_check_or_trigger_hides_no_fault_of_the_others(check: Check) -> None:
    gate = "gate: q\nin: {candidate: EvalReport}\nchecks: [floor, {use: flor}, {use: floor, set: regression}]\n"
    recipe = GOOD + "triggers: [manual, {corn: {}}]\n"
    assert codes(check(recipe, {"gates/q.yaml": gate})) == [
        "E-type", "E-unknown-check", "E-missing-key", "E-trigger", "E-unknown-trigger",
    ]  # fmt: skip
