"""The wiring check over plans alone: what can be reached, what is skipped, what waits for what."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sentinel.contract.wiring import Facts, wiring_faults
from sentinel.domain.needs import Needs, Slots
from sentinel.domain.plan import Approval, GatePlan, Input, Plan, PlannedCheck, PlannedStep, Policy, Port, Source
from tests.bad.stock import STOCK

GIVES = {"out": Port("Dataset"), "list": Port("Dataset", many=True)}
GATE = GatePlan("q", "d", (PlannedCheck("floor", 1, {}, ("candidate",)),), "candidate", "champion")


def source(text: str) -> Source:
    name, _, port = text.removesuffix("?").partition(".")
    of = {"it": "it", "inputs": "input", "champion": "alias"}.get(name, "step")
    return Source(of, port if of == "input" else name, "" if of == "input" else port, text.endswith("?"))


def use(name: str, takes: Mapping[str, Port] | None = None, **binds: str | list[str]) -> PlannedStep:
    sources = {p: tuple(map(source, held if isinstance(held, list) else [held])) for p, held in binds.items()}
    ports = {port: Port("Dataset", optional=True) for port in binds} if takes is None else dict(takes)
    return PlannedStep(name, "use", "work", binds=sources, takes=ports, gives=GIVES)


def gate(name: str, candidate: str, **more: Any) -> PlannedStep:
    takes, gives = {"candidate": Port("Dataset")}, {"verdict": Port("Verdict")}
    binds = {"candidate": (source(candidate),)}
    return PlannedStep(name, "gate", "gate", binds=binds, takes=takes, gives=gives, gate=GATE, **more)


def ask(name: str, **more: Any) -> PlannedStep:
    return PlannedStep(name, "approve", "approve", approval=Approval("?", 1, "reject"), **more)


def with_(step: PlannedStep, **more: Any) -> PlannedStep:
    return replace(step, **more)


def told(*steps: PlannedStep, inputs: dict[str, Input] | None = None, **facts: Any) -> list[tuple[str, str]]:
    """Each fault's code, and the step that it is about."""
    plan = Plan("r", "", None, inputs or {}, steps, Policy(), {}, "d")
    found = wiring_faults(plan, Facts(STOCK, **facts))
    return [(fault.code, steps[fault.at[1]].id if isinstance(fault.at[1], int) else "") for fault in found]


def test_steps_that_bind_what_is_there_have_no_faults() -> None:
    assert told(use("a"), use("b", x="a.out"), use("c", x="b.out", y="a.out")) == []


def test_a_step_may_bind_one_below_it_where_no_bar_is_between() -> None:
    assert told(use("a", x="b.out"), use("b")) == []


def test_a_bar_that_binds_a_step_below_itself_waits_for_itself() -> None:
    assert told(gate("g", "b.out"), use("b")) == [("E-cycle", "g")]
    assert told(with_(ask("g"), after=("b",)), use("b")) == [("E-cycle", "g")]


def test_a_bar_between_two_steps_that_go_the_wrong_way_makes_a_ring() -> None:
    assert told(use("a", x="c.out"), gate("g", "a.out"), use("c")) == [("E-cycle", "a")]


def test_rings_are_each_told_once() -> None:
    assert told(use("a", x="b.out"), use("b", x="a.out"), use("c", x="c.out"), use("d", x="a.out")) == [
        ("E-cycle", "a"), ("E-cycle", "c"),
    ]  # fmt: skip


def test_a_step_below_a_gate_may_ask_for_its_failure() -> None:
    assert told(use("a"), gate("g", "a.out"), with_(use("t"), when={"g": ("fail", "freeze")})) == []


def test_a_step_that_asks_for_a_failure_and_binds_what_needs_a_pass_is_never_reached() -> None:
    steps = [use("a"), gate("g", "a.out"), use("b"), with_(use("t", x="b.out"), when={"g": ("fail",)})]
    assert told(*steps) == [("E-unreachable", "t")]


def test_a_step_below_a_second_bar_has_to_name_it_too() -> None:
    steps = [use("a"), gate("g", "a.out"), ask("ok"), with_(use("t"), when={"g": ("fail",)})]
    assert told(*steps) == [("E-unreachable", "t")]
    steps[3] = with_(use("t"), when={"g": ("fail",), "ok": ("skipped",)})
    assert told(*steps) == []


def test_a_step_that_is_never_reached_takes_those_behind_it_silently() -> None:
    steps = [use("a"), gate("g", "a.out"), use("b"), with_(use("t", x="b.out"), when={"g": ("fail",)})]
    steps.append(use("u", x="t.out"))
    assert told(*steps) == [("E-unreachable", "t")]


def test_a_when_on_a_step_that_was_skipped_does_not_ask_that_it_ran() -> None:
    steps = [use("a"), gate("g", "a.out"), use("b"), with_(use("t"), when={"g": ("fail",), "b": ("skipped",)})]
    assert told(*steps) == []


def test_two_whens_that_exclude_each_other_are_never_both_true() -> None:
    steps = [use("a"), gate("g", "a.out"), with_(use("t"), when={"g": ("fail",)})]
    steps.append(with_(use("u"), when={"t": ("done",), "g": ("pass",)}))
    assert told(*steps) == [("E-unreachable", "u")]


@pytest.mark.parametrize(("outcome", "fine"), [("pass", True), ("failed", False), ("skipped", True), ("done", False)])
def test_a_gate_ends_with_a_verdict_or_is_skipped(outcome: str, fine: bool) -> None:
    found = told(use("a"), gate("g", "a.out"), with_(use("t"), when={"g": (outcome,)}))
    assert found == ([] if fine else [("E-outcome", "t")])


def test_what_a_step_of_unknown_ports_gives_is_not_guessed_at() -> None:
    lost = PlannedStep("lost", "use")
    assert told(lost, use("b", x="lost.whatever"), unknown=frozenset({0})) == []
    assert told(lost, use("b", x="lost.whatever")) == [("E-unknown-port", "b")]


def test_a_question_mark_is_legal_where_the_step_alone_is_skipped() -> None:
    need = {"x": Port("Model")}
    assert told(use("before", need, x="champion.model?")) == []


def test_a_question_mark_is_legal_where_what_comes_of_it_may_be_left_out() -> None:
    need = {"x": Port("Model")}
    assert told(use("before", need, x="champion.model?"), use("b", y="before.out?")) == []


def test_a_question_mark_that_would_skip_more_than_its_step_is_a_fault() -> None:
    need = {"x": Port("Model")}
    assert told(use("before", need, x="champion.model?"), use("b", y="before.out")) == [("E-required", "before")]


def test_a_gate_may_not_be_skipped_by_a_question_mark() -> None:
    assert told(gate("g", "champion.dataset?")) == [("E-required", "g")]


def test_a_question_mark_on_what_is_always_there_is_a_fault() -> None:
    assert told(use("a"), use("b", x="a.out?")) == [("E-maybe", "b")]
    assert told(use("b", x="inputs.d?"), inputs={"d": Input("Dataset", required=True)}) == [("E-maybe", "b")]


def test_each_takes_an_element_and_gives_a_list() -> None:
    over = with_(use("b", x="it"), each=source("a.list"))
    assert told(use("a"), over, with_(use("c", x="it"), each=source("b.out"))) == []
    assert told(use("a"), over, use("c", x="b.out")) == [("E-list", "c")]


def test_a_gate_and_a_step_that_nobody_can_run_are_told_with_what_lacks() -> None:
    steps = [with_(use("a"), needs=Needs(gpus=2, gpu_memory=8, memory=1))]
    assert told(*steps, nodes={"n": Slots(4, 1, 8, 8), "m": Slots(4, 2, 4, 8)}) == [("E-needs", "a")]
    assert told(*steps, nodes={"n": Slots(4, 1, 8, 8), "m": Slots(4, 2, 8, 8)}) == []


def test_faults_are_told_up_to_a_bound() -> None:
    steps = [use(f"s{number}", x="gone.out") for number in range(300)]
    plan = Plan("r", "", None, {}, tuple(steps), Policy(), {}, "d")
    assert len(wiring_faults(plan, Facts(STOCK), most=7)) == 7
