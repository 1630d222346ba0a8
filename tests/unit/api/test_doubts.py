"""What `check` warns of: each warning where it is due, and nowhere else."""

from pathlib import Path

import pytest

from sentinel.api.doubts import DISAGREE, LARGEST, POWER
from sentinel.api.here import check_files
from sentinel.domain.digest import Json
from sentinel.evidence.power import documents_needed

GATE = """\
gate: proof
in: {candidate: EvalReport, champion: EvalReport?}
checks:
  - {use: floor, set: regression, at_least: 80%}
  - {use: no_regression, set: regression, margin: 0.02}
"""
PROVING = """\
recipe: proving
line: router
steps:
  - id: scored
    use: program
    with: {run: score}
    gives: {report: EvalReport}
  - {id: proof, gate: proof, in: {candidate: scored.report}}
"""


def config(labels: str = "{}", canary: str = "{from: outcomes, window: 4d}") -> str:
    sets = f"canary: {canary}, regression: {{file: sets/regression.jsonl}}"
    return f"lines:\n  router: {{labels: {labels}, sets: {{{sets}}}}}\nprograms: {{score: [/bin/true]}}\n"


def watching(drift: str) -> str:
    return f"recipe: watching\nline: router\ntriggers: [{{drift: {drift}}}]\nsteps: [{{id: rest, wait: 1s}}]\n"


class Workspace:
    """A workspace of a few files, and what a check of it warns of."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __call__(self, config: str, **recipes: str) -> list[Json]:
        self.write("sentinel.yaml", config)
        for name, text in recipes.items():
            self.write(f"recipes/{name}.yaml", text)
        told = check_files(self.place, None, False)
        assert told["faults"] == []
        warnings: list[Json] = told["warnings"]
        return [each for each in warnings if each["code"] != "E-first"]

    def write(self, name: str, text: str) -> None:
        place = self.place / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)

    def documents(self, number: int) -> None:
        self.write("sets/regression.jsonl", '{"id": "a"}\n' * number + "\n")


@pytest.fixture
def warned(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def codes(told: list[Json]) -> list[str]:
    return [each["code"] for each in told]


def test_a_trigger_that_expects_labels_at_another_pace_than_they_are_counted_at(warned: Workspace) -> None:
    (told,) = warned(config("{every: 6h, weekly: 5000}"), watching=watching("{set: canary, every: 1d}"))
    assert told["code"] == "E-pace"
    assert told["what"] == (
        "`drift` expects an evaluation of `canary` every 1d, and the labels of `router` make one every 6h."
    )
    assert (told["file"], told["line"], told["column"]) == ("recipes/watching.yaml", 3, 41)
    assert warned(config("{every: 6h, weekly: 5000}"), watching=watching("{set: canary, every: 6h}")) == []
    # what comes from elsewhere comes at its own pace
    other = config("{every: 6h}", "{file: sets/canary.jsonl}")
    assert warned(other, watching=watching("{set: canary, every: 1d}")) == []


def test_labels_too_few_for_a_trigger_to_see_a_fall_in_time(warned: Workspace) -> None:
    (told,) = warned(config("{weekly: 40, audit: 5%}"), watching=watching("{set: canary, margin: 0.01}"))
    assert told["code"] == "E-labels-few"
    assert "With 40 labels a week, a fall of 6 points on `canary` of `router` is seen only after about " in told["what"]
    many = int(told["todo"].split()[1])
    assert 40 < many < 100
    assert warned(config(f"{{weekly: {many}, audit: 5%}}"), watching=watching("{set: canary, margin: 0.01}")) == []
    fewer = warned(config(f"{{weekly: {many - 1}, audit: 5%}}"), watching=watching("{set: canary, margin: 0.01}"))
    assert codes(fewer) == ["E-labels-few"]


def test_a_fall_that_is_seen_later_than_the_next_false_alarm_may_come(warned: Workspace) -> None:
    trigger = "{set: canary, margin: 0.01, false_alarms: 1 per 20 days}"
    (told,) = warned(config("{weekly: 50, audit: 5%}"), watching=watching(trigger))
    assert told["code"] == "E-labels-few"
    assert told["what"].endswith("days, and false alarms may come 1 per 20 days.")
    assert warned(config("{weekly: 400, audit: 5%}"), watching=watching(trigger)) == []


@pytest.mark.parametrize(
    ("labels", "trigger"),
    [
        ("{weekly: 40, audit: 5%, follow: labels/o.jsonl}", "{set: canary}"),  # how many a program writes is not known
        ("{weekly: 40}", "{set: canary}"),  # no label is drawn at random
        ("{weekly: 0, audit: 5%}", "{set: canary}"),  # nobody is asked, so they come from elsewhere or not at all
        ("{weekly: 40, audit: 5%}", "{set: canary, below: 0.85}"),  # the plain rule promises nothing
        ("{weekly: 40, audit: 5%}", "{set: regression}"),  # nor do labels of answers make signals of a file
    ],
)
def test_labels_of_which_nothing_is_known_are_not_said_to_be_few(warned: Workspace, labels: str, trigger: str) -> None:
    assert warned(config(labels), watching=watching(trigger)) == []


def test_a_set_too_small_for_the_margin_of_a_gate(warned: Workspace) -> None:
    warned.write("gates/proof.yaml", GATE)
    warned.documents(600)
    (told,) = warned(config(), proving=PROVING)
    assert told["code"] == "E-set-small"
    assert told["what"] == (
        "`regression` of `router` has 600 documents, and `no_regression` of the gate `proof` asks for a margin of "
        "2 points."
    )
    needed = documents_needed(DISAGREE, 0.02, power=POWER)
    assert needed == 1349
    assert f"It takes {needed} to pass" in told["todo"] and f"add {needed - 600}, or widen" in told["todo"]
    assert (told["file"], told["line"]) == ("recipes/proving.yaml", 8)
    warned.documents(needed)
    assert warned(config(), proving=PROVING) == []


def test_a_gate_that_judges_twice_takes_more(warned: Workspace) -> None:
    warned.documents(1349)
    waits = "then: {inconclusive: {wait: {outcomes: 400, at_most: 14d}}}\n"
    warned.write("gates/proof.yaml", f"{GATE}{waits}")
    (told,) = warned(config(), proving=PROVING)
    assert f"It takes {documents_needed(DISAGREE, 0.02, power=POWER, looks=2)} to pass" in told["todo"]


def test_the_check_that_asks_for_most_is_named_once(warned: Workspace) -> None:
    warned.documents(200)
    more = "  - {use: no_regression, set: regression, margin: 0.05}\n"
    warned.write("gates/proof.yaml", f"{GATE}{more}")
    (told,) = warned(config(), proving=PROVING)
    assert "a margin of 2 points" in told["what"]


def test_what_cannot_be_counted_or_is_not_held_to_a_margin_is_not_said_to_be_small(
    warned: Workspace, tmp_path: Path
) -> None:
    warned.write("gates/proof.yaml", GATE)
    assert warned(config(), proving=PROVING) == []  # it is not there yet
    outside = tmp_path.parent / "outside.jsonl"
    outside.write_text("{}\n")
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets/regression.jsonl").symlink_to(outside)
    assert warned(config(), proving=PROVING) == []
    (tmp_path / "sets/regression.jsonl").unlink()
    with (tmp_path / "sets/regression.jsonl").open("wb") as file:
        file.truncate(LARGEST + 1)
    assert warned(config(), proving=PROVING) == []
    warned.documents(10)
    plain = GATE.replace("margin: 0.02", "margin: 0.02, rule: interval-crosses-zero")
    warned.write("gates/proof.yaml", plain)
    assert warned(config(), proving=PROVING) == []


def test_more_warnings_than_are_told_are_no_fault(warned: Workspace) -> None:
    names = [f"line{number}" for number in range(120)]
    lines = "".join(
        f"  {name}: {{labels: {{weekly: 5, audit: 5%}}, sets: {{canary: {{from: outcomes, window: 4d}}}}}}\n"
        for name in names
    )
    text = watching("{set: canary}").replace("line: router", f"line: [{', '.join(names)}]")
    assert codes(warned(f"lines:\n{lines}", watching=text)) == ["E-labels-few"] * 100
