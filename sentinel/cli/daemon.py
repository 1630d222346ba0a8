"""The daemon's own verbs: be it, end it, have it read its files anew."""

import time

from sentinel.api.client import is_gone
from sentinel.cli.call import Call
from sentinel.cli.exits import NO
from sentinel.domain.refusal import refuse

_PATIENCE = 30.0


def up(call: Call) -> int:
    """Be the daemon."""
    return call.serve(call.workspace, node=call.args.node)


def down(call: Call) -> int:
    """End the daemon, and wait until it has gone."""
    if call.args.drain and call.args.workers:
        raise refuse("E-usage", "`--drain` and `--workers` do not go together.", todo="Leave one of them out.")
    how = "drain" if call.args.drain else "workers" if call.args.workers else "now"
    told = call.ask("down", how=how)
    if how == "drain":
        call.out.say(f"It starts nothing more, and ends once {told['workers']} running attempts have ended.")
        return 0
    give_up = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up:
        if is_gone(told["pid"]):
            left = told["workers"]
            lives_on = f" {left} workers live on." if left and how == "now" else ""
            call.out.say(f"The daemon {told['pid']} has ended.{lives_on}")
            return 0
        time.sleep(0.05)
    raise refuse("E-busy", f"The daemon {told['pid']} has not ended within {_PATIENCE:g} s.", todo="Look at its log.")


def reload(call: Call) -> int:
    """Have the daemon read its files anew."""
    told = call.ask("reload")
    if call.args.json:
        call.out.json(told)
    elif told["faults"]:
        for fault in told["faults"]:
            call.out.say(fault)
        call.out.say(f"{len(told['faults'])} faults; the last good version of what is broken stays in force.")
    else:
        call.out.say(f"Every file is good: {', '.join(told['recipes']) or 'no recipes yet'}.")
    return NO if told["faults"] else 0
