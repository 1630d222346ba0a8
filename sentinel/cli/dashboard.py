"""`tui`: the dashboard, in this terminal or in a browser on this machine."""

import os
import sys

from sentinel.cli.call import Call
from sentinel.domain.refusal import refuse

_PORT, _LAST = 8000, 65_535


def tui(call: Call) -> int:
    """Open the dashboard."""
    args = call.args
    if args.port is not None and not args.web:
        raise refuse("E-usage", "`--port` is for a browser.", todo="Add --web, or leave --port out.")
    if args.port is not None and not 0 <= args.port <= _LAST:
        raise refuse("E-usage", f"{args.port} is no port.", todo=f"Give one up to {_LAST}; 0 takes any that is free.")
    if args.web:
        return call.screens.in_browser(
            call.workspace, _PORT if args.port is None else args.port, args.theme, call.out.say
        )
    # what serves it to a browser says so by this, and is a terminal to it
    in_browser = "TEXTUAL_DRIVER" in os.environ
    if not in_browser and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise refuse("E-usage", "The dashboard needs a terminal.", todo="`sentinel queue --json` is for scripts.")
    return call.screens.in_terminal(call.workspace, args.theme)
