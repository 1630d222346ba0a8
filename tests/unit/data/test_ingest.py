"""A source becomes a snapshot: what is sound is kept as it came, what is broken is named, and costs only itself."""

import csv
import errno
import gzip
import json
import os
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.data import copied as copied_module
from sentinel.data import delimited as csv_module
from sentinel.data import lines as module
from sentinel.data import quarantine as quarantine_module
from sentinel.data.ingest import ingest
from sentinel.data.quarantine import Quarantine, quarantined
from sentinel.data.rows import NotRows, rows_in
from sentinel.data.snapshot import Snapshot, read_snapshot
from sentinel.data.source.form import FileSource, Place, RowsSource, source_of


def taken(folder: Path, name: str, data: bytes | str, **more: Any) -> Snapshot:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return ingest(FileSource(name, more.pop("as_", None)), folder / "out", Place(folder, folder / "aside"), **more)


def kept(folder: Path) -> pl.DataFrame:
    return pl.concat(list(rows_in(folder / "out")))


def good(number: int) -> str:
    return "".join(
        json.dumps({"n": index, "text": f"grün {index}"}, ensure_ascii=False) + "\n" for index in range(number)
    )


def told(folder: Path) -> list[tuple[int, str]]:
    return quarantined(folder / "out").select("line", "reason").rows()


BROKEN = [
    (b"\xff\xfe{}", "it is not UTF-8: byte 1 is 0xff"),
    (b'{"text": "caf\xe9"}', "it is not UTF-8: byte 14 is 0xe9"),
    (b'{"text": "a\0b"}', "it holds NUL bytes"),
    (b"[1, 2]", "it is a list, and no record"),
    (b'"text"', "it is a text, and no record"),
    (b'{"a": 1}{"a": 2}', "it is not JSON: Extra data at column 9"),
    (b'{"a": 1', "it is not JSON: Expecting ',' delimiter at column 8"),
    (b'{"a": 1, "a": 2}', "the key `a` is there twice"),
    (b'{"a": {"b": 1, "b": 2}}', "the key `b` is there twice"),
    (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "it is not JSON: it is nested too deeply"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN, ids=[reason for _, reason in BROKEN])
def test_a_broken_line_is_left_aside_with_its_number_and_its_reason(tmp_path: Path, line: bytes, reason: str) -> None:
    snapshot = taken(tmp_path, "a.jsonl", good(300).encode() + b"\n" + line + b"\n" + good(1).encode())
    assert (snapshot.rows, snapshot.quarantined) == (301, 1)
    assert told(tmp_path) == [(302, reason)]
    assert len(kept(tmp_path)) == 301


def test_what_is_sound_keeps_its_bytes_and_the_snapshot_says_what_was_taken(tmp_path: Path) -> None:
    snapshot = taken(tmp_path, "rows/a.jsonl", good(10))
    assert (tmp_path / "out/part-00000.jsonl").read_text() == good(10)
    assert read_snapshot(tmp_path / "out") == snapshot
    assert snapshot.source == {"from": "file", "file": "rows/a.jsonl"} and snapshot.taken[0].name == "a.jsonl"
    assert not (tmp_path / "out/quarantine.parquet").exists()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_mark_at_the_beginning_and_a_line_without_an_end_lose_nothing(tmp_path: Path, end: str) -> None:
    snapshot = taken(tmp_path, "a.jsonl", "\ufeff" + end.join(good(3).splitlines()))
    assert snapshot.rows == 3 and kept(tmp_path)["n"].to_list() == [0, 1, 2]


def test_more_broken_records_than_the_share_allows_are_refused_with_the_first_three(tmp_path: Path) -> None:
    with pytest.raises(
        NotRows, match=r"5 of 105 records cannot be taken, which is 4.8%.*line 101: .*line 103: "
    ) as why:
        taken(tmp_path, "a.jsonl", good(100) + "x\n" * 5)
    assert "line 104" not in str(why.value)
    assert taken(tmp_path, "a.jsonl", good(100) + "x\n" * 5, at_most=0.05).quarantined == 5


def test_a_source_broken_throughout_is_given_up_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 1000)
    with pytest.raises(NotRows, match="records cannot be taken") as why:
        taken(tmp_path, "a.jsonl", "x\n" * 200_000, at_most=0.5)
    assert "200,000" not in str(why.value)


def test_a_line_too_long_to_be_a_record_is_left_aside_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST", 2**20)
    monkeypatch.setattr(module, "BLOCK", 2**16)
    long = json.dumps({"text": "x" * 3 * 2**20})
    snapshot = taken(tmp_path, "a.jsonl", f"{good(2)}{long}\n{good(1)}{long}", at_most=0.5)
    assert (snapshot.rows, snapshot.quarantined) == (3, 2)
    assert told(tmp_path) == [(3, "the line is longer than 1 MiB"), (5, "the line is longer than 1 MiB")]
    assert quarantined(tmp_path / "out")["start"][0] == long[:200]


def test_the_line_after_one_that_is_too_long_is_named_by_its_own_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST", 2**20)
    monkeypatch.setattr(module, "BLOCK", 2**16)
    long = json.dumps({"text": "x" * 3 * 2**20})
    taken(tmp_path, "a.jsonl", f"{good(2)}{long}\n{good(1)}x\n{long}\nx\n{good(1)}", at_most=0.9)
    assert [line for line, _ in told(tmp_path)] == [3, 5, 6, 7]


@pytest.mark.parametrize(
    ("form", "head", "sound", "broken"), [("jsonl", "", "{}\n", "x\n"), ("csv", "n,m\n", "1,2\n", "3\n")]
)
def test_a_sound_file_is_not_given_up_for_the_broken_records_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, head: str, sound: str, broken: str
) -> None:
    """The first file has many good records besides, and all together are well within the share."""
    monkeypatch.setattr(quarantine_module, "_SOON", 100)
    (tmp_path / "in").mkdir()
    (tmp_path / f"in/a.{form}").write_text(head + sound * 900 + broken * 200)
    (tmp_path / f"in/b.{form}").write_text(head + sound * 50 + broken + sound * 50)
    place = Place(tmp_path, tmp_path / "aside")
    snapshot = ingest(RowsSource(str(tmp_path / "in")), tmp_path / "out", place, at_most=0.3)
    assert [(each.rows, each.quarantined) for each in snapshot.taken] == [(900, 200), (100, 1)]


def zipped(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "z", "w") as file:
        file.writestr("a.jsonl", good(3))
    return (folder / "z").read_bytes()


def columns(folder: Path) -> bytes:
    pl.DataFrame({"a": [1]}).write_parquet(folder / "p")
    return (folder / "p").read_bytes()


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.jsonl", zipped, "a.jsonl is a zip archive, whatever its name says, and no lines of JSON. Unpack it first."),
        ("a.jsonl", lambda _: gzip.compress(b"{}"), "a.jsonl is compressed by gzip"),
        ("a.jsonl", columns, "a.jsonl is parquet, whatever its name says, and no lines of JSON. Call it .parquet"),
        ("a.csv", columns, "a.csv is parquet, whatever its name says, and no CSV."),
        ("a.jsonl", lambda _: good(3).encode("utf-16"), "a.jsonl is UTF-16, whatever its name says"),
        ("a.jsonl", lambda _: good(3).encode("utf-16-le"), "a.jsonl is UTF-16, whatever its name says"),
        ("a.jsonl", lambda _: b"\x80\x04\x95", "a.jsonl is a pickle"),
        ("a.jsonl", lambda _: b'[{"a": 1}, {"a": 2}]', "one JSON list. Write each of its records on a line"),
        ("a.json", lambda _: b'[\n{"a": 1},\n{"a": 2}\n]', "one JSON list over several lines"),
        ("a.json", lambda _: b'{\n"a": 1\n}', "one JSON record over several lines"),
        ("a.jsonl", lambda _: b"", "There are files, and no row in them."),
        ("a.jsonl", lambda _: b"\n \n", "There are files, and no row in them."),
        ("a.csv", lambda _: b"a,b\n", "There are files, and no row in them."),
        ("a.csv", lambda _: b"a,a\n1,2\n", "two columns called `a`"),
        ("a.csv", lambda _: b"a;b\n1;2\n", "a.csv is not separated by commas: its header is 'a;b'."),
        ("a.parquet", lambda _: b"PAR1" + b"\0" * 50, "a.parquet cannot be read as parquet"),
        ("a.parquet", lambda _: b"{}", "a.parquet is no parquet file"),
        ("a.xlsx", lambda _: b"x", "a.xlsx is none of .jsonl, .ndjson, .json, .csv, .parquet; say with `as:`"),
        ("../a.jsonl", lambda _: b"{}\n", "leads out of the workspace"),
    ],
)  # fmt: skip
def test_what_is_not_what_it_is_called_is_refused_by_a_sentence_of_its_own(
    tmp_path: Path, name: str, data: Any, says: str
) -> None:
    (tmp_path / "home").mkdir()
    with pytest.raises(NotRows) as why:
        taken(tmp_path / "home", name, data(tmp_path))
    assert says in str(why.value)
    assert not (tmp_path / "home/out/snapshot.json").exists()


def test_csv_records_of_another_width_or_with_open_quotes_are_left_aside(tmp_path: Path) -> None:
    text = b'n,text\n1,"two\nlines"\n2\n3,a,b\n\n4,"x"y\n5,plain\n' + b"6,caf\xe9\n" + b'7,ok\n8,"open\n'
    snapshot = taken(tmp_path, "a.csv", text, at_most=1)
    assert kept(tmp_path).rows() == [(1, "two\nlines"), (5, "plain"), (7, "ok")]
    assert told(tmp_path) == [
        (4, "it has 1 fields where the header has 2"), (5, "it has 3 fields where the header has 2"),
        (7, "its quotes do not match"), (9, "it is not UTF-8: byte 6 is 0xe9"),
        (11, "a quote is open at the end of the file"),
    ]  # fmt: skip
    assert (snapshot.rows, snapshot.quarantined) == (3, 5)


def test_a_quote_in_a_field_that_has_none_around_it_is_a_letter_like_any_other(tmp_path: Path) -> None:
    """Inches: readers of CSV do not agree on such a record, so it is kept as all of them read it alike."""
    text = 'a,b,c\n5" pipe leaks,plumbing,\n"x, ""y""",6" and "7",""\nsound,"as\nit, came",1" \r\n "z",q,r\n'
    snapshot = taken(tmp_path, "a.csv", text)
    assert (snapshot.rows, snapshot.quarantined) == (4, 0)
    assert kept(tmp_path).rows() == [
        ('5" pipe leaks', "plumbing", None), ('x, "y"', '6" and "7"', ""), ("sound", "as\nit, came", '1" '),
        (' "z"', "q", "r"),
    ]  # fmt: skip
    assert '"sound"' not in (tmp_path / "out/part-00000.csv").read_text()


FIELDS = st.text(st.sampled_from('a" ,\n'), max_size=5)


@given(
    rows=st.lists(st.lists(FIELDS, min_size=2, max_size=3), min_size=1, max_size=6),
    bare=st.lists(st.booleans(), min_size=18, max_size=18),
)
def test_whatever_is_taken_of_a_csv_is_read_later_as_it_was_checked(
    rows: list[list[str]], bare: list[bool], tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    is_bare = iter(bare)
    lines = [",".join(each if next(is_bare) else '"' + each.replace('"', '""') + '"' for each in row) for row in rows]
    (folder / "a").write_text("h,i\n" + "\n".join(lines), newline="")
    csv_module.take_csv(folder / "a", "a", folder / "out.csv", Quarantine(1))
    with (folder / "out.csv").open(newline="") as strict:
        checked = list(csv.reader(strict, strict=True))[1:]
    read = [row for held in rows_in(folder / "out.csv") for row in held.rows()]
    assert [[value or "" for value in row] for row in read] == checked


def test_a_line_of_a_csv_that_is_too_long_is_one_record_that_is_left_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut at its longest, a line would come out as two, and one of them might look like a record."""
    monkeypatch.setattr(csv_module, "LONGEST", 1000)
    long = "2," + "x" * 998 + "3," + "y" * 500
    snapshot = taken(tmp_path, "a.csv", f"n,text\n1,a\n{long}\n4,b\n{long}", at_most=1)
    assert kept(tmp_path)["n"].to_list() == [1, 4] and snapshot.quarantined == 2
    assert [line for line, _ in told(tmp_path)] == [3, 5]


def test_every_file_of_a_folder_is_taken_and_what_lies_beside_rows_is_not(tmp_path: Path) -> None:
    home = tmp_path / "rows"
    (home / "deep").mkdir(parents=True)
    pl.DataFrame({"n": [1]}).write_parquet(home / "b.parquet")
    pl.DataFrame({"n": [2]}).write_parquet(home / "quarantine.parquet")
    (home / "deep/a.jsonl").write_text('{"n": 3}\n')
    (home / "notes.txt").write_text("not rows")
    (home / "empty.jsonl").write_text("")
    (home / "link.jsonl").symlink_to("/etc/passwd")
    snapshot = ingest(RowsSource(str(home)), tmp_path / "out", Place(tmp_path, tmp_path / "aside"))
    assert [(each.name, each.rows) for each in snapshot.taken] == [
        ("b.parquet", 1),
        ("deep/a.jsonl", 1),
        ("empty.jsonl", 0),
    ]
    assert snapshot.source == {"from": "rows"}
    assert kept(tmp_path)["n"].to_list() == [1, 3]


def test_a_snapshot_taken_in_again_is_the_same_one(tmp_path: Path) -> None:
    taken(tmp_path, "a.jsonl", good(500) + "x\n")
    ingest(RowsSource(str(tmp_path / "out")), tmp_path / "again", Place(tmp_path, tmp_path / "aside"))
    assert (tmp_path / "again/part-00000.jsonl").read_text() == good(500)


def test_a_source_is_told_by_its_key() -> None:
    assert source_of({"from": "file", "file": "a.jsonl"}) == FileSource("a.jsonl")
    with pytest.raises(ValueError, match="`file`, `url`, `hub`, `kaggle`, `rows`"):
        source_of({"from": "usage"})
    with pytest.raises(ValueError, match="has other keys"):
        source_of({"file": "a", "revision": "b"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=5,
)  # fmt: skip
RECORDS = st.dictionaries(st.sampled_from(["a", "b", "{", "}"]), VALUES, max_size=3).map(json.dumps)
ODD = st.sampled_from(["", " ", "{", "}", "[]", '{"a":{}', "{}{}", '{"a":1}x', '"}', "1", "{}\r", " {}", "{} ", "NaN"])


def copies_so_often(times: int) -> Any:
    """A file system that soon copies nothing any more from one file to the other by itself."""
    left = [times]

    def copy(source: int, out: int, size: int) -> int:
        if not left[0]:
            raise OSError(errno.EXDEV, "of another file system")
        left[0] -= 1
        return os.copy_file_range(source, out, size)

    return copy


@given(
    lines=st.lists(RECORDS | ODD, min_size=1, max_size=30),
    block=st.sampled_from([8, 40, 2**18]),
    mark=st.sampled_from(["", "\ufeff"]),
    end=st.sampled_from(["", "\n"]),
    copied=st.sampled_from([0, 1, 3, 1000]),
)
def test_line_by_line_and_block_by_block_the_very_same_lines_are_taken(
    lines: list[str], block: int, mark: str, end: str, copied: int, tmp_path_factory: Any
) -> None:
    """However blocks fall, and whoever copies, what counts is whether each line by itself is one record."""
    folder = tmp_path_factory.mktemp("lines")
    (folder / "a").write_bytes((mark + "\n".join(lines) + end).encode())
    alone = [line for line in lines if line.strip() and module._fault(line.encode()) is None]
    broken = [number for number, line in enumerate(lines, 1) if line.strip() and module._fault(line.encode())]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        patch.setattr(module, "THOROUGH", 0)
        patch.setattr(module, "_refuse_array", lambda *_: None)
        patch.setattr(copied_module, "os", lent := MagicMock(wraps=os))
        lent.copy_file_range = copies_so_often(copied)
        quarantine = Quarantine(1)
        rows = module.take_lines(folder / "a", "a", folder / "out", quarantine)
    assert rows == len(alone)
    assert (folder / "out").read_bytes().decode().splitlines() == [line.rstrip("\r") for line in alone]
    assert [line for _, line, _, _ in quarantine.kept] == broken


def test_what_is_kept_is_what_was_checked_even_where_somebody_writes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = os.copy_file_range

    def torn(source: int, out: int, size: int) -> int:
        place = os.lseek(source, 0, os.SEEK_CUR)
        with (tmp_path / "a.jsonl").open("r+b") as file:
            there = file.read()
            file.seek(place)
            file.write(b"x")
            file.flush()
            done = copy(source, out, size)
            file.seek(0)
            file.write(there)
        return done

    monkeypatch.setattr(module, "BLOCK", 1000)
    monkeypatch.setattr(module, "THOROUGH", 0)
    monkeypatch.setattr(copied_module, "os", lent := MagicMock(wraps=os))
    lent.copy_file_range = torn
    snapshot = taken(tmp_path, "a.jsonl", good(500), at_most=0.9)
    assert snapshot.quarantined
    lines = "".join(file.read_text() for file in sorted((tmp_path / "out").rglob("*.jsonl"))).splitlines()
    assert len(lines) == snapshot.rows
    assert all(isinstance(json.loads(line), dict) for line in lines)
