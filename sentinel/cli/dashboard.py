"""`tui`: the dashboard, in this terminal or in a browser on this machine."""

import sys

from sentinel.cli.call import Call
from sentinel.domain.refusal import refuse


def tui(call: Call) -> int:
    """Open the dashboard."""
    args = call.args
    if args.port is not None and not args.web:
        raise refuse("E-usage", "`--port` is for a browser.", todo="Add --web, or leave --port out.")
    if args.web:
        return call.screens.in_browser(
            call.workspace, 8000 if args.port is None else args.port, args.theme, call.out.say
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise refuse("E-usage", "The dashboard needs a terminal.", todo="`sentinel queue --json` is for scripts.")
    return call.screens.in_terminal(call.workspace, args.theme)
