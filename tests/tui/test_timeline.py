"""The timeline of a run, which run is next to it, and where Enter leads."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sentinel.tui.known.run_list import neighbour
from sentinel.tui.shown.about_event import leads as leads_from_event
from sentinel.tui.shown.about_run import leads
from sentinel.tui.shown.timeline import Span, gantt, telling

MOMENT = st.integers(0, 10**6)


@given(MOMENT, MOMENT, MOMENT, st.one_of(st.none(), MOMENT), st.one_of(st.none(), MOMENT), st.integers(0, 80))
def test_a_bar_lies_within_its_width(first: int, last: int, now: int, start: int, end: int, width: int) -> None:
    drawn = gantt(start, end, Span(min(first, last), max(first, last) + 1, now), width)
    assert len(drawn) == (width if start is not None else 0)
    assert not drawn or (drawn.strip() and not drawn.strip().strip("━▏"))


def test_bars_lie_where_their_steps_lay() -> None:
    span = Span(0, 1000, 500)
    assert gantt(0, 1000, span, 10) == "━" * 10
    assert gantt(500, 700, span, 10) == "     ━━   "
    assert gantt(300, None, span, 10) == "   ━━     "  # it still runs
    assert gantt(400, 401, span, 10) == "    ▏     "
    assert gantt(1000, 1000, span, 10) == "         ▏"


def step(name: str, state: str = "done", **more: Any) -> dict[str, Any]:
    """A step as the daemon tells of it."""
    return {"step": name, "state": state, "attempts": [{"attempt": f"r1.{name}.a1"}], "verdict": None, "child": None,
            "reused_from": None, "started_at": 0, "ended_at": 5, **more}  # fmt: skip


def test_what_runs_waits_or_went_wrong_is_looked_at_first_else_what_took_longest() -> None:
    held = [step("a"), step("b", ended_at=9), step("c", "pending", attempts=[]), step("d", "skipped", attempts=[])]
    assert telling({"steps": held}) == "b"
    held.append(step("e", "failed"))
    assert telling({"steps": held}) == "e"
    held.append(step("f", "waiting", attempts=[]))
    assert telling({"steps": held}) == "f"
    held.append(step("g", "running"))
    assert telling({"steps": held}) == "g"
    assert telling({"steps": []}) is None


def test_enter_on_a_step_leads_where_it_is_seen_whole() -> None:
    assert leads(step("a", verdict={"verdict": "pass"})) == ("gates", {"verdict": "r1.a.a1"})
    assert leads(step("a", child="r7")) == ("run", {"run": "r7"})
    assert leads(step("a", reused_from="r3.trained.0.a2")) == ("run", {"run": "r3", "step": "trained.0"})
    assert leads(step("a")) == ("log", {})


def test_enter_on_an_event_leads_to_what_it_is_about() -> None:
    def of(stream: str, kind: str = "X", **payload: Any) -> Any:
        return leads_from_event({"stream": stream, "kind": kind, "payload": payload})

    assert of("run/r1", step="a.0") == ("run", {"run": "r1", "step": "a.0"})
    assert of("run/r1", "RunEnded", state="done") == ("run", {"run": "r1"})
    assert of("run/r1", "GateJudged", attempt="r1.g.a1") == ("gates", {"verdict": "r1.g.a1"})
    assert of("run/r1", "SubrunStarted", step="a", run="r2") == ("run", {"run": "r2"})
    assert of("line/tickets", version="v1") == ("models", {"line": "tickets", "version": "v1"})
    assert of("trigger/days.tickets.cron.0", "TriggerFired", run="r2") == ("run", {"run": "r2"})
    assert of("trigger/life.tickets.drift.canary") == ("drift", {"line": "tickets"})
    assert of("trigger/board.-.cron.0") == ("recipes", {"recipe": "board"})
    assert of("feed/tickets.canary.accuracy") == ("drift", {"line": "tickets"})
    assert of("outcome/3ce", line="tickets") == ("drift", {"line": "tickets"})
    assert of("delivery/d1", "DeliveryIntended", content={"run": "r4"}) == ("run", {"run": "r4"})
    assert of("artifact/55", "ArtifactKept", attempt="r4.a.0.a1") == ("run", {"run": "r4", "step": "a.0"})
    assert of("house", "FilesTaken", files={}) == ("recipes", {})
    assert of("house", "NodeSeen") is None and of("delivery/d1", "DeliveryDone", receipt={}) is None


@given(st.sets(st.integers(1, 60), min_size=1, max_size=30), st.integers(1, 60))
def test_next_to_a_run_is_the_nearest_that_is_known_and_beyond_them_the_next_number(known: set[int], at: int) -> None:
    older, newer = neighbour(list(known), at, -1), neighbour(list(known), at, 1)
    below, above = {each for each in known if each < at}, {each for each in known if each > at}
    assert older == (max(below) if below else at - 1 if at > 1 else None)
    assert newer == (None if not above else min(above) if at >= min(known) else at + 1)
