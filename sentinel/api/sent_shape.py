"""A sending as it is shown: what it does where, how far it is, and what the Hub answered."""

from sentinel.domain.delivery import Delivery
from sentinel.domain.digest import Json
from sentinel.domain.streams import stream_of
from sentinel.ledger import Ledger


def sent_shape(ledger: Ledger, run: str) -> list[Json]:
    """What a run wanted to have sent, and what became of it; of what was sent once more, how that went."""
    last = {(row.act, row.target, row.submission): row.delivery for row in ledger.reads.sendings_of(run)}
    return [delivery_shape(ledger.state(stream_of("delivery", name))) for name in last.values()]


def delivery_shape(delivery: Delivery) -> Json:
    """One sending."""
    content, receipt = delivery.content, receipt_of(delivery)
    return {
        "delivery": delivery.id, "act": content["act"], "repo": delivery.target, "state": delivery.state,
        "attempts": delivery.attempts, "why": delivery.why, "maybe_sent": delivery.maybe_sent,
        "next_at": delivery.next_at if delivery.state == "waiting" else None, "intended_at": delivery.intended_at,
        "run": content["run"], "step": content["step"], "model": content["model"],
        "private": receipt.get("private", content["private"]), "entries": content["entries"],
        "url": receipt.get("url"), "commit": receipt.get("commit"), "request": receipt.get("request"),
        "rejected": receipt.get("rejected") or [],
    }  # fmt: skip


def receipt_of(delivery: Delivery) -> dict[str, Json]:
    """What the Hub answered; nothing where it has not."""
    return delivery.receipt if isinstance(delivery.receipt, dict) else {}
