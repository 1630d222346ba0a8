"""`events`: what is on record."""

import json

from sentinel.api.draw.moments import clock
from sentinel.api.sentences import sentence
from sentinel.cli.call import Call
from sentinel.domain.digest import Json
from sentinel.domain.text import plain


def events(call: Call) -> int:
    """Print events of the past, and with `--follow` those to come."""
    args = call.args
    told = call.ask("events", since=args.since, run=args.run, limit=args.limit)
    for event in told["events"]:
        _print(call, event)
    if not args.follow:
        return 0
    # one page may not hold all that came after --since; the stream begins where the page ended
    seen = told["events"][-1]["seq"] if told["events"] else told["last"]
    for message in call.client.follow("tail", since=seen, run=args.run):
        _print(call, message["event"])
    return 0


def _print(call: Call, event: Json) -> None:
    if call.args.json:
        # one a line, so that a stream can be read as it comes
        call.out.line(json.dumps(event))
        return
    where = call.out.ink(f"{event['seq']:>6}  {clock(event['at'])}", "dim")
    call.out.line(f"{where}  {plain(sentence(event))}  {call.out.ink(event['actor'], 'dim')}")
