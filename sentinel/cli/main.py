"""`sentinel` and a verb: find it, load its code, and turn whatever happens into an exit status and a sentence."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sentinel.cli.parser import Wrong, parse, top

if TYPE_CHECKING:
    import argparse

    from sentinel.cli.call import Screens, Serve

INTERRUPTED = 130


def main(argv: Sequence[str], serve: "Serve", screens: "Screens") -> int:
    """Do what the command line says."""
    try:
        args = parse(argv)
    except Wrong as error:
        from sentinel.cli.exits import USAGE
        from sentinel.cli.out import tell_refusal
        from sentinel.domain.refusal import Refusal

        tell_refusal(Refusal("E-usage", error.what, todo=error.todo), error.verb)
        return USAGE
    except SystemExit as end:  # --help
        return int(end.code or 0)
    if not hasattr(args, "verb"):
        return _alone(args)
    return _guarded(args, serve, screens)


def _alone(args: "argparse.Namespace") -> int:
    if args.version:
        import sentinel

        sys.stdout.write(f"sentinel {sentinel.__version__}\n")
        return 0
    top().print_help(sys.stderr)
    return 2


def _guarded(args: "argparse.Namespace", serve: "Serve", screens: "Screens") -> int:
    """Call the verb's code. No traceback reaches anybody who did not ask for one."""
    from importlib import import_module

    from sentinel.cli.call import Call
    from sentinel.cli.exits import BROKE, exit_of
    from sentinel.cli.out import tell_refusal
    from sentinel.domain.refusal import Refusal, Refused

    verb = args.verb
    module, _, function = verb.code.partition(":")
    try:
        status: int = getattr(import_module(f"sentinel.cli.{module}"), function)(Call(args, serve, screens))
        sys.stdout.flush()
    except Refused as error:
        tell_refusal(error.refusal, verb.name)
        return exit_of(error.refusal)
    except BrokenPipeError:
        # whoever read our words has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return INTERRUPTED
    except Exception as error:
        if args.debug:
            raise
        what = f"{type(error).__name__}: {error}."
        todo = "Try it again with --debug, and report what you see."
        tell_refusal(Refusal("E-broke", f"Sentinel itself broke: {what}", todo=todo), verb.name)
        return BROKE
    return status
