"""`run`: ask for a run, follow it, or be the daemon for it."""

from contextlib import suppress
from typing import Any

from sentinel.api.client import NoDaemon
from sentinel.cli.call import Call
from sentinel.cli.exits import USAGE
from sentinel.cli.follow import PATIENCE, follow
from sentinel.domain.refusal import refuse

_HIGHEST = 100


def run(call: Call) -> int:
    """Ask for a run."""
    args = call.args
    if args.priority is not None and not 0 <= args.priority <= _HIGHEST:
        raise refuse("E-usage", f"{args.priority} is no priority.", todo=f"Give one from 0 to {_HIGHEST}.")
    settings = call.settings()
    return _here(call, settings) if args.here else _ask(call, settings, args.follow)


def _ask(call: Call, settings: dict[str, str], stay: bool, patience: float = PATIENCE) -> int:
    args = call.args
    asked: dict[str, Any] = call.ask(
        "run", recipe=args.recipe, line=args.line, set=settings, priority=args.priority, only=args.only,
        reason=args.reason,
    )  # fmt: skip
    if stay:
        return follow(call, asked["run"], patience)
    if args.json:
        call.out.json(asked)
    else:
        call.out.say(f"{asked['run']} is in the queue. `sentinel show {asked['run']}` shows how it goes.")
    return 0


def _here(call: Call, settings: dict[str, str]) -> int:
    """Be the daemon until the run has ended; approvals can be given from another terminal meanwhile."""
    ends: list[int] = []
    errors: list[BaseException] = []

    def then() -> None:
        try:
            # this is the daemon: once it goes, none will come back
            ends.append(_ask(call, settings, stay=True, patience=0))
        except BaseException as error:
            errors.append(error)
        finally:
            with suppress(NoDaemon):
                call.ask("down", how="now")

    status = call.serve(call.workspace, then=then)
    if errors:
        raise errors[0]
    return status or (ends[0] if ends else USAGE)
