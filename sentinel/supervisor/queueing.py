"""Asking for a run: a fresh one in the queue, or the one that is there already."""

from dataclasses import dataclass

from sentinel.domain.digest import Json
from sentinel.domain.plan import Plan
from sentinel.domain.run.events import RunQueued
from sentinel.domain.streams import stream_of
from sentinel.supervisor.work import Work


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for: a plan, for a line, with these inputs, because of this."""

    plan: Plan
    line: str | None
    inputs: Json
    trigger: str
    reason: str
    priority: int | None = None
    kind: str = "recipe"
    only: str | None = None
    parent: str | None = None
    parent_step: str | None = None
    purpose: Json = None
    commit: str | None = None
    dirty: bool = False


def queue_run(work: Work, ask: Ask) -> str:
    """Put a run in the queue, with its own copy of the plan."""
    digest = work.keep_plan(ask.plan)
    run = work.ledger.next_run()
    priority = ask.plan.policy.priority if ask.priority is None else ask.priority
    body = RunQueued(
        ask.plan.recipe, ask.line, digest, ask.inputs, priority, ask.trigger, ask.reason, ask.commit, ask.dirty,
        ask.kind, ask.only, ask.parent, ask.parent_step, ask.purpose,
    )  # fmt: skip
    work.apply(stream_of("run", run), [body])
    return run
