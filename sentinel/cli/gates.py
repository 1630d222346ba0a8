"""Verbs about what gates said."""

import json

from sentinel.cli.call import Call
from sentinel.cli.moments import ago, clock, now
from sentinel.domain.text import plain


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
    out = call.out
    out.line(f"{out.ink(told['verdict_id'], 'bold')}  gate {plain(told['gate'])}  {out.state(told['verdict'])}")
    out.say(told["sentence"])
    about = [f"subject {told['subject'] or 'none'}", f"against {told['against'] or 'no champion'}"]
    out.line(out.ink(" · ".join([*about, f"round {told['round']}", clock(told["at"])]), "dim"))
    for check in told["checks"]:
        out.line()
        out.line(f"  {out.state(check['verdict'], 12)}  {plain(check['check'])}: {plain(check['sentence'])}")
        for name, value in sorted((check["evidence"] or {}).items()):
            shown = value if isinstance(value, str) else json.dumps(value)
            out.line(f"                {out.ink(name, 'dim')}  {plain(shown)}")
        if check["todo"]:
            out.say(f"                {check['todo']}")
    return 0
