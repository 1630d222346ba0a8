"""The outbox: effects on the outside world, each tried until it is done or given up."""

from sentinel.contract.attempt import AttemptIn, AttemptOut
from sentinel.domain.delivery import Delivery, DeliveryTried
from sentinel.domain.delivery import end as end_delivery
from sentinel.domain.needs import Needs
from sentinel.domain.streams import stream_of
from sentinel.supervisor.alerts import alert
from sentinel.supervisor.attempts import Places, prepare
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.work import Folders, Work


def try_due(work: Work, due: list[str], catalogue: Catalogue, places: Places, folders: Folders) -> None:
    """Start an attempt at each delivery that is due."""
    for name in due:
        stream = stream_of("delivery", name)
        delivery: Delivery = work.state(stream)
        if delivery.state != "waiting" or delivery.next_at > work.at:
            continue
        told = _told(delivery, catalogue, places)
        if prepare(work, told, (), places, folders):
            work.apply(stream, [DeliveryTried(told.attempt)])


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
    bodies = end_delivery(delivery, end, result.error, result.receipt, work.at)
    work.apply(stream_of("delivery", delivery.id), bodies)
    after: Delivery = work.state(stream_of("delivery", delivery.id))
    if after.state == "given-up":
        # an alert only: a notice about a notice that cannot be delivered would go round for ever
        alert(work, "undelivered", delivery.id, f"{delivery.id} was given up: {after.why}")
