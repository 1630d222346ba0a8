"""Rows of files, some at a time, as a program wrote them."""

import json
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.data import rows as module
from sentinel.data.profile import profile
from sentinel.data.rows import NotRows, rows_in

ODD = st.sampled_from([
    str(2**63), str(-(2**63) - 1), str(10**40), "-1" + "0" * 400, "7" * 5000, "1e999", "-1e999", "NaN", "-Infinity",
    r'"a\ud800b"', r'"\udc00"', r'["\ud800"]', r'"\u0000"', '""', '"' + "y" * 100_000 + '"', "[]", "{}",
    '{"": [1, {"b": null}]}', '{"a": 1, "a": 2}', f"[{10**40}]", "[" * 200 + "]" * 200, "-0", "1e-400", '"1e5"',
    '"3 kg"',
])  # fmt: skip
PLAIN = st.sampled_from(["1", "2.5", "true", "null", '"x"'])
KEYS = st.sampled_from(['"n"', '"n"', '"m"', '""', r'"\ud800"'])
LINES = st.lists(st.tuples(KEYS, PLAIN | ODD), min_size=1, max_size=3).map(
    lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12) | st.just('a "b"\nc')


def read(path: Path) -> pl.DataFrame:
    return pl.concat(list(rows_in(path)))


@pytest.mark.parametrize("block", [7, 16 * 2**20])
def test_csv_is_read_the_same_in_blocks_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    (tmp_path / "a.csv").write_text('n,text\n1,"two\nlines, ""quoted"""\n2.5,plain\n,last')
    held = read(tmp_path / "a.csv")
    assert held.to_dict(as_series=False) == {
        "n": [1.0, 2.5, None], "text": ['two\nlines, "quoted"', "plain", "last"],
    }  # fmt: skip


def test_a_csv_number_that_is_not_written_as_numbers_are_stays_the_text_that_it_is(tmp_path: Path) -> None:
    """A ticket 00001 became 1, a queue 01 became 1, and a rating of 4.50 stays a number."""
    head = "ticket,queue,zip,phone,count,rating,part,owed\n"
    (tmp_path / "a.csv").write_text(head + '00001,01,"07001",+49170,-3,4.50,007.5,-0\n2,2,10115,30,0,5,8,1\n')
    held = read(tmp_path / "a.csv")
    assert held.rows() == [
        ("00001", "01", "07001", "+49170", -3, 4.5, "007.5", "-0"), ("2", "2", "10115", "30", 0, 5.0, "8", "1"),
    ]  # fmt: skip


def test_one_leading_zero_far_into_a_csv_makes_the_whole_column_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 40)
    (tmp_path / "a.csv").write_text("id,n\n" + "".join(f"{number},1\n" for number in range(50)) + "007,1\n")
    held = read(tmp_path / "a.csv")
    assert held["id"].to_list() == [*map(str, range(50)), "007"] and held.schema["n"] == pl.Int64


@given(texts=st.lists(st.from_regex(r"\A[+-]?[0-9]{1,21}(\.[0-9]{1,2})?\Z"), min_size=1, max_size=4))
def test_no_csv_column_of_whole_numbers_is_read_as_other_digits(texts: list[str], tmp_path_factory: Any) -> None:
    file = tmp_path_factory.mktemp("csv") / "a.csv"
    file.write_text("n,m\n" + "".join(f"{text},x\n" for text in texts))
    held = read(file)["n"]
    if held.dtype == pl.Float64:
        assert [float(text) for text in texts] == held.to_list()
        assert not any(text.lstrip("+-").startswith("0") and text.lstrip("+-")[1:2].isdigit() for text in texts)
    else:
        assert [str(value) for value in held] == texts


@given(st.text(st.sampled_from('a"\n,'), max_size=30))
def test_a_csv_is_cut_after_the_last_line_that_ends_outside_of_quotes(text: str) -> None:
    ends = [end for end in range(1, len(text) + 1) if text[end - 1] == "\n" and text[:end].count('"') % 2 == 0]
    assert module._last_end(text.encode(), is_csv=True) == max(ends, default=0)


def test_an_open_quote_costs_one_look_at_what_comes_after_it() -> None:
    """Each line's end was once looked at by counting all quotes before it: half a minute for a block."""
    block = b'"' + b"a,b\n" * 1_000_000
    began = time.process_time()
    assert module._last_end(block, is_csv=True) == 0
    assert time.process_time() - began < 3


def test_a_record_that_has_no_end_is_refused_before_all_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 100)
    monkeypatch.setattr(module, "LONGEST", 1000)
    (tmp_path / "a.csv").write_text('n,text\n1,a\n2,"open\n' + "3,b\n" * 1000)
    with pytest.raises(NotRows, match=r"a\.csv has a record of more than 1,000 bytes: a quote may be open\."):
        read(tmp_path / "a.csv")


def test_a_column_that_changes_its_mind_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 20)
    lines: list[dict[str, Any]] = [{"a": 1}, {"a": 2}, {"a": 2.5}, {"a": "x", "b": True}, {"b": None}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    held = read(tmp_path / "a.jsonl")
    assert held["a"].to_list()[-2:] == ["x", None] and held.schema["a"] == pl.String
    assert held["b"].to_list() == [None, None, None, True, None]


def test_lists_and_records_become_their_json(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"m": [{"role": "user"}]}\n{"m": null}\n')
    pl.DataFrame({"m": [[1, 2], None]}).write_parquet(tmp_path / "b.parquet")
    assert read(tmp_path / "a.jsonl")["m"].to_list() == ['[{"role":"user"}]', None]
    assert read(tmp_path / "b.parquet")["m"].to_list() == ["[1,2]", None]


def test_files_of_a_folder_are_read_in_the_order_of_their_names_with_all_their_columns(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("b\n2\n")
    (tmp_path / "a.jsonl").write_text('{"a": "1"}\n')
    (tmp_path / "notes.txt").write_text("not rows")
    assert read(tmp_path).to_dict(as_series=False) == {"a": ["1", None], "b": [None, 2]}


@given(rows=st.lists(st.tuples(st.integers(-(2**40), 2**40) | st.none(), TEXTS), min_size=1, max_size=30))
def test_json_lines_come_back_as_they_were_written(rows: list[tuple[int | None, str]], tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("rows") / "a.jsonl"
    path.write_text("".join(json.dumps({"n": n, "text": text}) + "\n" for n, text in rows))
    assert read(path).select("n", "text").rows() == rows


@pytest.mark.parametrize("field", ["n", "id"])
def test_an_integer_above_64_bits_makes_its_column_a_number_with_a_point(tmp_path: Path, field: str) -> None:
    rows = [{"n": 1, "id": 1}] * 3 + [{"n": 1, "id": 1, field: 10**29}, {"n": 1, "id": 1, "text": 1}, {"text": "x"}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "b.csv").write_text(f"{field}\n1\n{10**29}\n")
    held = read(tmp_path)
    assert held.schema[field] == pl.Float64 and held[field].to_list()[-5:] == [1e29, 1.0, None, 1.0, 1e29]


@given(lines=st.lists(LINES, min_size=1, max_size=8), block=st.sampled_from([50, 16 * 2**20]))
def test_no_row_that_is_json_is_lost_however_odd(lines: list[str], block: int, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("odd") / "a.jsonl"
    path.write_text("".join(line + "\n" for line in lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        assert len(read(path)) == len(lines)
        assert profile(rows_in(path)).rows == len(lines)


@pytest.mark.parametrize(
    ("name", "text"), [("a.jsonl", '{"a": 1\n'), ("a.jsonl", "[1]\n"), ("a.parquet", "PAR1"), ("a.txt", "x")]
)
def test_what_is_no_rows_is_said_to_be_none(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(NotRows):
        read(tmp_path)
