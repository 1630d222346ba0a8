"""An event as it is shown: what is on record, and one sentence about it."""

from sentinel.domain.digest import Json
from sentinel.domain.event import Event, encode


def event_shape(event: Event) -> Json:
    """An event as JSON."""
    kind, version, payload = encode(event.body)
    return {
        "seq": event.seq, "stream": event.stream, "version": event.version, "kind": kind, "payload_version": version,
        "at": event.at, "actor": event.actor, "cause": event.cause, "payload": payload,
    }  # fmt: skip
