"""Children of the process that runs the tests.

A child that let anything out would go back into the runner and report tests a second time, on its parent's lines: what
it does is done between a fork and an end, and nothing of it comes back.
"""

import os
import sys
import traceback
import warnings
from collections.abc import Callable

BROKE = 99
"""How a child ends that let something out."""


def forked(act: Callable[[], object]) -> int:
    """Have a child do one thing and end, with what `act` gives where that is a number, else 0; the child's pid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whatever threads the runner of the tests keeps
        pid = os.fork()
    if pid:
        return pid
    status = BROKE
    try:
        given = act()
        status = given if isinstance(given, int) else 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else BROKE
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)
