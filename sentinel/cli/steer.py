"""Verbs by which a person steers runs and lines."""

from sentinel.cli.call import Call
from sentinel.domain.delivery import is_delivery
from sentinel.domain.refusal import refuse

_HIGHEST = 100


def cancel(call: Call) -> int:
    """End a run."""
    call.ask("cancel", run=call.args.run, reason=call.args.reason)
    return _said(call, f"{call.args.run} is being ended.")


def pause(call: Call) -> int:
    """Start nothing more of a run."""
    call.ask("pause", run=call.args.run, reason=call.args.reason)
    return _said(call, f"{call.args.run} is paused; what runs goes on. `sentinel resume {call.args.run}` goes on.")


def resume(call: Call) -> int:
    """Let a paused run go on."""
    call.ask("resume", run=call.args.run)
    return _said(call, f"{call.args.run} goes on.")


def retry(call: Call) -> int:
    """Put an ended run back into the queue, or have sent again what could not be sent."""
    if is_delivery(call.args.run):
        if call.args.start is not None:
            raise refuse("E-usage", f"{call.args.run} is a delivery, and has no steps.", todo="Leave `--from` out.")
        call.ask("resend", delivery=call.args.run)
        return _said(call, f"{call.args.run} is tried again now.")
    call.ask("retry", run=call.args.run, reason=call.args.reason, **{"from": call.args.start})
    return _said(call, f"{call.args.run} is in the queue again.")


def priority(call: Call) -> int:
    """Move a run in the queue."""
    if not 0 <= call.args.priority <= _HIGHEST:
        raise refuse("E-usage", f"{call.args.priority} is no priority.", todo=f"Give one from 0 to {_HIGHEST}.")
    call.ask("priority", run=call.args.run, priority=call.args.priority)
    return _said(call, f"{call.args.run} has priority {call.args.priority} now.")


def approve(call: Call) -> int:
    """Say yes."""
    call.ask("answer", run=call.args.run, step=call.args.step, approve=True, reason=call.args.reason)
    return _said(call, f"Approved. `sentinel show {call.args.run}` shows how it goes on.")


def reject(call: Call) -> int:
    """Say no."""
    call.ask("answer", run=call.args.run, step=call.args.step, approve=False, reason=call.args.reason)
    return _said(call, "Rejected; that is on record, with your name and reason.")


def hold(call: Call) -> int:
    """Let no alias of a line move."""
    call.ask("hold", line=call.args.line, reason=call.args.reason)
    return _said(call, f"{call.args.line} is held. `sentinel release {call.args.line}` lets it go.")


def release(call: Call) -> int:
    """Let the aliases of a held line move again."""
    call.ask("release", line=call.args.line, reason=call.args.reason)
    return _said(call, f"{call.args.line} is no longer held.")


def acknowledge(call: Call) -> int:
    """Take note of what froze something."""
    call.ask("acknowledge", line=call.args.line, version=call.args.version, reason=call.args.reason)
    return _said(call, f"Acknowledged: {call.args.version or call.args.line} may move again, if a gate lets it.")


def _said(call: Call, sentence: str) -> int:
    call.out.say(sentence)
    return 0
