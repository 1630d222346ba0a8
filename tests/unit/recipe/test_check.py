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
