"""Asking for a run: a fresh one in the queue, or the one that is there already."""

from dataclasses import dataclass, replace
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.needs import Needs
from sentinel.domain.plan import Input, Plan, PlannedStep, Policy, Port, Source
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


def asked_plan(
    verb: str, line: str | None, use: str, params: Json, gives: dict[str, Port], takes: dict[str, Port] | None = None,
    **more: Any,
) -> Plan:  # fmt: skip
    """The plan of a verb that computes: one step, whose ports are the run's inputs."""
    makes = "version" if use == "import" else None
    needs = Needs(memory=2 * 2**30)
    binds: dict[str, tuple[Source, ...]] = {
        port: (Source("input", port, maybe=held.optional),) for port, held in (takes or {}).items()
    }
    step = PlannedStep(verb, "use", use, params=params, gives=gives, takes=takes or {}, binds=binds, makes=makes,
                       needs=needs)  # fmt: skip
    inputs = {port: Input(held.kind) for port, held in (takes or {}).items()}
    return Plan(verb, f"sentinel {verb}", line, inputs, (replace(step, **more),), Policy(priority=80), {}, "")
