"""What comes in is read once, whole lines only, from where the last look left off."""

import json
import os
from pathlib import Path

import pytest

from sentinel.data import live
from sentinel.data.live import live_rows
from sentinel.data.rows import NotRows
from sentinel.domain.digest import Json


def put(file: Path, *numbers: int, **more: str) -> None:
    with file.open("a", encoding="utf-8") as handle:
        handle.writelines(json.dumps({**more, "n": number}) + "\n" for number in numbers)


def seen(file: Path, since: Json) -> tuple[list[int], Json]:
    rows, place = live_rows(file, since, file.parent / "aside.jsonl")
    return ([] if rows is None else [n for frame in rows for n in frame["n"].to_list()]), place


def test_each_line_is_read_once_and_a_torn_one_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "live.jsonl"
    assert seen(file, None) == ([], None)
    put(file, 1, 2)
    with file.open("a") as handle:
        handle.write('{"n": ')
    found, place = seen(file, None)
    assert found == [1, 2]
    assert seen(file, place) == ([], place)
    with file.open("a") as handle:
        handle.write("3}\n")
    assert seen(file, place)[0] == [3]


def test_another_file_in_its_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "live.jsonl"
    put(file, *range(50))
    _, place = seen(file, None)
    file.unlink()
    put(file, 7, 8)
    assert seen(file, place)[0] == [7, 8]
    file.unlink()
    put(file, *range(100, 200))
    assert len(seen(file, place)[0]) == 100


@pytest.mark.parametrize("number", [50, 80])
@pytest.mark.parametrize("how", ["another file", "emptied", "renamed"])
def test_a_file_that_was_rotated_is_read_whole_though_every_line_begins_alike(
    tmp_path: Path, how: str, number: int
) -> None:
    """Each line began with the same long field, so that the new file, longer than the old, passed for it."""
    file, says = tmp_path / "live.jsonl", "You route the tickets of a shop. " * 10
    put(file, *range(50), system=says)
    _, place = seen(file, None)
    assert "unread" not in place and seen(file, place) == ([], place)
    if how == "renamed":
        file.rename(tmp_path / "live.jsonl.1")
    elif how == "emptied":
        file.write_text("")
    else:
        (tmp_path / "next.jsonl").touch()
        (tmp_path / "next.jsonl").rename(file)
    put(file, *range(100, 100 + number), system=says)
    found, place = seen(file, place)
    assert found == list(range(100, 100 + number))
    assert place["unread"].startswith("live.jsonl was put in another's place, or emptied: rows that came before")
    put(file, 7)
    found, place = seen(file, place)
    assert found == [7] and "unread" not in place


def test_the_same_lines_in_another_file_are_read_again(tmp_path: Path) -> None:
    file, other = tmp_path / "live.jsonl", tmp_path / "other.jsonl"
    put(file, 1, 2)
    _, place = seen(file, None)
    put(other, 1, 2, 3)
    other.rename(file)
    assert seen(file, place)[0] == [1, 2, 3]


def test_a_pipe_is_refused_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "live.jsonl")
    with pytest.raises(NotRows, match="cannot be read: it is no file"):
        seen(tmp_path / "live.jsonl", None)


def test_lines_that_hold_no_object_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "live.jsonl"
    file.write_text('{"n": 1}\n[2]\nthree\n\n{"n": 4}\n')
    assert seen(file, None)[0] == [1, 4]


def test_of_very_many_the_newest_whole_ones_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "live.jsonl"
    put(file, *range(1000))
    monkeypatch.setattr(live, "MOST", 100)
    found, place = seen(file, None)
    assert found and found == list(range(1000 - len(found), 1000)) and len(found) <= 9
    assert place["offset"] == file.stat().st_size


def test_one_odd_row_does_not_stop_the_others(tmp_path: Path) -> None:
    """An integer above 64 bits in a field that nobody looks at, once, stopped every look from then on."""
    file = tmp_path / "live.jsonl"
    put(file, *range(10))
    with file.open("a") as handle:
        handle.write(
            f'{{"n": 10, "id": {10**29}}}\n{{"n": 11, "id": {"9" * 5000}}}\n{{"n": 12, "text": "a\\ud800b"}}\n'
        )
    assert seen(file, None)[0] == list(range(13))


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotRows, match="cannot be read"):
        seen(tmp_path, None)
