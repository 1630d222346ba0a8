"""Verbs that need no daemon: a workspace is made and checked, and editors are told of its forms."""

from pathlib import Path

from sentinel.api.draw.promises import in_short
from sentinel.cli.call import Call
from sentinel.cli.exits import NO
from sentinel.domain.digest import Json


def init(call: Call) -> int:
    """Make a workspace."""
    from sentinel.api.here import init_workspace

    place = Path(call.args.dir).absolute()
    for path in init_workspace(place):
        call.out.say(f"wrote {path}")
    call.out.say(f"{place} is a workspace now. Go there, then: `sentinel check`, and `sentinel up`.")
    return 0


def check(call: Call) -> int:
    """Check every file."""
    from sentinel.api.here import check_files

    told = check_files(call.workspace, call.args.path or None, call.out.colours)
    if call.args.json:
        call.out.json({name: told[name] for name in ("faults", "warnings", "promises", "files")})
    else:
        # these are drawn already, with what would drive a terminal taken out
        for drawn in told["drawn"]:
            call.out.line(drawn)
        call.out.say(_summary(told))
        for each in told["promises"]:
            call.out.say(f"{each['recipe']}: {in_short(each)}")
    return NO if told["faults"] else 0


def _summary(told: Json) -> str:
    faults, warnings, files = (len(told[name]) for name in ("faults", "warnings", "files"))
    warned = f", {warnings} {'warning' if warnings == 1 else 'warnings'}" if warnings else ""
    if not faults:
        return f"{files} files, no faults{warned}."
    return f"{files} files, {faults} {'fault' if faults == 1 else 'faults'}{warned}."


def schema(call: Call) -> int:
    """Print a JSON Schema."""
    from sentinel.api.here import schema_for

    call.out.json(schema_for(call.args.file))
    return 0
