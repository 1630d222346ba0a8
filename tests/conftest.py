"""Fixtures that every kind of test shares."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's own folder."""
    return Path(__file__).resolve().parent.parent
