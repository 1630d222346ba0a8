"""What gets into the outbox: what steps want to have sent, once each, and in the order in which it was wanted.

A repository holds one publication. One that is wanted later takes the place of those that still wait, so that no old
version comes after a new one; and scores of ours go with what is published, so that they are laid beside it again.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from sentinel.contract.attempt import AttemptOut
from sentinel.domain.delivery import Delivery, DeliveryAskedAgain, DeliveryIntended, DeliveryOvertaken
from sentinel.domain.form import to_json
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.state import Attempt, Run
from sentinel.domain.sending import PUBLISH, SEND, SENDS, SUBMIT, Sending, key_of, unfit
from sentinel.domain.streams import stream_of
from sentinel.ledger.tables import SendingRow
from sentinel.supervisor.alerts import all_clear
from sentinel.supervisor.work import Work

if TYPE_CHECKING:
    from sentinel.supervisor.engine import Done, Engine

UNDELIVERED = "undelivered"
_LATEST = 50
"""So many of the latest sendings to a repository are looked at."""


def unfit_intent(run: Run, result: AttemptOut) -> Refusal | None:
    """Why what a worker wants to have sent may not be: another step has nothing sent, and nothing of another's."""
    told = result.intends
    if told is None or result.end != "succeeded":
        return None
    attempt = run.attempts[result.attempt]
    held = [*attempt.inputs.values(), *result.outputs.values()]
    why = unfit(told, frozenset(artifact.digest for artifacts in held for artifact in artifacts))
    if run.planned(attempt.step).use != told.sending.act:
        why = "the step has nothing of that sort sent"
    return None if why is None else Refusal("E-intent", f"What it wants to have sent cannot be: {why}.", attempt.step)


def intend(work: Work, run: Run, attempt: Attempt, result: AttemptOut) -> None:
    """Put on record what a step wants to have sent. What is wanted already is not wanted twice."""
    told = result.intends
    if told is None:
        return
    sending = replace(told.sending, run=run.id, step=attempt.step, line=run.line)
    before = _published(work, told.target) if sending.act == PUBLISH else None
    key = key_of(told.target, sending.submission)
    if before is not None:
        same = before.submission == sending.submission
        key = before.key if same else key_of(told.target, sending.submission, before.key)
    _want(work, told.target, key, sending)


def again(engine: "Engine", actor: str, name: str) -> "Done":
    """Try a delivery once more that was given up, or now that waits for its next try."""

    def act(work: Work) -> Refusal | str:
        delivery: Delivery = work.state(stream_of("delivery", name))
        if not delivery.state:
            return Refusal("E-param", f"There is no delivery {name!r}.", todo="`sentinel board` lists what is sent.")
        if delivery.state == "overtaken":
            todo = "To have the older one there, run the step that publishes it again."
            return Refusal("E-not-waiting", f"{name} was overtaken: {delivery.why}.", todo=todo)
        if delivery.state not in ("given-up", "waiting"):
            what = f"{name} is {'on its way' if delivery.state == 'trying' else 'done'}."
            return Refusal("E-not-waiting", what, todo="Nothing has to be done.")
        _ask_again(work, name)
        return name

    return engine.do(actor, act)


def lay_again(work: Work, done: Delivery) -> None:
    """A publication has taken the place of all that was there, scores too: those of this very model go beside it."""
    if done.effect != SEND or done.content["act"] != PUBLISH:
        return
    laid: set[str] = set()
    for row in work.ledger.reads.sendings_to(done.target, SUBMIT, _LATEST):
        if row.model != done.content["model"] or row.request or row.submission in laid:
            continue
        laid.add(row.submission)
        before: Delivery = work.state(stream_of("delivery", row.delivery))
        key = key_of(done.target, row.submission, done.key)
        if before.state in ("done", "given-up", "overtaken") and work.ledger.reads.sending(key) is None:
            _put_in(work, done.target, key, before.content)
            if before.state == "given-up":
                _overtake(work, before, done.id)


def overtaken_by(work: Work, delivery: Delivery) -> str | None:
    """The delivery that was wanted later for the same place, where this one would undo it or can never succeed."""
    later = _published(work, delivery.target) if delivery.effect == SEND else None
    if later is None or later.num <= int(delivery.id[1:]) or not _is_undone(delivery, later.model):
        return None
    return later.delivery


def _want(work: Work, target: str, key: str, sending: Sending) -> None:
    there = _held(work, key)
    while there is not None and there.state == "overtaken":
        key = key_of(target, sending.submission, key)  # what was overtaken is wanted after all, once more
        there = _held(work, key)
    if there is None:
        name = _put_in(work, target, key, to_json(sending))
    else:
        name = there.id
        if there.state == "given-up":
            _ask_again(work, name)
    if sending.act == PUBLISH:
        _take_place(work, target, name, sending.model)


def _held(work: Work, key: str) -> Delivery | None:
    """The delivery that has a key."""
    row = work.ledger.reads.sending(key)
    return work.state(stream_of("delivery", row.delivery)) if row is not None else None


def _put_in(work: Work, target: str, key: str, content: object) -> str:
    name = work.ledger.next_delivery()
    work.apply(stream_of("delivery", name), [DeliveryIntended(SEND, target, key, content)])
    return name


def _take_place(work: Work, target: str, by: str, model: str) -> None:
    """What waits for the repository, or was given up, and would only undo this one is not sent any more."""
    for act in SENDS:
        for row in work.ledger.reads.sendings_to(target, act, _LATEST):
            older: Delivery = work.state(stream_of("delivery", row.delivery))
            if older.id != by and older.state in ("waiting", "given-up") and _is_undone(older, model):
                _overtake(work, older, by)


def _is_undone(older: Delivery, model: str) -> bool:
    """Whether a later publication of a model leaves no place for this."""
    content = older.content
    return content["act"] == PUBLISH or (not content["request"] and content["model"] != model)


def _published(work: Work, target: str) -> SendingRow | None:
    """What was last wanted to be published at a repository, and not given up."""
    for row in work.ledger.reads.sendings_to(target, PUBLISH, _LATEST):
        delivery: Delivery = work.state(stream_of("delivery", row.delivery))
        if delivery.state not in ("given-up", "overtaken"):
            return row
    return None


def _overtake(work: Work, older: Delivery, by: str) -> None:
    work.apply(stream_of("delivery", older.id), [DeliveryOvertaken(by)])
    all_clear(work, UNDELIVERED, older.id, f"{by} takes its place")


def _ask_again(work: Work, name: str) -> None:
    work.apply(stream_of("delivery", name), [DeliveryAskedAgain()])
    all_clear(work, UNDELIVERED, name, "it is tried again")
