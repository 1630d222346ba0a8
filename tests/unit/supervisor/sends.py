"""Steps that have something sent, ended as their workers would end them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sentinel.contract.attempt import AttemptIn
from sentinel.domain.artifact import Artifact
from sentinel.domain.benchmark import Entry
from sentinel.domain.digest import digest_of
from sentinel.domain.plan import Plan, Port
from sentinel.domain.sending import SEND, SUBMIT, Intended, Sending
from tests.unit.domain.plans import plan, use
from tests.unit.supervisor.floor import ROUTER, House

REPO = "acme/router"
ENTRY = Entry("regression", "accuracy", "bench/tickets", "default", "percent", 91.0, 0.91, 0.86, 0.95, 200, "91 of 100")


def sending_plan(act: str, line: str | None = ROUTER) -> Plan:
    """A plan with one step, which has something sent."""
    step = replace(use("out", does=act, gives=()), gives={"submission": Port("Submission", optional=True)})
    return replace(plan(step), line=line)


def intended(
    told: AttemptIn, does: str, model: str, repo: str = REPO, word: str = "", **change: Any
) -> Intended:  # fmt: skip
    """What a worker would have sent; some of it changed."""
    submission = digest_of([does, model, repo, word])
    made = (Artifact("Submission", submission),)
    entries = (ENTRY,) if does == SUBMIT else ()
    sending = Sending(
        submission, {"submission": made}, does, model, ROUTER, told.run, told.step, False, True, entries, 9
    )
    effect, target = change.pop("effect", SEND), change.pop("target", repo)
    return Intended(effect, target, replace(sending, **change))


def finished(house: House, run: str, intends: Callable[[AttemptIn], Intended]) -> None:
    """End the step of a run with an intent, and with the submission that this is about by itself."""
    told = house.told.attempts[f"{run}.out.a1"]
    said = intends(told)
    lone = {"submission": (Artifact("Submission", digest_of(told.attempt)),)}
    # as if the step had made what else goes along: it would be bound
    made = said.sending.inputs if "submission" in said.sending.inputs else lone
    house.finish(told.attempt, outputs=made, intends=said)


def want(house: House, act: str, model: str, repo: str = REPO, **more: Any) -> str:
    """Run a step to its end that wants this sent."""
    run = house.queue(sending_plan(act))
    finished(house, run, lambda told: intended(told, act, model, repo, **more))
    return run


def rows(house: House) -> list[tuple[str, str]]:
    """Every delivery and its state."""
    reads = house.engine.ledger.reads
    found = [reads.delivery(f"d{number}") for number in range(1, reads.last_delivery() + 1)]
    return [(row.id, row.state) for row in found if row is not None]
