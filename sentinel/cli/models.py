"""Verbs about versions: where they come from, which one serves, and how a person changes that."""

from pathlib import Path

from sentinel.cli.call import Call
from sentinel.cli.follow import follow
from sentinel.cli.moments import ago, now
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.domain.text import plain

_SHORT = 12


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
        return 0
    for word in ("held", "frozen"):
        if told[word]:
            call.out.line(f"{plain(told['line'])} is {call.out.state(word)}: {plain(told[word])}")
    at = now()
    rows = [
        (
            each["version"], each["label"], ", ".join(each["aliases"]), each["run"], each["model"][:_SHORT],
            ago(each["registered_at"], at), _remark(each),
        )
        for each in told["versions"]
    ]  # fmt: skip
    if rows:
        call.out.table(("VERSION", "LABEL", "ALIASES", "RUN", "MODEL", "MADE", "REMARK"), rows)
    else:
        call.out.say(
            f"{told['line']} has no versions yet. `sentinel adopt {told['line']} MODEL --reason TEXT` brings the first."
        )
    return 0


def _remark(version: Json) -> str:
    if version["frozen"]:
        return f"frozen: {version['frozen']}"
    if version["rejected"]:
        return f"did not pass: {version['rejected']}"
    return "has been champion" if version["was_champion"] and "champion" not in version["aliases"] else ""


def lineage(call: Call) -> int:
    """Show where a version comes from."""
    told = call.ask("lineage", version=call.args.version)
    if call.args.json:
        call.out.json(told)
        return 0
    for each in told["ancestors"]:
        aliases = f" ({', '.join(each['aliases'])})" if each["aliases"] else ""
        call.out.line(f"{call.out.ink(each['version'], 'bold')}{plain(aliases)}  {plain(each['label'])}")
        call.out.say(f"  model    {each['model']}")
        call.out.say(f"  made by  {each['run']} {each['step']}")
        call.out.say(f"  parents  {', '.join(each['parents']) or 'none'}")
        if each["reforge"]:
            call.out.say(f"  again    {plain(told_again(each['reforge']))}")
        for one in each["folded"]:
            call.out.say(f"  folded   {one['adapter']} at weight {one['weight']:g}")
        if each["cites"]:
            call.out.say(f"  cites    {', '.join(each['cites'])}")
        for name, value in sorted((each["pins"] or {}).items()):
            call.out.say(f"  pin      {name}: {value}")
    return 0


def told_again(reforge: Json) -> str:
    """What a re-forge changed."""
    moves = [f"{each['control']} {shown(each['was'])} → {shown(each['now'])}" for each in reforge["changes"]]
    data = "on the data of its day" if reforge["fresh"] else "on the same data"
    return f"{reforge['of']}, {data}: {', '.join(moves) or 'nothing changed'}"


def shown(value: Json) -> str:
    """A control's value."""
    return "none" if value is None else str(value)


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
