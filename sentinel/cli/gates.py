"""Verbs about what gates said."""

from sentinel.api.draw.moments import ago, now
from sentinel.api.draw.verdict import draw_verdict
from sentinel.cli.call import Call


def verdicts(call: Call) -> int:
    """List verdicts."""
    told = call.ask("verdicts", run=call.args.run, limit=call.args.limit)
    if call.args.json:
        call.out.json(told)
        return 0
    at = now()
    rows = [
        (each["verdict_id"], each["gate"], each["verdict"], ago(each["at"], at), each["sentence"])
        for each in told["verdicts"]
    ]
    if rows:
        call.out.table(("ID", "GATE", "VERDICT", "GIVEN", "SENTENCE"), rows, inked=2)
    else:
        call.out.say("No gate has judged yet.")
    return 0


def verdict(call: Call) -> int:
    """Show a verdict with its evidence."""
    told = call.ask("verdict", id=call.args.id)
    if call.args.json:
        call.out.json(told)
        return 0
    draw_verdict(call.out, told, call.args.full)
    return 0
