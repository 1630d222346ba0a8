"""Notify: one notice to people."""

from sentinel.contract.at import At
from sentinel.contract.registry import step
from sentinel.contract.scalars import Text
from sentinel.domain.refusal import refuse
from sentinel.outside.notify import Notice, Receipt, Sender

CREDENTIAL = "credential:"


@step("notify", effect="notify")
def notify(at: At, *, to: Text, text: Text, subject: Text = "") -> Receipt:
    """Tells people something, by a webhook (`to: credential:NAME`) or by one of the node's programs (`to: NAME`)."""
    if at.effect_key is None:
        raise refuse("E-notify-key", "there is no key by which a receiver could drop a second notice.", where=at.step)
    return _sender(at, to).send(Notice(at.effect_key, subject or f"Sentinel: {at.step}", text))


def _sender(at: At, to: str) -> Sender:
    argv = at.told.program(to)
    # each imported on use: TLS comes with the second, and every warm worker would carry it
    if argv is not None:
        from sentinel.outside.command import CommandSender

        return CommandSender(argv)
    from sentinel.outside.webhook import WebhookSender

    return WebhookSender(at.secret(to.removeprefix(CREDENTIAL)))
