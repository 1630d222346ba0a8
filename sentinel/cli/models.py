"""Verbs about versions: where they come from, which one serves, and how a person changes that."""

from pathlib import Path

from sentinel.api.draw.lineage import draw_lineage
from sentinel.api.draw.moments import now
from sentinel.api.draw.versions import draw_versions
from sentinel.cli.call import Call
from sentinel.cli.follow import follow
from sentinel.domain.refusal import refuse


def adopt(call: Call) -> int:
    """Bring the model that serves today, and stay until it is champion."""
    model = Path(call.args.model).absolute()
    if not model.exists():
        raise refuse("E-usage", "There is nothing.", where=str(model), todo="Name the folder that holds the model.")
    asked = call.ask("adopt", line=call.args.line, model=str(model), reason=call.args.reason)
    return follow(call, asked["run"])


def versions(call: Call) -> int:
    """List the versions of a line."""
    told = call.ask("versions", line=call.args.line)
    if call.args.json:
        call.out.json(told)
    else:
        draw_versions(call.out, told, now())
    return 0


def lineage(call: Call) -> int:
    """Show where a version comes from."""
    told = call.ask("lineage", version=call.args.version)
    if call.args.json:
        call.out.json(told)
    else:
        draw_lineage(call.out, told)
    return 0


def promote(call: Call) -> int:
    """Make a version the champion."""
    call.ask("promote", version=call.args.version, verdict=call.args.verdict)
    call.out.say(f"{call.args.version} is the champion now, citing {call.args.verdict}.")
    return 0


def rollback(call: Call) -> int:
    """Make a former champion the champion again."""
    told = call.ask("rollback", line=call.args.line, version=call.args.to, reason=call.args.reason)
    call.out.say(f"{told['champion']} is the champion of {told['line']} again.")
    return 0
