"""`outcomes` and `label`, over a daemon that lives beside the test."""

import io
import json
import time
from pathlib import Path

import pytest

from sentinel.domain.policy.labelling import lot
from tests.unit.api.house import House
from tests.unit.cli.conftest import Sentinel

NOW = round(time.time() * 1000)


@pytest.fixture
def line(house: House) -> Path:
    """A line whose answers are labelled at random, half of them."""
    text = "router: {labels: {audit: 50%, weekly: 40, twice: 100%}, sets: {canary: {from: outcomes, window: 4d}}}"
    config = house.workspace / "sentinel.yaml"
    config.write_text(config.read_text().replace("router: {}", text))
    assert house.client.ask("reload")["faults"] == []
    return house.workspace


def answers(folder: Path, many: int, **more: object) -> Path:
    """A file of served answers, of three classes, of some of which the model was unsure."""
    path = folder / "served.jsonl"
    rows = [
        {"id": f"t{n}", "at": NOW, "text": f"Where is parcel {n}?\nIt is late.",
         "answer": ("billing", "returns", "other")[n % 3],
         "probabilities": {"billing": 0.5 + n / 1000, "returns": 0.5 - n / 1000}, **more}
        for n in range(many)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def sample(many: int) -> list[str]:
    return sorted(
        (f"t{n}" for n in range(many) if lot("router", "audit", f"t{n}") < 0.5),
        key=lambda id: lot("router", "audit", id),
    )


def test_labels_are_brought_and_what_is_wrong_is_told_by_line(sentinel: Sentinel, line: Path) -> None:
    file = line / "labels.jsonl"
    good = '{"id": "t%d", "at": "2026-01-05T10:00", "right": %s, "why": "audit"}\n'
    file.write_text(good % (1, "true") + "nonsense\n\n" + good % (2, "false") + '{"id": "t3"}\n' + good % (1, "true"))
    said = sentinel("outcomes", "router", "--take", file)
    assert said.status == 1
    assert "2 taken, 1 were there already, 2 could not be taken.\n  line 2: it is no JSON.\n  line 5: `at`:" in said.out
    assert "audit  2" in said.out
    told = json.loads(sentinel("outcomes", "router", "--json").out)
    assert told["by"][0]["taken"] == 2 and told["sets"] == ["canary"]


def test_they_come_by_standard_input_too(sentinel: Sentinel, line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f'{{"id": "t{n}", "at": {NOW}, "score": 0.5, "why": "feedback"}}\n' for n in range(450))
    monkeypatch.setattr("sys.stdin", io.StringIO(rows))
    said = sentinel("outcomes", "router", "--take", "-")
    assert (said.status, "450 taken, 0 were there already" in said.out) == (0, True)


@pytest.mark.usefixtures("line")
def test_what_is_not_there_is_told(sentinel: Sentinel) -> None:
    assert "Nothing has come back for router yet." in sentinel("outcomes", "router").out
    assert "E-no-file" in sentinel("outcomes", "router", "--take", "nowhere.jsonl").err
    assert "E-unknown-line" in sentinel("outcomes", "ruoter").err
    assert "E-no-audit" in sentinel("label", "other", "--from", "nowhere.jsonl").err
    assert "E-no-file" in sentinel("label", "router", "--from", "nowhere.jsonl").err


def test_a_plan_to_label_says_how_many_of_each(sentinel: Sentinel, line: Path) -> None:
    file = answers(line, 60)
    many = len(sample(60))
    said = sentinel("label", "router", "--from", file, "--dry-run")
    assert f"To be labelled: {many} audit, {40 - many} informative. The random sample has {many} answers" in said.out
    told = json.loads(sentinel("label", "router", "--from", file, "--dry-run", "--json").out)
    assert [each[0] for each in told["picks"][:many]] == sample(60)


def test_a_person_labels_the_sample_and_some_twice(
    sentinel: Sentinel, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, first = answers(line, 60), sample(60)[:3]
    classes = {f"t{n}": ("billing", "returns", "other")[n % 3] for n in range(60)}
    wrong = "other" if classes[first[1]] != "other" else "billing"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{classes[first[0]]}\n{wrong}\ns\nq\n"))
    said = sentinel("label", "router", "--from", file)
    assert "2 audit, 1 skipped" in said.out and "skipped because it is hard" in said.out
    assert "Where is parcel" in said.err and "1 billing  2 other  3 returns" in said.err
    by = json.loads(sentinel("outcomes", "router", "--json").out)["by"]
    assert [(each["why"], each["taken"], each["right"], each["counted"]) for each in by] == [("audit", 2, 1.0, 2)]
    said = sentinel("label", "router", "--from", file, "--budget", "1000", "--dry-run")
    assert "2 again" in said.out, "all that was labelled is to be labelled twice here"


def test_an_answer_that_is_no_class_is_right_or_wrong(
    sentinel: Sentinel, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = line / "served.jsonl"
    file.write_text(
        "".join(
            json.dumps({"id": f"t{n}", "at": NOW, "text": "Why?", "answer": f"Because of {n}\x1b[31m."}) + "\n"
            for n in range(60)
        )
    )  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO("y\nbilling\nn\n"))
    said = sentinel("label", "router", "--from", file, "--budget", "2")
    assert "2 audit" in said.out
    assert "answered Because of" in said.err and "\x1b[31m" not in said.err and "That is none of these." in said.err
    by = json.loads(sentinel("outcomes", "router", "--json").out)["by"]
    assert (by[0]["taken"], by[0]["right"]) == (2, 1.0)


@pytest.mark.parametrize(("text", "says"), [("nonsense\n", "no JSON object"), ('{"id": "t1"}\n', "has no `at`")])
def test_a_line_that_is_no_answer_is_named(sentinel: Sentinel, line: Path, text: str, says: str) -> None:
    file = line / "served.jsonl"
    file.write_text("\n" + text)
    said = sentinel("label", "router", "--from", file)
    assert (said.status, says in said.err, f"{file}:2" in said.err) == (1, True, True)


def test_outcomes_come_through_the_door_and_by_a_file_that_is_followed(house: House, sentinel: Sentinel) -> None:
    config = house.workspace / "sentinel.yaml"
    config.write_text(config.read_text().replace("router: {}", "router: {labels: {follow: labels.jsonl}}"))
    assert house.client.ask("reload")["faults"] == []
    rows = [{"id": f"t{n}", "at": NOW, "right": True, "why": "audit"} for n in range(3)]
    assert house.client.ask("outcomes-take", line="router", outcomes=rows)["new"] == 3
    (house.workspace / "labels.jsonl").write_text(
        "".join(json.dumps({**row, "id": f"u{row['id']}"}) + "\n" for row in rows)
    )
    for _ in range(100):
        told = house.client.ask("outcomes", line="router")
        if told["followed"] is not None:
            break
        time.sleep(0.1)
    assert (told["followed"]["taken"], told["by"][0]["taken"]) == (3, 6)
    assert "labels.jsonl: 3 lines read, 3 taken, 0 could not be." in sentinel("outcomes", "router").out
