"""Writes the pages that are made from the program itself: the command line and the reference. `make docs` runs it."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def pages() -> dict[str, str]:
    """Each generated page, by its path from the repository."""
    from sentinel.cli.parser import reference as commands
    from sentinel.contract.reference import reference as registered
    from sentinel.contract.registry import load

    return {"docs/cli.md": commands(), "docs/reference.md": registered(load())}


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / name).write_text(text, encoding="utf-8")
        print(f"wrote {name}")
