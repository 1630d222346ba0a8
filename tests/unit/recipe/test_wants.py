"""What a step wants of the line is bound by itself, and a line that has not got it is told at check."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, EvalReport, Model, RawSnapshot
from sentinel.contract.registry import load, registered, step
from sentinel.contract.scalars import Share
from sentinel.contract.types import Registry
from sentinel.domain.plan import Port, Source
from sentinel.recipe.check import Checked, check_workspace
from sentinel.recipe.graph import as_mermaid


class Scored(NamedTuple):
    """What scoring gives."""

    report: EvalReport


@step("score", wants=("sets", "base"), about="model")
def score(
    at: At, model: Model, sets: list[Dataset], base: Model, rows: list[RawSnapshot] | None, calm: Dataset | None
) -> Scored:
    """Scores a model on the line's sets."""
    raise NotImplementedError


BARE = "lines: {router: {}}\n"
WHOLE = """\
lines:
  router:
    base: {hub: acme/base, revision: 3f2c9e1}
    live: live.jsonl
    data: [{from: usage}, {from: file, path: rows.jsonl, map: {text: body}}]
    sets: {canary: {from: outcomes, window: 4d}, regression: {file: r.jsonl}}
"""


def checked(root: Path, recipe: str, config: str = WHOLE) -> Checked:
    (root / "recipes").mkdir(parents=True)
    (root / "recipes/a.yaml").write_text(recipe)
    (root / "sentinel.yaml").write_text(config)
    ours = load()
    held: Any = registered(score)
    return check_workspace(root, Registry({**ours.steps, "score": held}, ours.checks, ours.triggers))


def recipe(*steps: str) -> str:
    return "recipe: a\nline: router\ninputs: {model: {type: Model}}\nsteps:\n" + "".join(
        f"  - {each}\n" for each in steps
    )


SCORE = "{id: scores, use: score, in: {model: inputs.model}}"
ROWS = "{id: rows, use: assemble}"


def test_ports_that_are_left_unbound_get_what_the_line_has(tmp_path: Path) -> None:
    found = checked(tmp_path, recipe(SCORE, ROWS))
    assert found.faults == []
    plan = found.recipes["a"].plan
    first = plan.steps[0]
    assert (first.id, first.use) == ("line", "resolve")
    assert first.params == {"wants": ["base", "sets", "rows"], "must": ["base", "rows", "sets"]}
    assert first.gives == {
        "base": Port("Model"), "sets": Port("Dataset", many=True), "rows": Port("RawSnapshot", many=True),
    }  # fmt: skip
    assert plan.step("scores").binds["sets"] == (Source("step", "line", "sets"),)
    assert "rows" not in plan.step("scores").binds
    assert first.binds == {"prior": (Source("alias", "champion", "dataset", True),)}
    assert 's0 -->|"sets"|' in as_mermaid(plan)


def test_only_what_some_step_wants_is_resolved_and_what_a_recipe_binds_stays(tmp_path: Path) -> None:
    bound = "{id: rows, use: assemble, in: {rows: given.rows, sets: []}}"
    program = "{id: given, use: program, with: {run: p}, gives: {rows: RawSnapshot}}"
    found = checked(tmp_path / "a", recipe(program, "{id: rows, use: assemble, in: {rows: given.rows}}"),
                    WHOLE + "programs: {p: [/bin/true]}\n")  # fmt: skip
    assert [str(fault) for fault in found.faults] == []
    first = found.recipes["a"].plan.steps[0]
    assert first.params == {"wants": ["sets"], "must": []}
    assert found.recipes["a"].needs_line
    assert checked(tmp_path / "b", recipe(program, bound), WHOLE + "programs: {p: [/bin/true]}\n").faults


def test_a_list_of_the_line_may_be_gone_through_one_by_one(tmp_path: Path) -> None:
    each = "{id: one, use: score, each: line.sets, in: {model: inputs.model, sets: it, calm: it}}"
    found = checked(tmp_path, recipe(each))
    assert [str(fault) for fault in found.faults] == []
    assert found.recipes["a"].plan.steps[0].params["must"] == ["base", "sets"]


@pytest.mark.parametrize(
    ("steps", "config", "says"),
    [
        ((SCORE,), BARE, "a.yaml:5:23: E-no-sets: A step wants the line's sets, and `router` has no sets."),
        ((SCORE,), BARE, "E-base-unset: A step wants the line's base, and `router` has no base."),
        ((ROWS,), BARE, "E-no-data: A step wants the line's rows, and `router` has no data."),
        (("{id: s, use: score, in: {model: inputs.model, sets: line.sets}}",), BARE, "a.yaml:5:57: E-no-sets"),
        ((SCORE,), WHOLE.replace("    live: live.jsonl\n", ""), "E-live: The texts of the set `canary` stand with"),
        ((ROWS,), WHOLE.replace("    live: live.jsonl\n", "").replace("from: outcomes, window: 4d", "file: x.jsonl"),
         "E-live: The texts of `{from: usage}` stand with"),
        (("{id: s, use: score, in: {model: inputs.model, sets: line.rows}}",), WHOLE, "`sets` takes `Dataset`"),
        (("{id: s, use: score, in: {model: line.sets}}",), WHOLE, "`line.sets` is `Dataset`"),
        (("{id: s, use: score, in: {model: line.bases}}",), WHOLE, "Did you mean `base`?"),
    ],
)  # fmt: skip
def test_what_the_line_has_not_is_told_at_check_with_its_place(
    tmp_path: Path, steps: tuple[str, ...], config: str, says: str
) -> None:
    told = "\n".join(str(fault) for fault in checked(tmp_path, recipe(*steps), config).faults)
    assert says in told


REPLAY = "{{id: rows, use: assemble{}, with: {{replay: {}}}}}"


@pytest.mark.parametrize("share", ["30%", "inputs.share"])
def test_a_replay_of_what_nobody_binds_is_a_fault(tmp_path: Path, share: str) -> None:
    """The shipped lifecycle replayed 30% of nothing for as long as it had been shipped."""
    inputs = "inputs: {share: {type: number, default: 0.3}}\n"
    texts = [
        recipe(REPLAY.format(bound, share)).replace("inputs: {model: {type: Model}}\n", inputs)
        for bound in ("", ", in: {prior: champion.dataset?}")
    ]
    told = [str(fault) for fault in checked(tmp_path / "a", texts[0]).faults]
    assert len(told) == 1 and told[0].startswith("recipes/a.yaml:5:")
    assert "E-unbound: `replay` speaks of what `prior` gives, and nothing is bound there." in told[0]
    assert checked(tmp_path / "b", texts[1]).faults == []
    assert checked(tmp_path / "c", recipe(REPLAY.format("", "0%"))).faults == []


def test_a_parameter_may_speak_of_a_port_that_there_is() -> None:
    for speaks_of, says in (({"share": "rows"}, "no port `rows`"), ({"part": "sets"}, "no parameter `part`")):
        with pytest.raises(TypeError, match=says):

            @step("x", speaks_of=speaks_of)
            def x(at: At, sets: list[Dataset], *, share: Share = 0.0) -> None:
                """Does nothing."""


def test_a_recipe_that_another_runs_wants_of_the_same_line(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/b.yaml").write_text("recipe: b\nsteps:\n  - {id: rows, use: assemble}\n")
    (tmp_path / "recipes/c.yaml").write_text(
        "recipe: c\nline: router\nsteps:\n  - {id: sub, use: recipe, with: {recipe: b}}\n"
    )
    (tmp_path / "sentinel.yaml").write_text(BARE)
    told = [str(fault) for fault in check_workspace(tmp_path, load()).faults]
    assert len(told) == 1 and "recipes/c.yaml:2:7: E-no-data" in told[0]


def test_a_step_may_want_what_a_line_has_on_a_port_of_its_own_and_nothing_else() -> None:
    with pytest.raises(TypeError, match="a line has base, sets, rows, and not labels"):
        step("x", wants=("labels",))
    with pytest.raises(TypeError, match="it has no port `rows`"):

        @step("x", wants=("rows",))
        def x(at: At, sets: list[Dataset]) -> None:
            """Does nothing."""


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("[{from: program}]", "`name` is missing"),
        ("[{from: program, name: nobody}]", "allows no program `nobody`"),
        ("[{from: file}]", "`path` is missing"),
        ("[{from: file, path: ../x}]", "leads out of the workspace"),
        ("[{from: usage, name: x}]", "name"),
        ("[{from: somewhere}]", "somewhere"),
        ("[{path: x}]", "from"),
        ("[{from: file, path: x, map: [a]}]", "map"),
    ],
)
def test_a_source_that_is_none_is_told(tmp_path: Path, data: str, says: str) -> None:
    faults = checked(tmp_path, recipe(ROWS), f"lines: {{router: {{data: {data}}}}}\n").faults
    assert faults and any(says in str(fault) for fault in faults)
