"""Fixtures that every kind of test shares, and the figures that some of them tell."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.effort import often

# no deadlines in wall time: the machine that runs the tests is shared, and speed is shown by the bench
settings.register_profile("shared machine", deadline=None, max_examples=often(40, 100))
settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's own folder."""
    return Path(__file__).resolve().parent.parent


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the figures that tests have told, with their seeds."""
    told = [
        value
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, value in report.user_properties
        if name == "figures" and report.when == "call"
    ]
    if told:
        terminalreporter.section("figures")
        for line in sorted(told):
            terminalreporter.write_line(line)
