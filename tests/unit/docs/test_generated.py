"""The pages that are made from the program are what the program says now."""

import runpy
from pathlib import Path

import pytest


@pytest.mark.parametrize("page", ["docs/cli.md", "docs/reference.md"])
def test_a_generated_page_is_current(root: Path, page: str) -> None:
    made = runpy.run_path(str(root / "docs/generate.py"))["pages"]()
    # by words: where help is wrapped differs between versions of Python
    assert (root / page).read_text().split() == made[page].split(), "run `make docs`"
