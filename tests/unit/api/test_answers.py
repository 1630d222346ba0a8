"""Labelling without a terminal: what is asked of the daemon, and what its answers come to."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from sentinel.api.answers import (
    Allowance,
    allowance,
    choose,
    known_labels,
    known_requests,
    label_faults,
    label_request,
    label_word,
    read_answers,
)
from sentinel.domain.policy.labelling import Pick, Served
from sentinel.domain.refusal import Refused

TOLD: dict[str, Any] = {
    "audit": 0.5, "weekly": 40, "twice": 0.1,
    "by": [{"why": "audit", "fresh": 7}, {"why": "correction", "fresh": 9}, {"why": "informative", "fresh": 3}],
}  # fmt: skip
ROW = {"id": "t1", "at": 5, "text": "Where is it?", "answer": "returns", "version": "v4"}


def served(folder: Path, many: int = 450) -> Path:
    path = folder / "served.jsonl"
    rows = [ROW | {"id": f"t{n}", "answer": ("billing", "returns")[n % 2]} for n in range(many)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_the_budget_is_what_is_left_of_the_week_unless_it_is_given() -> None:
    assert allowance(TOLD, "router") == Allowance("router", 30, 0.5, 0.1, 10, 40)
    assert allowance(TOLD, "router", 3).budget == 3
    assert allowance(TOLD | {"weekly": 2}, "router").budget == 0
    with pytest.raises(Refused, match="labelled at random"):
        allowance(TOLD | {"audit": None}, "router")


def test_a_program_that_does_not_wait_labels_by_the_same_rules(tmp_path: Path) -> None:
    asked: list[str] = []

    async def ask(route: str, **given: Any) -> Any:
        asked.append(route)
        await asyncio.sleep(0)
        if route == "labelled":
            assert len(given["ids"]) <= 200
            return {"line": given["line"], "labelled": {id: ["audit"] for id in given["ids"][:150]}}
        return {"new": 1, "known": 0, "faults": []}

    async def label() -> list[str]:
        allowed = allowance(TOLD, "router", 5)
        with read_answers(served(tmp_path)) as answers:
            known = known_labels([await ask(route, **given) for route, given in known_requests("router", answers)])
            assert len(known) == 350
            words = []
            for pick in choose(answers, known, allowed).picks:
                route, given = label_request("router", pick, answers.row(pick), "returns", answers.free)
                words.append(label_word(pick, await ask(route, **given)))
            return words

    assert asyncio.run(label()) == ["audit"] * 5
    assert asked == ["labelled"] * 3 + ["outcomes-take"] * 5


def test_another_file_in_its_place_does_not_change_what_is_labelled(tmp_path: Path) -> None:
    path = served(tmp_path, 3)
    with read_answers(path) as answers:
        (tmp_path / "fresh").write_text("none\n")
        (tmp_path / "fresh").replace(path)
        assert [answers.row(Pick(each, "audit"))["id"] for each in answers.served.values()] == ["t0", "t1", "t2"]
        assert (answers.classes, answers.free) == (("billing", "returns"), False)


def test_a_label_says_what_the_answer_was_and_by_what_chance_it_was_asked_for() -> None:
    pick = Pick(Served("t1", 0), "audit", 0.25)
    route, given = label_request("router", pick, ROW, "billing", free=False)
    assert (route, given) == ("outcomes-take", {"line": "router", "outcomes": [{
        "id": "t1", "at": 5, "why": "audit", "right": False, "label": "billing", "answer": "returns", "chance": 0.25,
        "version": "v4"}]})  # fmt: skip
    _, given = label_request("router", Pick(Served("t1", 0), "informative"), ROW, "y", free=True)
    assert given["outcomes"] == [{"id": "t1", "at": 5, "why": "informative", "right": True, "version": "v4"}]
    refused = {"new": 0, "known": 0, "faults": [{"index": 0, "says": "it was told otherwise"}]}
    assert (label_word(pick, refused), label_faults(refused)) == ("refused", ["it was told otherwise"])


def test_a_second_label_only_shows_how_far_labels_can_be_trusted() -> None:
    pick = Pick(Served("t1", 0), "again")
    asked = label_request("router", pick, ROW, "returns", free=False)
    assert asked == ("outcome-again", {"line": "router", "id": "t1", "right": True, "label": "returns"})
    assert label_word(pick, {"agrees": True}) == "labelled twice alike"
    assert (label_word(pick, {"agrees": False}), label_faults({"agrees": False})) == ("labelled twice differently", [])


def test_a_file_that_is_no_file_of_answers_is_let_go_of(tmp_path: Path) -> None:
    path = tmp_path / "served.jsonl"
    path.write_text("none\n")
    with pytest.raises(Refused, match="no JSON object"):
        read_answers(path)
    with pytest.raises(Refused, match="There is no file"):
        read_answers(tmp_path / "nowhere")
