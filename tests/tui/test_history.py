"""The history is one that could have happened, and the door tells of it what the dashboard draws."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentinel.api.peers import VIEW
from sentinel.domain.quantity import DAY
from sentinel.domain.refusal import Refused
from sentinel.ledger.doctor import doctor
from tests.tui.history import Names
from tests.tui.house import NOW, Shop


def test_what_is_on_record_is_what_its_events_make(written: tuple[Path, Names]) -> None:
    report = doctor(written[0] / ".sentinel" / "ledger.db")
    assert report.faults == []
    assert report.rows["runs"] > 60


def test_the_house_its_queue_and_its_runs(shop: Shop, names: Names) -> None:
    ask = shop.client.ask
    status = ask("status")
    assert (status["open_runs"], status["workers"], len(status["faults"])) == (5, 1, 2)
    assert {alert["kind"] for alert in status["alerts"]} == {"files", "undelivered"}
    queue = ask("queue")
    assert [each["run"] for each in queue["runs"]] == [names.asking, names.running, *names.queued]
    assert {each["waits"] for each in queue["runs"][2:]} == {"a slot"}
    assert all(each["expected"]["end"] > NOW for each in queue["runs"] if each["recipe"] != "hello")
    assert queue["estimates"]["told"] > 40 and queue["estimates"]["off"] < 0.25
    runs = ask("runs", limit=500)["runs"]
    states = Counter(run["state"] for run in runs)
    assert sum(run["ended_at"] is not None for run in runs) >= 60
    assert {"done", "rejected", "inconclusive", "frozen", "failed", "cancelled", "running", "waiting"} <= set(states)
    assert {run["run"]: run["state"] for run in runs}[names.rejected] == "rejected"
    events = ask("events", run=names.rejected)["events"]
    assert events[0]["kind"] == "RunQueued" and events[-1]["kind"] == "RunEnded"
    assert events[-1]["at"] > NOW - DAY // 3


def test_each_run_of_the_story_ended_as_it_is_told(shop: Shop, names: Names) -> None:
    failed = _steps(shop, names.failed)["tuned"]
    assert [each["state"] for each in failed["attempts"]] == ["failed", "failed"]
    assert failed["attempts"][0]["error"]["code"] == "E-out-of-memory"
    cancelled = _steps(shop, names.cancelled)
    assert cancelled[names.reused]["state"] == "reused" and cancelled["tuned"]["state"] == "cancelled"
    assert cancelled[names.reused]["reused_from"] == f"{names.failed}.{names.reused}.a1"
    asking = _steps(shop, names.asking)["agreed"]
    assert asking["waits_for"] == "approval" and asking["until"] > NOW
    running = _steps(shop, names.running)["tuned"]
    (attempt,) = running["attempts"]
    assert (attempt["attempt"], attempt["state"]) == (names.living, "started")
    assert attempt["pid"] is not None and attempt["started_at"] == names.began
    rotated = shop.client.ask("show", run=names.rotated)
    assert len([step for step in rotated["steps"] if step["child"] is not None]) == 2


def test_what_the_living_attempt_has_said(shop: Shop, names: Names) -> None:
    folder = shop.workspace / ".sentinel" / "attempts" / names.living
    said = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
    assert len(said) == 200 and said[-1]["at"] == NOW and 0 < said[-1]["done"] < said[-1]["total"]
    assert said[-1]["figures"]["loss"] < said[10]["figures"]["loss"]
    lines = "".join(message["line"] for message in shop.client.follow("logs", run=names.running, step="tuned"))
    assert len(lines.splitlines()) == 100
    followed = shop.client.follow("follow", run=names.running)
    assert next(followed)["run"]["run"] == names.running
    assert next(followed)["progress"]["figures"]["loss"] > 0


def test_the_verdicts_and_the_versions(shop: Shop, names: Names) -> None:
    ask = shop.client.ask
    listed = {each["verdict_id"]: each["verdict"] for each in ask("verdicts", limit=200)["verdicts"]}
    told = {names.proof: "fail", names.passed: "pass", names.doubted: "inconclusive", names.froze: "freeze"}
    assert told.items() <= listed.items()
    checks = {each["check"]: each for each in ask("verdict", id=names.proof)["checks"]}
    fails = {name for name, each in checks.items() if each["verdict"] == "fail"}
    assert fails == {"no_regression", "slices"} and checks["floor"]["verdict"] == "pass"
    evidence = checks["no_regression"]["evidence"]
    assert (evidence["wins"], evidence["losses"], evidence["n"], evidence["margin"]) == (12, 58, 1200, 0.02)
    assert evidence["lower"] < evidence["estimate"] < evidence["upper"] < 0 and evidence["n_needed"] > 0
    assert checks["slices"]["evidence"]["worse"][0]["slice"] == "returns" and checks["slices"]["todo"]
    lines = {line: ask("versions", line=line) for line in ("tickets", "chat")}
    tickets = lines["tickets"]["aliases"]
    assert (tickets["champion"], tickets["previous"], tickets["anchor"]) == (
        names.champion, names.older, names.adopted,
    )  # fmt: skip
    versions = {each["version"]: each for held in lines.values() for each in held["versions"]}
    assert versions[names.candidate]["rejected"] and versions[names.frozen]["frozen"]
    assert NOW - 22 * DAY < versions[names.champion]["registered_at"] < NOW - 20 * DAY
    assert lines["chat"]["held"] and lines["chat"]["champion"] == names.chat_champion
    ancestors = [each["version"] for each in ask("lineage", version=names.champion)["ancestors"]]
    assert set(ancestors) == {names.champion, names.older, names.adopted}


def test_the_zoo_the_rotation_and_the_board(shop: Shop, names: Names) -> None:
    ask = shop.client.ask
    (zoo,) = ask("zoo")["rotations"]
    specs = {each["spec"]: each for each in zoo["specs"]}
    assert {name: each["status"] for name, each in specs.items()} == {
        "deep": "active", "long": "active", "plain": "retired", "small": "active", "wide": "active",
    }  # fmt: skip
    shares = [version["share"] for each in specs.values() for version in each["versions"]]
    assert 0 in shares and 1 in shares and any(0 < share < 1 for share in shares)
    assert any(look["looks"] for each in specs.values() for look in each["looks"])
    rotation = ask("rotation")
    assert sum(turn["word"] == "chosen" for turn in rotation["turns"]) == 2
    board = ask("board")
    places = {(each["repo"], each["derived"]): each["rank"] for line in board["lines"] for each in line["places"]}
    assert places["acme/tickets", False] < places["acme/chat", False] < places["acme/chat", True]
    assert any(place["before"] for line in board["lines"] for place in line["places"])
    assert [each["file"] for line in board["lines"] for each in line["rejected"]] == [".eval_results/sentinel.yaml"]
    states = {each["delivery"]: each["state"] for line in board["lines"] for version in line["versions"]
              for each in version["sent"]}  # fmt: skip
    assert states[names.given_up] == "given-up" and set(states.values()) == {"given-up", "done"}


def test_drift_outcomes_artifacts_and_plans(shop: Shop, names: Names) -> None:
    ask = shop.client.ask
    tickets = _watched(ask("drift", line="tickets"))
    assert tickets["standing"] == "pending" and 0.5 < tickets["share"] < 0.9 and tickets["fired"] == 0
    assert _watched(ask("drift", line="chat"))["standing"] == "ok"
    outcomes = ask("outcomes", line="tickets")
    assert outcomes["audit"] == 0.25 and {each["why"] for each in outcomes["by"]} >= {"audit", "correction"}
    kinds = Counter(each["kind"] for each in ask("artifacts", limit=1000)["artifacts"])
    assert {"Model", "Dataset", "EvalReport", "Verdict", "Spec"} <= set(kinds)
    plan = ask("plan", recipe="lifecycle", line="tickets")
    forge = next(step for step in plan["steps"] if step["step"] == "tuned")
    assert forge["expected_ms"] > 0 and plan["promises"]
    answers = [json.loads(line) for line in (shop.workspace / "answers.jsonl").read_text().splitlines()]
    assert len(answers) == 60 and len({each["answer"] for each in answers}) == 4


def test_the_daemon_may_go_and_come_again_and_its_worker_lives_on(shop: Shop, names: Names) -> None:
    shop.go()
    with pytest.raises(Refused):
        shop.client.ask("status")
    shop.come()
    assert shop.client.ask("status")["workers"] == 1
    (attempt,) = _steps(shop, names.running)["tuned"]["attempts"]
    assert attempt["state"] == "started"


def test_time_passes_when_it_is_told_to(shop: Shop, names: Names) -> None:
    shop.later(90 * 60)
    assert shop.client.ask("status")["workers"] == 1
    shop.later(23 * 3600)
    assert shop.client.ask("show", run=names.asking)["state"] == "rejected", "nobody gave a word within 24 hours"
    assert any(run["recipe"] == "board" and run["created_at"] > NOW for run in shop.client.ask("runs")["runs"])


def test_whoever_may_only_look_changes_nothing(open_shop: Callable[[str | None], Shop], names: Names) -> None:
    shop = open_shop(VIEW)
    assert shop.client.ask("status")["open_runs"] == 5
    with pytest.raises(Refused, match="E-viewer"):
        shop.client.ask("cancel", run=names.running)


def _steps(shop: Shop, run: str) -> dict[str, Any]:
    return {step["step"]: step for step in shop.client.ask("show", run=run)["steps"]}


def _watched(drift: Any) -> Any:
    return next(each for feed in drift["feeds"] for each in feed["watched"])
