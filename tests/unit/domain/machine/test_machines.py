"""The pure core under random plans and random commands, and the bugs that the machines have to find."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from sentinel.domain.line import decide as line
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import advance, decide, endings, evolve, moves, standing
from sentinel.domain.run import events as e
from sentinel.domain.run.state import Run
from tests.effort import often, slow
from tests.unit.domain.machine.lines import LineMachine
from tests.unit.domain.machine.runs import RunMachine

ENOUGH = settings(
    max_examples=often(40, 1000), stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
# the same commands each time, and no time lost on making a failure small: it is known what it is
SEEDED = settings(ENOUGH, max_examples=5000, derandomize=True, database=None, phases=[Phase.generate])

Bug = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("machine", [RunMachine, LineMachine])
def test_whatever_is_asked_in_whatever_order_the_rules_hold(machine: type[RuleBasedStateMachine]) -> None:
    run_state_machine_as_test(machine, settings=ENOUGH)


def nothing(*_: object) -> None:
    """What a check finds that is not made."""


def no_bars(patch: pytest.MonkeyPatch) -> None:
    """Steps start below a gate that has not passed."""
    patch.setattr(standing, "_bars", nothing)


def no_when(patch: pytest.MonkeyPatch) -> None:
    """Steps start whatever their `when:` says."""
    patch.setattr(standing, "_when", nothing)


def no_after(patch: pytest.MonkeyPatch) -> None:
    """Steps start before what they come after."""
    patch.setattr(standing, "_after", nothing)


def no_halt(patch: pytest.MonkeyPatch) -> None:
    """Steps start in a run that a failure has ended."""
    patch.setattr(standing, "halted", nothing)


def any_step_halts(patch: pytest.MonkeyPatch) -> None:
    """A lifted gate counts as one that did not pass."""
    patch.setattr(standing, "passed", lambda step, state: state.outcome in ("pass", "approved"))


def stuck_between_tries(patch: pytest.MonkeyPatch) -> None:
    """What waits for a retry in a run that is ending is never given up."""
    patch.setattr(advance, "_given_up", lambda *_: [])


def ends_early(patch: pytest.MonkeyPatch) -> None:
    """A step with `each` ends before its elements have."""
    patch.setattr(advance, "_gather", lambda run, step: [e.StepEnded(step.id, "done", "done", {}, "")])


def never_loses_patience(patch: pytest.MonkeyPatch) -> None:
    """A lost attempt is tried again for ever."""
    patch.setattr(endings, "LOST_AT_MOST", 10**9)


def tries_once_too_often(patch: pytest.MonkeyPatch) -> None:
    """A failed step is tried whether its retry is used up or not."""
    patch.setattr(endings, "_again", lambda run, attempt, command, at: at if command.end == "failed" else None)


def starts_twice(patch: pytest.MonkeyPatch) -> None:
    """A step that runs is started again."""
    patch.setitem(moves.STEP_MOVES, "running", frozenset({*moves.STEP_MOVES["running"], "running"}))

    def free(run: Run, key: str, at: int) -> standing.Ready | Refusal:
        stands = standing.standing(run, key)
        return stands if isinstance(stands, standing.Ready) else Refusal("E-not-startable", "It is not ready.")

    patch.setattr(decide, "_free", free)


def starts_while_ending(patch: pytest.MonkeyPatch) -> None:
    """A run that is being cancelled goes on starting steps."""
    patch.setattr(decide, "_startable", decide._free)


def ends_with_live_attempts(patch: pytest.MonkeyPatch) -> None:
    """A cancelled run ends while its attempts run."""
    patch.setattr(Run, "live", lambda run: [])


def forgets_an_event(patch: pytest.MonkeyPatch) -> None:
    """An event changes nothing."""
    patch.setitem(evolve._EVOLVE, e.GateLifted, lambda run, body, at, actor: run)


def remembers_outside_its_events(patch: pytest.MonkeyPatch) -> None:
    """A state depends on more than its events."""
    seen = iter(range(10**9))
    spread = evolve._EVOLVE[e.StepWaiting]

    def waiting(run: Run, body: e.StepWaiting, at: int, actor: str) -> Run:
        after: Run = spread(run, body, at + next(seen), actor)
        return after

    patch.setitem(evolve._EVOLVE, e.StepWaiting, waiting)


def keeps_old_reports(patch: pytest.MonkeyPatch) -> None:
    """A new round redoes steps that it must not."""
    begun = advance._next_round

    def every(run: Run, gate: Any, aliases: Any) -> e.RoundBegun:
        body = begun(run, gate, aliases)
        ended = tuple(step.id for step in run.plan.steps if run.step(step.id).ended)
        return e.RoundBegun(body.gate, (*ended, gate.id), body.round, body.aliases)

    patch.setattr(advance, "_next_round", every)


def waits_for_ever(patch: pytest.MonkeyPatch) -> None:
    """What is due is not noticed."""
    patch.setattr(advance, "_due", lambda *_: [])


RUN_BUGS: list[Bug] = [
    no_bars, no_when, no_after, no_halt, any_step_halts, stuck_between_tries, ends_early, never_loses_patience,
    tries_once_too_often, starts_twice, starts_while_ending, ends_with_live_attempts, forgets_an_event,
    remembers_outside_its_events, keeps_old_reports, waits_for_ever,
]  # fmt: skip
HARD_TO_FIND = ("keeps_old_reports", "without_E-stale-verdict")


def without(code: str) -> Bug:
    """The line's check of a verdict with one of its refusals left out."""

    def bug(patch: pytest.MonkeyPatch) -> None:
        unfit = line._unfit

        def check(*given: Any) -> Any:
            refusal = unfit(*given)
            return None if refusal is not None and refusal.code == code else refusal

        patch.setattr(line, "_unfit", check)

    bug.__name__ = f"without_{code}"
    return bug


def thaws(patch: pytest.MonkeyPatch) -> None:
    """Frozen weights are promoted."""
    patch.setattr(line, "_frozen", nothing)


def moves_though_held(patch: pytest.MonkeyPatch) -> None:
    """A held line moves its aliases."""
    patch.setattr(line, "_held", nothing)


def registers_again(patch: pytest.MonkeyPatch) -> None:
    """A version that is known is registered anew, and what was known of it is lost."""
    register = line._register

    def always(known: Any, command: Any) -> Any:
        return register(known, command) or register(type(known)(known.name), command)

    patch.setitem(line._DECIDE, line.Register, always)


LINE_BUGS: list[Bug] = [
    without("E-not-passed"), without("E-other-subject"), without("E-stale-verdict"), thaws, moves_though_held,
    registers_again,
]  # fmt: skip


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("machine", "bug"),
    [
        (slow if bug.__name__ in HARD_TO_FIND else pytest.param)(machine, bug)
        for machine, bugs in ((RunMachine, RUN_BUGS), (LineMachine, LINE_BUGS))
        for bug in bugs
    ],
    ids=lambda value: value.__name__,
)
def test_a_seeded_bug_is_found(machine: type[RuleBasedStateMachine], bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug(monkeypatch)
    with pytest.raises((AssertionError, moves.IllegalMove)):
        run_state_machine_as_test(machine, settings=SEEDED)
