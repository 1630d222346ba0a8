"""The outbox: effects on the outside world, each tried until it is done or given up."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sentinel.contract.attempt import AttemptIn, AttemptOut
from sentinel.domain.artifact import Artifact
from sentinel.domain.delivery import SEND, SENDS, Delivery, DeliveryAskedAgain, DeliveryIntended, DeliveryTried
from sentinel.domain.delivery import end as end_delivery
from sentinel.domain.needs import Needs
from sentinel.domain.quantity import MINUTE, SECOND
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.state import Attempt, Run
from sentinel.domain.streams import stream_of
from sentinel.supervisor.alerts import alert, all_clear
from sentinel.supervisor.attempts import Places, prepare
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.work import Folders, Work

if TYPE_CHECKING:
    from sentinel.supervisor.engine import Done, Engine

UNDELIVERED = "undelivered"
SHORTEST, SLOWEST = 15 * MINUTE, 2**18
"""What one try may take: so long, and what its bytes take at so many a second."""
_PRELOAD = ("huggingface_hub",)


def intend(work: Work, run: Run, attempt: Attempt, result: AttemptOut) -> None:
    """Put on record what a step wants to have sent. What was wanted before, by whomever, is not wanted twice."""
    told = result.intends
    if told is None or run.planned(attempt.step).use not in SENDS or told.effect != SEND:
        return
    if work.ledger.reads.is_sent(told.key) or any(_wanted(work, told.key)):
        return
    name = work.ledger.next_delivery()
    content = {**told.content, "run": run.id, "step": attempt.step, "line": run.line}
    work.apply(stream_of("delivery", name), [DeliveryIntended(SEND, told.target, told.key, content)])


def _wanted(work: Work, key: str) -> Iterator[bool]:
    """Whether this very transaction wants it already."""
    for _, bodies in work.changes:
        yield from (isinstance(body, DeliveryIntended) and body.key == key for body in bodies)


def again(engine: "Engine", actor: str, name: str) -> "Done":
    """Try a delivery once more that was given up, or now that waits for its next try."""

    def act(work: Work) -> Refusal | str:
        delivery: Delivery = work.state(stream_of("delivery", name))
        if not delivery.state:
            return Refusal("E-param", f"There is no delivery {name!r}.", todo="`sentinel board` lists what is sent.")
        if delivery.state not in ("given-up", "waiting"):
            what = f"{name} is {'on its way' if delivery.state == 'trying' else 'done'}."
            return Refusal("E-not-waiting", what, todo="Nothing has to be done.")
        work.apply(stream_of("delivery", name), [DeliveryAskedAgain()])
        all_clear(work, UNDELIVERED, name, "it is tried again")
        return name

    return engine.do(actor, act)


def try_due(work: Work, due: list[str], catalogue: Catalogue, places: Places, folders: Folders) -> None:
    """Start an attempt at each delivery that is due; one repository is changed by one of them at a time."""
    busy = busy_targets(work)
    for name in due:
        stream = stream_of("delivery", name)
        delivery: Delivery = work.state(stream)
        if delivery.state != "waiting" or delivery.next_at > work.at or delivery.target in busy:
            continue
        told = _sent(delivery, catalogue, places) if delivery.effect == SEND else _told(delivery, catalogue, places)
        if prepare(work, told, _PRELOAD if delivery.effect == SEND else (), places, folders):
            work.apply(stream, [DeliveryTried(told.attempt)])
            if delivery.effect == SEND:
                busy.add(delivery.target)


def busy_targets(work: Work) -> set[str]:
    """The repositories that a delivery is changing now."""
    return {row.target for row in work.ledger.reads.deliveries() if row.state == "trying" and row.effect == SEND}


def _sent(delivery: Delivery, catalogue: Catalogue, places: Places) -> AttemptIn:
    content = delivery.content
    inputs = {port: tuple(map(Artifact.from_json, held)) for port, held in content["inputs"].items()}
    secrets = (catalogue.hub_token,) if catalogue.hub_token is not None else ()
    return AttemptIn(
        attempt=delivery.next_attempt, run=delivery.id, step=delivery.effect, use=SEND, params={}, inputs=inputs,
        store=places.store, workspace=places.workspace, effect_key=delivery.key, secrets=secrets,
        reads={"hub": {"token": catalogue.hub_token}}, needs=Needs(memory=2**30),
        timeout=SHORTEST + content["bytes"] // SLOWEST * SECOND,
    )  # fmt: skip


def _told(delivery: Delivery, catalogue: Catalogue, places: Places) -> AttemptIn:
    programs = {delivery.target: catalogue.programs[delivery.target]} if delivery.target in catalogue.programs else {}
    secrets = (delivery.target,) if not programs else ()
    return AttemptIn(
        attempt=delivery.next_attempt, run=delivery.id, step=delivery.effect, use=delivery.effect,
        params={"to": delivery.target, "text": delivery.content["text"]}, inputs={}, store=places.store,
        workspace=places.workspace, effect_key=delivery.key, secrets=secrets, programs=programs,
        needs=Needs(memory=2**28), timeout=60_000,
    )  # fmt: skip


def end_try(work: Work, delivery: Delivery, result: AttemptOut, end: str) -> None:
    """Put the end of an attempt at a delivery on record."""
    if delivery.live != result.attempt:
        return
    bodies = end_delivery(delivery, end, result.error, result.receipt, work.at, result.pause)
    work.apply(stream_of("delivery", delivery.id), bodies)
    after: Delivery = work.state(stream_of("delivery", delivery.id))
    if after.state == "given-up":
        # an alert only: a notice about a notice that cannot be delivered would go round for ever
        alert(work, UNDELIVERED, delivery.id, f"{delivery.id} was given up: {after.why}")
    elif after.state == "done":
        all_clear(work, UNDELIVERED, delivery.id, "it is done")
