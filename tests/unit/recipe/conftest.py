"""A workspace of a few files, and what comes of checking it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sentinel.domain.needs import Slots
from sentinel.recipe.check import Checked, check_workspace
from tests.bad.stock import STOCK

CONFIG = """\
timezone: Europe/Berlin
lines:
  router: {base: {file: models/base}, sets: {regression: {file: sets/regression.jsonl}}}
  other: {}
programs: {fetch: [/opt/fetch]}
"""
NODE = {"here": Slots(8, 1, 40 * 2**30, 32 * 2**30)}
Check = Callable[..., Checked]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Check a workspace of these files; a text alone is a recipe."""

    def checked(
        recipe: str = "", files: Mapping[str, str] | None = None, config: str = CONFIG, **how: object
    ) -> Checked:
        held = {"sentinel.yaml": config, **(files or {}), **({"recipes/tickets.yaml": recipe} if recipe else {})}
        for name, text in held.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        return check_workspace(tmp_path, STOCK, here=NODE, **how)  # type: ignore[arg-type]

    return checked


def codes(found: Checked) -> list[str]:
    """The codes of faults and warnings, in order."""
    return [fault.code for fault in [*found.faults, *found.warnings]]
