"""Progress is what a worker says, and a worker may say anything."""

from typing import Any

import pytest

from sentinel.api.draw.progress import progress_line


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"step": "s", "done": 3, "total": 10}, "s 3 of 10"),
        ({"step": "s", "done": 0.5, "total": None}, "s 0.5"),
        ({"step": "s", "says": "hello\x1b[2J"}, "s hello"),
        ({"step": "s", "done": "x", "figures": {"loss": 0.25}}, "s loss=0.25"),
        ({"step": "s", "done": 1, "total": [1], "figures": "no"}, "s 1"),
        ({"step": "s", "done": 10**400, "total": 10**401}, "s"),
    ],
)
def test_progress_is_one_line_whatever_a_worker_says(told: dict[str, Any], line: str) -> None:
    assert progress_line(told) == line
