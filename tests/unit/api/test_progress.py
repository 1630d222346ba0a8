"""What a worker says of how far it is, as it can be told on."""

import json
from pathlib import Path

import pytest

from sentinel.api.frames import packed, unpacked
from sentinel.api.progress import last_progress


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"done": 1}\n{"done": 2}\n', {"done": 2}),
        ('{"done": 1}\n{"done": 2', {"done": 1}),
        ("", None),
        ("[1]\n", None),
        ("[" * 4000 + "\n", None),
        ('{"done": 1, "figures": {"loss": NaN, "quick": 1e999}}\n',
         {"done": 1, "figures": {"loss": "NaN", "quick": "1e999"}}),
    ],
)  # fmt: skip
def test_the_last_whole_line_is_told(tmp_path: Path, text: str, told: object) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_text(text)
    assert last_progress(file) == told


def test_a_loss_that_is_no_number_does_not_end_the_talk(tmp_path: Path) -> None:
    """It was packed as NaN, which no client reads: whoever followed the run was told that the daemon had gone."""
    file = tmp_path / "progress.jsonl"
    file.write_text(json.dumps({"done": 1, "figures": {"loss": float("nan")}}) + "\n")
    assert unpacked(packed({"progress": last_progress(file)}).strip())["progress"]["figures"] == {"loss": "NaN"}


def test_where_nothing_was_said_nothing_is_told(tmp_path: Path) -> None:
    assert last_progress(tmp_path / "progress.jsonl") is None
