"""What a worker says of how far it is, as it can be told on."""

import json
import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from sentinel.api.frames import packed, unpacked
from sentinel.api.progress import curve, last_progress
from sentinel.domain.refusal import Refused
from tests.unit.api.house import House
from tests.unit.api.test_routes import until


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


def test_a_pipe_in_place_of_the_file_holds_nobody_up(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    os.mkfifo(file)
    assert (last_progress(file), curve(file)) == (None, [])


def told(path: Path, lines: Iterable[object]) -> Path:
    """A progress file of these lines."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_curve_is_made_of_the_numbers_alone(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    told(file, [
        {"at": 1, "says": 'no "figures" here'},
        {"at": 2, "done": 1, "total": 9, "figures": {"loss": 2.5, "stage": "prune", "sure": True, "odd": [1]}},
        {"at": 3, "done": 2, "total": 9},
        {"at": 4, "done": "x", "total": None, "figures": {"loss": float("nan")}},
        {"at": 5, "done": 3, "total": None, "figures": {"loss": 2.25}},
        {"at": 6, "figures": "none"},
    ])  # fmt: skip
    with file.open("a") as more:
        more.write('{"at": 7, "done": 4, "figures": {"loss": 2')
    assert curve(file) == [
        {"at": 2, "done": 1, "total": 9, "figures": {"loss": 2.5}},
        {"at": 5, "done": 3, "total": None, "figures": {"loss": 2.25}},
    ]


@pytest.mark.parametrize("many", [0, 1, 499, 500, 501, 1000, 7001])
def test_a_long_curve_is_thinned_evenly_and_keeps_its_ends(tmp_path: Path, many: int) -> None:
    lines = ({"at": at, "figures": {"loss": at}} for at in range(many))
    points = [point["at"] for point in curve(told(tmp_path / "progress.jsonl", lines))]
    assert len(points) == min(many, 500) == len(set(points))
    assert points[:1] + points[-1:] == ([0, many - 1] if many else [])
    gaps = {after - before for before, after in pairwise(points)}
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_where_there_is_no_file_there_is_no_curve(tmp_path: Path) -> None:
    assert curve(tmp_path / "progress.jsonl") == []


def test_the_door_shows_the_curve_of_an_attempt_on_record_and_of_no_other(house: House) -> None:
    run = house.client.ask("run", recipe="working")["run"]
    attempt = f"{run}.made.a1"
    until((house.state / "attempts" / attempt / "attempt.json").exists)
    assert house.client.ask("figures", attempt=attempt) == {"attempt": attempt, "points": []}
    told(house.state / "attempts" / attempt / "progress.jsonl", [{"at": 1, "done": 1, "figures": {"loss": 2.5}}])
    points = [{"at": 1, "done": 1, "total": None, "figures": {"loss": 2.5}}]
    assert house.client.ask("figures", attempt=attempt)["points"] == points
    for name in (f"{run}.made.a2", run, f"{run}.made.a1/../{attempt}", "../../etc/passwd", "r9.made.a1", "."):
        with pytest.raises(Refused, match="E-unknown-attempt"):
            house.client.ask("figures", attempt=name)
