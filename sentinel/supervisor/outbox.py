"""The outbox: effects on the outside world, each tried until it is done or given up."""

from sentinel.contract.attempt import AttemptIn, AttemptOut
from sentinel.domain.artifact import Artifact
from sentinel.domain.delivery import Delivery, DeliveryOvertaken, DeliveryTried, is_due
from sentinel.domain.delivery import end as end_delivery
from sentinel.domain.needs import Needs
from sentinel.domain.quantity import MINUTE, SECOND
from sentinel.domain.sending import SEND
from sentinel.domain.streams import stream_of
from sentinel.ledger.tables import DeliveryRow
from sentinel.supervisor.alerts import alert, all_clear
from sentinel.supervisor.attempts import Places, prepare
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.intents import UNDELIVERED, lay_again, overtaken_by
from sentinel.supervisor.work import Folders, Work

AT_ONCE = 4
"""Repositories that are changed at the same time: each takes a worker, and a Hub that is back after days is asked for
all of them."""
SHORTEST, SLOWEST = 15 * MINUTE, 2**18
"""What one try may take: so long, and what its bytes take at so many a second."""
_PRELOAD = ("huggingface_hub",)


def try_due(work: Work, due: list[str], catalogue: Catalogue, places: Places, folders: Folders) -> None:
    """Start an attempt at each delivery that is due and may start."""
    busy = busy_targets(work.ledger.reads.deliveries()) if due else set()
    for name in due:
        stream = stream_of("delivery", name)
        delivery: Delivery = work.state(stream)
        if delivery.state != "waiting" or not is_due(delivery.next_at, work.at):
            continue
        if delivery.effect == SEND and not _has_room(delivery.target, busy):
            continue
        later = overtaken_by(work, delivery)
        if later is not None:
            work.apply(stream, [DeliveryOvertaken(later)])
            continue
        told = _sent(delivery, catalogue, places) if delivery.effect == SEND else _told(delivery, catalogue, places)
        if prepare(work, told, _PRELOAD if delivery.effect == SEND else (), places, folders):
            work.apply(stream, [DeliveryTried(told.attempt)])
            if delivery.effect == SEND:
                busy.add(delivery.target)


def may_start(rows: list[DeliveryRow]) -> list[DeliveryRow]:
    """Those of the open deliveries that wait for the clock alone, and not for another to end."""
    busy = busy_targets(rows)
    return [row for row in rows if row.state == "waiting" and (row.effect != SEND or _has_room(row.target, busy))]


def busy_targets(rows: list[DeliveryRow]) -> set[str]:
    """The repositories that a delivery is changing now."""
    return {row.target for row in rows if row.state == "trying" and row.effect == SEND}


def _has_room(target: str, busy: set[str]) -> bool:
    """One repository is changed by one delivery at a time, and few are changed at once."""
    return target not in busy and len(busy) < AT_ONCE


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
        lay_again(work, after)
