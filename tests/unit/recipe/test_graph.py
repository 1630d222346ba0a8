"""The wiring is drawn for a terminal and for a page, and no text of a user's can break out of the drawing."""

import re

from sentinel.recipe.graph import as_mermaid, as_text
from tests.unit.recipe.conftest import Check

GATE = "gate: q\nin: {candidate: EvalReport}\nchecks: [{use: floor, set: regression, at_least: 1%}]\n"
RECIPE = """\
recipe: tickets
steps:
  - {id: rows, use: assemble}
  - {id: few, use: rank, in: {data: rows.dataset}}
  - {id: scores, use: evaluate, each: few.models, in: {model: it}}
  - {id: before, use: evaluate, in: {model: champion.model?}, optional: true}
  - {id: ok, approve: {ask: "Really; go on\\"?--> x", within: 24h, else: reject}}
  - {id: rest, wait: 5m, after: [before]}
  - {id: told, use: notify, with: {to: credential:a, text: b}, when: {ok: [rejected, expired]}}
gives: {dataset: rows.dataset}
"""


def plan(check: Check):  # type: ignore[no-untyped-def]
    found = check(RECIPE, {"gates/q.yaml": GATE})
    assert found.faults == []
    return found.recipes["tickets"].plan_for("router")


def test_the_text_shows_steps_in_order_with_what_they_take_and_give(check: Check) -> None:
    text = as_text(plan(check))
    assert text.splitlines()[0] == "tickets for router"
    assert [line.split()[1] for line in text.splitlines() if line[:1] in "●◆?◷" and line] == [
        "rows", "few", "scores", "before", "ok", "rest", "told",
    ]  # fmt: skip
    assert "● scores  evaluate, for each of few.models" in text
    assert "│   model ← champion.model?" in text
    assert "│   when ok is rejected or expired" in text
    assert "│   after before" in text
    assert "◷ rest    waits 5m" in text
    assert "● before  evaluate (optional)" in text
    assert text.endswith("gives dataset = rows.dataset\n")


def test_the_text_fits_a_terminal(check: Check) -> None:
    long = "x " * 200
    found = check(f"recipe: tickets\nsteps:\n  - {{id: ok, approve: {{ask: {long}, within: 24h, else: reject}}}}\n")
    assert max(len(line) for line in as_text(found.recipes["tickets"].plan).splitlines()) <= 80
    assert max(len(line) for line in as_text(plan(check), width=60).splitlines()) <= 60


def test_mermaid_has_a_node_for_each_step_and_an_arrow_for_each_binding(check: Check) -> None:
    text = as_mermaid(plan(check))
    assert text.startswith("flowchart TD\n")
    assert 's0["rows<br/>assemble"]' in text
    assert 's0 -->|"data"| s1' in text
    assert 's1 -->|"each model"| s2' in text
    assert 'o0(["champion.model"])' in text
    assert 'o0 -->|"model"| s3' in text
    assert 's4{{"ok<br/>approval"}}' in text


def test_order_without_a_binding_is_a_dotted_arrow(check: Check) -> None:
    text = as_mermaid(plan(check))
    assert "s3 -.-> s5" in text
    assert "s4 -.-> s5" in text
    assert text.count("s4 -.-> s6") == 1


def test_what_a_person_wrote_freely_is_not_in_the_diagram(check: Check) -> None:
    text = as_mermaid(plan(check))
    assert "Really" not in text
    line = re.compile(r'    (?:s\d+(?:\["[^"]*"\]|\{\{"[^"]*"\}\}| -->\|"[^"]*"\| s\d+| -\.-> s\d+)|o\d+.*)')
    assert all(line.fullmatch(each) for each in text.splitlines()[1:])
