"""Environments of their own for peers and for torch: made on request, and never missing in silence."""

import os
import subprocess
import sys
from pathlib import Path

from bench.house import BENCH

REQUEST = "BENCH_INSTALL"
"""Set where environments that are missing are to be made."""


def python_of(name: str, requirements: list[str]) -> Path | str:
    """The interpreter of an environment, or why there is none."""
    place = Path(os.environ.get("BENCH_VENVS", BENCH / ".venvs")) / name
    python = place / "bin" / "python"
    if (place / ".ready").exists():
        return python
    if REQUEST not in os.environ:
        return f"it is not installed here; `make bench INSTALL=1` installs {' '.join(requirements)}"
    for argv in (
        [sys.executable, "-m", "venv", str(place)],
        [str(python), "-m", "pip", "install", "--quiet", *requirements],
    ):
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            words = (done.stderr or done.stdout).strip().splitlines()
            return f"it could not be installed: {words[-1] if words else done.returncode}"
    (place / ".ready").touch()
    return python
