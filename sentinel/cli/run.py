"""`run`: ask for a run, follow it, or be the daemon for it."""

from typing import Any

from sentinel.cli.call import Call
from sentinel.cli.exits import USAGE
from sentinel.cli.follow import follow
from sentinel.domain.refusal import refuse

_HIGHEST = 100


def run(call: Call) -> int:
    """Ask for a run."""
    args = call.args
    if args.priority is not None and not 0 <= args.priority <= _HIGHEST:
        raise refuse("E-usage", f"{args.priority} is no priority.", todo=f"Give one from 0 to {_HIGHEST}.")
    settings = call.settings()
    return _here(call, settings) if args.here else _ask(call, settings, args.follow)


def _ask(call: Call, settings: dict[str, str], stay: bool) -> int:
    args = call.args
    asked: dict[str, Any] = call.ask(
        "run", recipe=args.recipe, line=args.line, set=settings, priority=args.priority, only=args.only,
        reason=args.reason,
    )  # fmt: skip
    if stay:
        return follow(call, asked["run"])
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
            ends.append(_ask(call, settings, stay=True))
        except BaseException as error:
            errors.append(error)
        finally:
            call.ask("down", how="now")

    status = call.serve(call.workspace, then=then)
    if errors:
        raise errors[0]
    return status or (ends[0] if ends else USAGE)
