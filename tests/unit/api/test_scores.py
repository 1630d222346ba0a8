"""Files of past scores: read as people write them, and refused with the line that is wrong."""

import csv
from pathlib import Path

import pytest

from sentinel.api.scores import read_scores
from sentinel.domain.quantity import DAY, HOUR
from sentinel.domain.refusal import Refused


def file(folder: Path, text: str, name: str = "scores.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_counts_in_csv(tmp_path: Path) -> None:
    held = read_scores(file(tmp_path, "at,k,n\n2026-01-01,9,10\n2026-01-02,8,10\n2026-01-03,0,0\n"))
    assert [(row.value, row.n) for row in held.rows] == [(9, 10), (8, 10), (0, 0)]
    assert (held.every_ms, held.in_order, held.incidents) == (DAY, True, None)


def test_scores_with_and_without_their_rows(tmp_path: Path) -> None:
    held = read_scores(file(tmp_path, "at,score,n\n2026-01-01,0.9,10\n2026-01-02,0.8,10\n2026-01-03,1,5\n"))
    assert [(row.value, row.n, row.variance) for row in held.rows] == [(9, 10, None), (8, 10, None), (5, 5, None)]
    held = read_scores(file(tmp_path, "at, score\n2026-01-01,0.9\n2026-01-02,0.8\n2026-01-03,1\n"))
    assert [(row.value, row.n, row.variance) for row in held.rows] == [(0.9, 1, 0), (0.8, 1, 0), (1, 1, 0)]


def test_json_lines_at_moments_and_when_the_world_was_off(tmp_path: Path) -> None:
    lines = [
        f'{{"at": "2026-01-01T0{hour}:00+01:00", "k": 3, "n": 4, "off": {str(hour in (2, 3, 5)).lower()}}}'
        for hour in range(1, 7)
    ]
    held = read_scores(file(tmp_path, "\n".join(lines) + "\n\n"))
    assert held.every_ms == HOUR
    assert held.incidents == [(1, 2), (4, 4)]


def test_what_is_out_of_order_is_put_in_order_and_said(tmp_path: Path) -> None:
    held = read_scores(file(tmp_path, "at,k,n\n2026-01-03,7,10\n2026-01-01,9,10\n2026-01-02,8,10\n"))
    assert [row.value for row in held.rows] == [9, 8, 7]
    assert not held.in_order


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", ":1", "The first line names no column `at`"),
        ("day,right\n1,2\n", ":1", "The first line names no column `at`; it says `day, right`."),
        ("at,k,n\n2026-01-01,11,10\n", ":2", "`k` is 11 of 10."),
        ("at,k\n2026-01-01,11\n", ":2", "`k` is 11 of no `n`."),
        ("at,k,n\n2026-01-01,1,2\n2026-01-32,1,2\n", ":3", "`at` is `2026-01-32`"),
        ("at,k,n\n2026-01-01,many,2\n", ":2", "`k` is `many`, and has to be a number."),
        ("at,k,n\n2026-01-01,nan,2\n", ":2", "`k` is nan."),
        ("at,score\n2026-01-01,91\n", ":2", "`score` is 91, and has to be between 0 and 1."),
        ("at,score,k,n\n2026-01-01,0.5,1,2\n", ":2", "Both `k` and `score` are given."),
        ("at,n\n2026-01-01,2\n", ":2", "Neither `k` nor `score` is given."),
        ("at,k,n,off\n2026-01-01,1,2,perhaps\n", ":2", "`off` is `perhaps`"),
        ('{"at": "2026-01-01", "k": 1, "n": 2}\n[1]\n', ":2", "It is no JSON object."),
        ("at,k,n\n2026-01-01,1,2\n", "", "There are 1 evaluations in it."),
        ('at,k,n\n2026-01-01,1,"' + "2" * 200_000 + "\n", ":2", "It is no CSV: "),
        ('{"at": "2026-01-01", "k": 1' + "0" * 400 + ', "n": 2}\n', ":1", "`k` is"),
        ("at,k,n\n2026-01-01,1,2\n2026-01-01,1,2\n2026-01-02,1,2\n", "", "Two evaluations are of the same moment"),
        ("at,score,n\n2026-01-01,1,2\n2026-01-02,1,\n2026-01-03,1,2\n", "", "Some rows say of how many"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, where: str, what: str) -> None:
    path = file(tmp_path, text)
    with pytest.raises(Refused) as refused:
        read_scores(path)
    told = refused.value.refusal
    assert told.code == "E-scores"
    assert told.where == f"{path}{where}"
    assert told.what.startswith(what)
    assert told.todo


def test_who_read_longer_fields_before_changes_nothing(tmp_path: Path) -> None:
    before = csv.field_size_limit(2**30)
    try:
        with pytest.raises(Refused, match="It is no CSV"):
            read_scores(file(tmp_path, 'at,k,n\n2026-01-01,1,"' + "2" * 200_000 + "\n"))
    finally:
        csv.field_size_limit(before)


def test_no_file_and_no_text(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(Refused, match="E-scores"):
            read_scores(path)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refused, match="it is no text in UTF-8"):
        read_scores(tmp_path / "bytes")
