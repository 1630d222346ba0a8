"""What the routes say and do, over a real socket and a real ledger."""

import asyncio
import os
import threading
import time
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest

from sentinel.api.client import NoDaemon
from sentinel.api.peers import OPERATE, VIEW, login_of
from sentinel.domain.line.decide import Promote, Register
from sentinel.domain.line.decide import decide as decide_line
from sentinel.domain.line.events import AliasMoved
from sentinel.domain.refusal import Refused
from sentinel.domain.streams import stream_of
from sentinel.supervisor.work import Work
from tests.unit.api.house import House

ME = f"uid:{login_of(0)}"


def until(look: Any, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


def has_version(house: House, model: str, line: str = "router", champion: bool = False) -> str:
    """Put a version on record, as the end of a step would."""

    def act(work: Work) -> str:
        state = work.line(line)
        bodies = decide_line(state, Register(model, "r1", "made", "", (), {"model": model}), work.at)
        assert isinstance(bodies, list)
        work.apply(stream_of("line", line), bodies)
        version = work.line(line).version_of(model)
        assert version is not None
        if champion:
            was = state.champion
            moves = [AliasMoved("champion", version.id, was, "adoption", (), "a test")]
            moves += [AliasMoved("previous", was, None, "adoption", (), "a test")] if was else []
            work.apply(stream_of("line", line), moves)
        return version.id

    version: str = house.do(lambda engine: engine.do("uid:test", act))
    return version


def test_a_run_is_asked_for_shown_and_answered_under_the_name_of_who_did_it(house: House) -> None:
    run = house.client.ask("run", recipe="asking", set={"days": "5"}, reason="to try")["run"]
    shown = until(lambda: (s := house.client.ask("show", run=run))["state"] == "waiting" and s)
    assert (shown["actor"], shown["reason"], shown["inputs"]) == (ME, "to try", {"days": 5})
    assert [act["do"] for act in shown["next"]] == [
        f"sentinel approve {run} agreed",
        f"sentinel reject {run} agreed --reason TEXT",
    ]
    steps = {step["step"]: step for step in shown["steps"]}
    assert (steps["agreed"]["waits_for"], steps["agreed"]["why"]) == ("approval", "Go on?")
    assert steps["rest"]["why"] == "`agreed` has not passed yet"
    house.client.ask("answer", run=run, approve=True)
    until(lambda: house.client.ask("show", run=run)["state"] == "done")
    events = house.client.ask("events", run=run)["events"]
    assert next(e["actor"] for e in events if e["kind"] == "StepEnded") == ME


def test_wrong_inputs_are_told_all_at_once(house: House) -> None:
    with pytest.raises(Refused) as refused:
        house.client.ask("run", recipe="asking", set={"days": "soon", "dasy": "1"})
    assert refused.value.refusal.code == "E-input"
    assert "`soon` is no value" in str(refused.value) and "Did you mean `days`?" in str(refused.value)


NOES = [
    ("run", {"recipe": "askin"}, "E-unknown-recipe", "Did you mean `asking`?"),
    ("run", {"recipe": "lined"}, "E-which-line", "Add --line: router, other."),
    ("run", {"recipe": "lined", "line": "roter"}, "E-other-line", "Did you mean `router`?"),
    ("run", {"recipe": "asking", "only": "agred"}, "E-unknown-step", "Did you mean `agreed`?"),
    ("show", {"run": "r99"}, "E-unknown-run", "`sentinel runs` lists them."),
    ("cancel", {"run": "r99"}, "E-unknown-run", "`sentinel runs` lists them."),
    ("runs", {"before": "seven"}, "E-unknown-run", "Ids look like r12."),
    ("logs", {"run": "r99"}, "E-unknown-run", "`sentinel runs` lists them."),
    ("follow", {"run": "r99"}, "E-unknown-run", "`sentinel runs` lists them."),
    ("verdict", {"id": "r1.x.a1"}, "E-unknown-verdict", "`sentinel verdicts` lists them."),
    ("versions", {"line": "ruoter"}, "E-unknown-line", "Did you mean `router`?"),
    ("hold", {"line": "ruoter", "reason": "x"}, "E-unknown-line", "Did you mean `router`?"),
    ("hold", {"line": "router", "reason": "  "}, "E-reason", "Add `--reason TEXT`."),
    ("lineage", {"version": "v0"}, "E-unknown-version", "See `sentinel versions LINE`."),
    ("promote", {"version": "v0", "verdict": "x"}, "E-unknown-version", "See `sentinel versions LINE`."),
    ("down", {"how": "workesr"}, "E-param", "Did you mean `workers`?"),
    ("plan", {"recipe": "askin"}, "E-unknown-recipe", "Did you mean `asking`?"),
    ("backup", {"folder": "relative"}, "E-usage", ""),
    ("notify", {}, "E-config", "Name somebody under `notify:`."),
]


def test_a_no_says_what_to_do(house: House, subtests: pytest.Subtests) -> None:
    for route, given, code, todo in NOES:
        with subtests.test(route=route, given=given):
            with pytest.raises(Refused) as refused:
                house.client.ask(route, **given)
            assert (refused.value.refusal.code, refused.value.refusal.todo) == (code, todo)


def test_the_queue_is_in_the_order_in_which_runs_are_next(house: House) -> None:
    ask = house.client.ask
    begun = ask("run", recipe="asking")["run"]
    until(lambda: ask("show", run=begun)["state"] == "waiting")
    late = ask("run", recipe="asking", set={"days": "1"})["run"]
    soon = ask("run", recipe="asking", set={"days": "2"}, priority=90)["run"]
    listed = ask("queue")["runs"]
    assert [(run["run"], run["position"], run["state"]) for run in listed] == [
        (begun, None, "waiting"), (soon, 1, "queued"), (late, 2, "queued"),
    ]  # fmt: skip
    assert [run["waits"] for run in listed] == [
        "a person's word on `agreed`", "another run of asking to end", "another run of asking to end",
    ]  # fmt: skip
    for wrong in (-1, 101):
        with pytest.raises(Refused, match=f"E-priority: {wrong} is no priority. Give one from 0 to 100."):
            ask("priority", run=late, priority=wrong)
        with pytest.raises(Refused, match="E-priority"):
            ask("run", recipe="asking", priority=wrong)
    ask("priority", run=late, priority=95)
    assert [run["run"] for run in ask("queue")["runs"]] == [begun, late, soon]
    assert ask("queue", limit=1)["more"] == 2


def test_runs_are_paged_and_narrowed(house: House) -> None:
    ask = house.client.ask
    made = [ask("run", recipe="lined", line=line)["run"] for line in ("router", "other", "router")]
    until(lambda: not ask("queue")["runs"])
    assert [run["run"] for run in ask("runs")["runs"]] == made[::-1]
    page = ask("runs", limit=2)
    assert (len(page["runs"]), page["more"]) == (2, True)
    assert [run["run"] for run in ask("runs", before=page["runs"][-1]["run"])["runs"]] == made[:1]
    assert [run["run"] for run in ask("runs", line="other")["runs"]] == [made[1]]
    assert ask("runs", state="failed")["runs"] == []


def test_a_stream_of_events_gives_the_past_after_a_seq_and_then_what_comes(house: House) -> None:
    heard: list[Any] = []

    def listen() -> None:
        for message in house.client.follow("tail", since=0):
            heard.append(message["event"])
            if message["event"]["kind"] == "RunEnded":
                return

    thread = threading.Thread(target=listen)
    thread.start()
    until(lambda: heard)
    house.client.ask("run", recipe="lined", line="router")
    thread.join(60)
    assert not thread.is_alive()
    assert [event["seq"] for event in heard] == list(range(1, len(heard) + 1))
    assert heard[0]["kind"] == "DaemonStarted"


def test_a_listener_that_does_not_keep_up_misses_nothing(house: House) -> None:
    stream = house.client.follow("tail", since=0)
    first = next(stream)["event"]["seq"]
    # what does not keep up is let go; it notices, and reads on from the ledger
    house.loop.call_soon_threadsafe(house.daemon.listeners.clear)
    for line in ("router", "other") * 5:
        house.client.ask("run", recipe="lined", line=line)
    last = until(lambda: not house.client.ask("queue")["runs"] and house.client.ask("status")["last"])
    heard = [first]
    while heard[-1] < last:
        heard.append(next(stream)["event"]["seq"])
    assert heard == list(range(1, last + 1))
    stream.close()


def test_who_hangs_up_is_forgotten(house: House) -> None:
    before = len(house.daemon.listeners)
    stream = house.client.follow("tail", since=0)
    next(stream)
    assert len(house.daemon.listeners) == before + 1
    stream.close()
    until(lambda: len(house.daemon.listeners) == before)


def test_following_a_run_ends_with_the_run(house: House) -> None:
    run = house.client.ask("run", recipe="asking")["run"]
    threading.Timer(0.3, lambda: house.client.ask("answer", run=run, approve=False, reason="no")).start()
    told = list(house.client.follow("follow", run=run))
    assert "run" in told[0] and told[-1]["run"]["state"] == "rejected"
    assert "RunEnded" in {message["event"]["kind"] for message in told if "event" in message}


def test_a_stream_breaks_off_loudly_when_the_daemon_goes(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        stream = house.client.follow("tail", since=0)
        next(stream)
    with pytest.raises(NoDaemon):
        list(stream)


def test_going_down_answers_first(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        assert house.client.ask("down")["workers"] == 0
        until(lambda: not house._thread.is_alive())
    with pytest.raises(NoDaemon, match="sentinel up"):
        house.client.ask("status")


def test_a_broken_edit_is_told_and_the_last_good_version_stays(house: House) -> None:
    recipe = house.workspace / "recipes/asking.yaml"
    recipe.write_text(recipe.read_text().replace("else: reject", "els: reject"))
    told = house.client.ask("reload")
    assert any("recipes/asking.yaml" in fault for fault in told["faults"])
    assert "asking" in told["recipes"]
    assert house.client.ask("status")["faults"] == told["faults"]
    assert house.client.ask("run", recipe="asking")["run"]


def test_of_two_reloads_side_by_side_the_later_one_holds(house: House) -> None:
    """The first had read the files before they were edited, and put the old ones in force after the new."""
    recipe = house.workspace / "recipes/asking.yaml"
    check, has_read, goes_on = house.daemon.check, threading.Event(), threading.Event()

    def slow_at_first(root: Path) -> Any:
        checked = check(root)
        if not has_read.is_set():
            has_read.set()
            goes_on.wait(20)
        return checked

    def reload() -> Any:
        return asyncio.run_coroutine_threadsafe(house.daemon.reload(), house.loop)

    house.daemon.check = slow_at_first
    first = reload()
    assert has_read.wait(20)
    recipe.write_text(recipe.read_text().replace("Ask, and be done.", "Edited."))
    second = reload()
    wait([second], timeout=0.5)
    goes_on.set()
    assert (first.result(20), second.result(20)) == ((), ())
    assert house.daemon.engine.catalogue.files == check(house.workspace).files


def test_the_operators_are_those_of_the_last_good_file(house: House) -> None:
    config = house.workspace / "sentinel.yaml"
    good = config.read_text()
    assert house.site.operators == ()
    config.write_text(good + "operators: [alice]\n")
    house.client.ask("reload")
    assert house.site.operators == ("alice",)
    config.write_text(good + "operators: [alice, bob\n")
    house.client.ask("reload")
    assert house.site.operators == ("alice",)


def test_the_status_says_who_asks_what_they_may_do_and_what_time_it_is(house: House) -> None:
    before = time.time_ns() // 1_000_000
    told = house.client.ask("status")
    assert told["you"] == {"login": login_of(os.geteuid()), "role": OPERATE}
    assert before <= told["at"] <= time.time_ns() // 1_000_000
    house.role = VIEW
    assert house.client.ask("status")["you"]["role"] == VIEW


def test_nothing_of_a_new_node_is_in_use(house: House) -> None:
    assert house.client.ask("nodes")["nodes"][0]["in_use"]["attempts"] == 0


def test_a_plan_says_what_is_never_reused_and_why(house: House) -> None:
    steps = {step["step"]: step for step in house.client.ask("plan", recipe="asking")["steps"]}
    assert (steps["agreed"]["reuse"], steps["agreed"]["why"]) == ("never", "a person is asked each time")
    made = house.client.ask("plan", recipe="working")["steps"][0]
    assert made["reuse"] == "never" and "promises" in made["why"]
    assert made["gives"] == {"rows": "RawSnapshot"} and made["expected_ms"] is None


def test_lines_are_held_released_and_rolled_back_by_name_and_reason(house: House) -> None:
    ask = house.client.ask
    old, new = has_version(house, "a" * 64, champion=True), has_version(house, "b" * 64, champion=True)
    assert ask("versions", line="router")["champion"] == new
    assert ask("hold", line="router", reason="holidays")["held"] == "holidays"
    with pytest.raises(Refused, match="E-held"):
        ask("rollback", line="router", reason="bad")
    ask("release", line="router")
    told = ask("rollback", line="router", reason="it went bad")
    assert told["champion"] == old
    moved = [e for e in ask("events", limit=1000)["events"] if e["kind"] == "AliasMoved"][-2:]
    assert {(e["actor"], e["payload"]["because"]) for e in moved} == {(ME, "rollback")}
    with pytest.raises(Refused, match="E-not-held"):
        ask("release", line="router")
    with pytest.raises(Refused, match="E-not-frozen"):
        ask("acknowledge", line="router", reason="seen")
    assert [each["version"] for each in ask("lineage", version=old)["ancestors"]] == [old]


def test_a_promotion_needs_a_verdict_that_is_on_record(house: House) -> None:
    version = has_version(house, "c" * 64)
    with pytest.raises(Refused, match="E-unknown-verdict"):
        house.client.ask("promote", version=version, verdict="r1.proof.a1")
    assert Promote("champion", "c" * 64, ()).verdicts == ()


def test_pausing_resuming_cancelling_and_retrying(house: House) -> None:
    ask = house.client.ask
    run = ask("run", recipe="asking")["run"]
    until(lambda: ask("show", run=run)["state"] == "waiting")
    ask("pause", run=run, reason="lunch")
    assert ask("queue")["runs"][0]["waits"] == "somebody to resume it: lunch"
    ask("resume", run=run)
    ask("cancel", run=run, reason="enough")
    shown = ask("show", run=run)
    assert (shown["state"], shown["why"]) == ("cancelled", "enough")
    ask("retry", run=run)
    until(lambda: ask("show", run=run)["state"] == "waiting")
    with pytest.raises(Refused, match="E-wrong-state"):
        ask("retry", run=run)


def test_a_backup_holds_the_ledger_and_is_whole_or_not_there(house: House, tmp_path: Path) -> None:
    house.client.ask("run", recipe="lined", line="router")
    told = house.client.ask("backup", folder=str(tmp_path / "kept" / "today"))
    assert told["artifacts"] == 0
    assert (tmp_path / "kept/today/ledger.db").stat().st_size > 0
    with pytest.raises(Refused, match="E-not-empty"):
        house.client.ask("backup", folder=str(tmp_path / "kept" / "today"))
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="E-backup"):
        house.client.ask("backup", folder=str(tmp_path / "file" / "today"))
    assert [each.name for each in (tmp_path / "kept").iterdir()] == ["today"]
