"""The demo on a real small model instead of one from nothing: what that changes in the example's files."""

import subprocess
import sys
from pathlib import Path

from sentinel.domain.refusal import refuse

_TRAIN = "{method: lora, rank: 16, epochs: 1, batch: 16, lr: 5e-4}"
_CHANGES = {
    "sentinel.yaml": (
        ("{file: router}                 # forged from nothing by recipes/first.yaml; every retrain starts from it",
         "{file: base}                   # SmolLM2-135M; every training starts from it"),
    ),
    "recipes/first.yaml": (
        ("in: {data: data.dataset}\n    with:\n"
         "      scratch: {hidden: 128, layers: 2, heads: 4, context: 256, vocabulary: 2048}\n"
         "      train: {epochs: 5, batch: 16, lr: 3e-3, warmup: 0.15}",
         f"in: {{base: line.base, data: data.dataset}}\n    with: {{train: {_TRAIN}}}\n    needs: {{memory: 6GiB}}"),
        ("30m", "2h"),
        ("wall: 1h", "wall: 4h"),
    ),
    "recipes/lifecycle.yaml": (
        ("with: {train: {epochs: 4, batch: 16, lr: 1e-3}}", f"with: {{train: {_TRAIN}}}\n    needs: {{memory: 6GiB}}"),
        ("30m", "2h"),
        ("wall: 1h", "wall: 4h"),
    ),
}  # fmt: skip
"""File by file what stands there, and what stands there instead."""


def on_real_weights(place: Path) -> None:
    """Change the workspace, and put the base into it."""
    for name, changes in _CHANGES.items():
        text = (place / name).read_text(encoding="utf-8")
        for old, new in changes:
            if text.count(old) != 1:
                raise refuse("E-demo", f"`{old}` does not stand there once.", where=name, todo="Please report it.")
            text = text.replace(old, new)
        (place / name).write_text(text, encoding="utf-8")
    made = subprocess.run(
        [sys.executable, str(place / "programs/smollm2.py"), str(place / "base")], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if made.returncode:
        last = made.stderr.strip().rpartition("\n")[2]
        raise refuse("E-demo", f"The base could not be made: {last}.", todo="`make demo MODEL=smollm2` installs it.")
