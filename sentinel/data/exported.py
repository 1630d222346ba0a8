"""Rows of a program: an argv of the node's own list, run into a folder of its own as a program step runs it."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sentinel.domain.quantity import format_duration
from sentinel.domain.refusal import refuse

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE")


def exported(name: str, argv: Sequence[str], out: Path, timeout: int) -> Path:
    """The folder `$OUT/rows` that a program fills within so many ms. It stays in our session, and ends with it."""
    out.mkdir(parents=True, exist_ok=True)
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    environment |= {"TZ": "UTC", "OUT": f"{out}"}
    try:
        code = subprocess.run(
            argv, cwd=out, env=environment, stdin=subprocess.DEVNULL, timeout=timeout / 1000, check=False
        ).returncode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise refuse("E-program-start", f"`{argv[0]}` does not start: {why}.", where="programs",
                     todo="See to the program, or correct its entry in sentinel.yaml.") from None  # fmt: skip
    except subprocess.TimeoutExpired:
        what = f"the program `{name}` did not end within {format_duration(timeout)}."
        raise refuse("E-program-late", what, where="data", todo="Give it longer: `timeout:` beside its name.") from None
    if code:
        raise refuse("E-program-failed", f"the program `{name}` ended with exit code {code}.", where="data",
                     todo="Its last words are in the attempt's log.")  # fmt: skip
    if not (out / "rows").is_dir():
        raise refuse("E-program-rows", f"the program `{name}` wrote no folder `$OUT/rows`.", where="data",
                     todo="Let it write its rows there, as a program step does.")  # fmt: skip
    return out / "rows"
