"""What is on record, a page at a time: events of some streams, verdicts of a gate or a line."""

from typing import Any

import pytest

from sentinel.api import routes_record, routes_verdicts
from sentinel.contract.attempt import LOG
from sentinel.domain.artifact import Artifact
from sentinel.domain.kept import ArtifactKept
from sentinel.domain.refusal import Refused
from sentinel.domain.run.events import AttemptEnded, GateJudged, StepEnded
from sentinel.domain.verdict import Verdict
from sentinel.supervisor.engine import Done
from tests.unit.api.house import House
from tests.unit.api.test_routes import until

JUDGED = """\
recipe: judged
line: [router, other]
steps: [{id: made, use: program, with: {run: sleeper}, gives: {rows: RawSnapshot}}]
"""


def seqs(house: House, **given: Any) -> list[int]:
    """The seqs of a page of events."""
    return [event["seq"] for event in house.client.ask("events", **given)["events"]]


def toggles(house: House, line: str, times: int) -> None:
    """A line is held and released, so many times."""
    for _ in range(times):
        house.client.ask("hold", line=line, reason="x")
        house.client.ask("release", line=line)


def test_events_are_leafed_back_through_the_oldest_of_each_page_first(house: House) -> None:
    toggles(house, "router", 5)
    every = seqs(house, since=0, limit=1000)
    last = seqs(house, limit=4)
    assert last == every[-4:]
    assert seqs(house, before=last[0], limit=4) == every[-8:-4]
    assert seqs(house, before=1) == []
    with pytest.raises(Refused, match="E-param"):
        seqs(house, before=9, since=1)


def test_the_events_of_a_stream_go_by_its_name_and_those_of_several_by_its_beginning(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    toggles(house, "router", 2)
    toggles(house, "other", 3)
    toggles(house, "router", 1)
    every = house.client.ask("events", since=0, limit=1000)["events"]
    router = [e["seq"] for e in every if e["stream"] == "line/router"]
    lines = [e["seq"] for e in every if e["stream"].startswith("line/")]
    assert seqs(house, stream="line/router") == router
    assert seqs(house, stream="line/router", limit=2) == router[-2:]
    assert seqs(house, stream="line/router", before=router[-2], limit=2) == router[-4:-2]
    assert seqs(house, stream="line/router", since=router[0]) == router[1:]
    monkeypatch.setattr(routes_record, "_STRETCH", 3)
    assert seqs(house, stream="line/") == lines
    assert seqs(house, stream="line/", limit=5) == lines[-5:]
    assert seqs(house, stream="line/", before=lines[-5], limit=4) == lines[-9:-5]
    assert seqs(house, stream="nothing") == []


def test_of_a_run_with_very_many_events_the_latest_are_shown(house: House) -> None:
    """The last of its first thousand were."""
    run = house.client.ask("run", recipe="asking")["run"]
    until(lambda: house.client.ask("show", run=run)["state"] == "waiting")

    def often(engine: Any) -> Any:
        bodies = [_priority(number) for number in range(1200)]
        return engine.do("test", lambda work: work.apply(f"run/{run}", bodies))

    house.do(often)
    (last,) = house.client.ask("events", run=run, limit=1)["events"]
    assert last["payload"]["priority"] == 1199 % 100


def _priority(number: int) -> Any:
    from sentinel.domain.run.events import RunReprioritised

    return RunReprioritised(number % 100)


def judged(house: House, line: str, gate: str) -> str:
    """A verdict of a gate in a run for a line."""
    run = house.client.ask("run", recipe="judged", line=line)["run"]
    attempt: str = f"{run}.made.a1"
    until(lambda: any(step["attempts"] for step in house.client.ask("show", run=run)["steps"]))
    ended = AttemptEnded("made", attempt, "succeeded", {}, "", None, None, 0, 0, False)
    told = GateJudged("made", attempt, Verdict(gate, "pass", "it is better", "a" * 64, None, 1, ()))
    house.do(lambda engine: engine.do("test", lambda work: work.apply(f"run/{run}", [ended, told])))
    house.do(lambda engine: Done(engine.floor.release(attempt)))
    return attempt


def ids(house: House, **given: Any) -> tuple[list[str], bool]:
    """The verdicts of a page, and whether there are more."""
    told = house.client.ask("verdicts", **given)
    return [each["verdict_id"] for each in told["verdicts"]], told["more"]


@pytest.mark.parametrize("at_once", [1, 2, 200])
def test_verdicts_are_narrowed_to_a_gate_or_a_line_and_leafed_back_through(
    house: House, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(routes_verdicts, "_AT_ONCE", at_once)
    (house.workspace / "recipes/judged.yaml").write_text(JUDGED)
    assert house.client.ask("reload")["faults"] == []
    told = [("router", "promotion"), ("other", "promotion"), ("router", "release"), ("router", "promotion")]
    a, b, c, d = [judged(house, line, gate) for line, gate in told]
    assert ids(house) == ([d, c, b, a], False)
    assert ids(house, limit=2) == ([d, c], True)
    assert ids(house, before=c) == ([b, a], False)
    assert ids(house, gate="promotion") == ([d, b, a], False)
    assert ids(house, line="router", limit=2) == ([d, c], True)
    assert ids(house, line="router", limit=2, before=c) == ([a], False)
    assert ids(house, line="router", gate="promotion", limit=1) == ([d], True)
    assert ids(house, line="none") == ([], False)
    assert ids(house, subject="a" * 64, limit=3) == ([d, c, b], True)
    assert ids(house, subject="b" * 64) == ([], False)
    assert ids(house, run=a.partition(".")[0], gate="release") == ([], False)
    with pytest.raises(Refused, match="E-unknown-verdict"):
        ids(house, before="r9.made.a1")


def logged(house: House, run: str, **given: Any) -> str:
    """What the one worker of a run wrote."""
    return "".join(each["line"] for each in house.client.follow("logs", run=run, **given))


def test_a_log_is_told_from_the_line_that_goes_on_so_many_bytes_before_its_end(house: House) -> None:
    run = house.client.ask("run", recipe="working")["run"]
    (attempt,) = until(lambda: house.client.ask("show", run=run)["steps"][0]["attempts"])
    log = house.workspace / ".sentinel" / "attempts" / attempt["attempt"] / LOG
    log.write_text("one\ntwo\nthree\n")
    for last, told in ((100, "one\ntwo\nthree\n"), (14, "one\ntwo\nthree\n"), (13, "two\nthree\n"),
                       (10, "two\nthree\n"), (9, "three\n"), (6, "three\n"), (5, ""), (0, ""), (-1, "")):  # fmt: skip
        assert logged(house, run, last=last) == told, last
    log.write_text("x" * 200_000)  # no line begins there: it is told from within
    assert logged(house, run, last=150_000) == "x" * 150_000
    log.unlink()
    assert logged(house, run, last=5) == ""


def test_a_run_tells_what_its_steps_bind_and_took_and_how_large_that_is(house: House) -> None:
    run = house.client.ask("run", recipe="working")["run"]
    attempt = until(lambda: house.client.ask("show", run=run)["steps"][0]["attempts"])[0]["attempt"]
    (step,) = house.client.ask("show", run=run)["steps"]
    assert (step["binds"], step["attempts"][0]["inputs"]) == ({}, {})
    assert house.client.ask("artifacts", run=run)["artifacts"] == []

    made = Artifact("RawSnapshot", "5" * 64)
    ended = AttemptEnded("made", attempt, "succeeded", {"rows": (made,)}, "", None, None, 0, 0, False)
    done = StepEnded("made", "done", "done", {"rows": (made,)}, "")
    kept = ArtifactKept("RawSnapshot", 1234, attempt)
    house.do(lambda engine: engine.do("test", lambda work: work.apply(f"artifact/{made.digest}", [kept])))
    house.do(lambda engine: engine.do("test", lambda work: work.apply(f"run/{run}", [ended, done])))
    house.do(lambda engine: Done(engine.floor.release(attempt)))
    (told,) = house.client.ask("artifacts", run=run)["artifacts"]
    assert (told["digest"], told["size"], told["here"]) == (made.digest, 1234, False)
    with pytest.raises(Refused, match="E-unknown-run"):
        house.client.ask("artifacts", run="r99")
