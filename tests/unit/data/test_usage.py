"""What was asked meets its labels: which of them count, which teach, and which rows may judge."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.data.rows import NotRows
from sentinel.data.sides import GATE, TRAIN, decide, row_digests, side_of
from sentinel.data.usage import counting, gate_side, joined, teaching


def told(number: int, id: str = "", **more: Any) -> Mapping[str, Any]:
    """A label that settled, as the daemon tells it."""
    plain = {
        "number": number, "id": id or f"a{number}", "at": 1000 + number, "value": 0.0, "counts": True, "why": "audit",
        "chance": 0.05, "version": "v1", "answer": "billing", "label": "login", "slot": 100,
    }  # fmt: skip
    return {**plain, **more}


def live(folder: Path, *rows: Any) -> Path:
    file = folder / "live.jsonl"
    file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return file


def test_only_a_known_chance_counts_and_only_after_the_windows_beginning() -> None:
    labels = [told(0, slot=60), told(1, slot=61), told(2, chance=None), told(3, slot=99)]
    assert [each["number"] for each in counting(labels, 60)] == [1, 3]


def test_a_row_stands_for_as_many_as_its_chance_says_in_the_order_of_settling(tmp_path: Path) -> None:
    file = live(tmp_path, {"id": "a2", "text": "second"}, {"id": "a1", "text": "first"})
    found = joined(counting([told(2, chance=0.5), told(1)], 0), file, words=True, weighed=True)
    assert found.rows.select("id", "text", "label", "weight").rows() == [
        ("a1", "first", "login", 20.0), ("a2", "second", "login", 2.0),
    ]  # fmt: skip


def test_a_correction_teaches_before_an_audit_and_what_is_volunteered_last() -> None:
    labels = [
        told(1, "x", why="correction", label="c"), told(2, "x", label="a"), told(3, "x", why="feedback", label="f"),
        told(4, "y", why="feedback", label="f"), told(5, "z", label="old"),
        told(6, "z", why="informative", label="new"),
    ]  # fmt: skip
    assert {each["id"]: each["label"] for each in teaching(labels)} == {"x": "c", "y": "f", "z": "new"}


def test_a_right_answer_is_its_own_label_and_one_without_a_word_is_counted(tmp_path: Path) -> None:
    file = live(
        tmp_path, {"id": "a1", "text": "x"}, {"id": "a2", "text": "y", "answer": "other"}, {"id": "a3", "text": "z"}
    )
    labels = [
        told(1, label=None, value=1.0), told(2, label=None, answer=None, value=1.0), told(3, label=None, value=0.0),
        told(4),
    ]  # fmt: skip
    found = joined(labels, file, words=True)
    assert found.rows["label"].to_list() == ["billing", "other"]
    assert (found.labels, found.textless, found.wordless) == (4, 1, 1)
    assert found.says == "2 rows of 4 labels, 1 without a text in the live file, 1 without a word for what was right"


def test_of_a_served_answer_only_the_request_is_kept_and_the_last_line_of_an_id_counts(tmp_path: Path) -> None:
    first = {"id": "a1", "text": "was", "version": "v1", "probabilities": {"a": 1}, "answer": "billing"}
    file = live(tmp_path, first, {**first, "text": "is", "channel": "web", "tags": ["a", {"b": 1}]})
    (row,) = joined([told(1)], file, words=True).rows.to_dicts()
    assert row == {"id": "a1", "at": 1001, "text": "is", "label": "login", "channel": "web", "tags": '["a",{"b":1}]'}


@pytest.mark.parametrize("line", ["not json", "[1]", '{"id": ["a1"], "text": "x"}', '{"text": "x"}', ""])
def test_a_line_of_the_live_file_that_holds_no_request_is_left_out(tmp_path: Path, line: str) -> None:
    found = joined([told(1), told(2)], live(tmp_path, line, {"id": "a1", "text": "x"}), words=True)
    assert found.rows["id"].to_list() == ["a1"]


def test_a_line_that_is_still_being_written_is_left_for_the_next_time(tmp_path: Path) -> None:
    file = live(tmp_path, {"id": "a1", "text": "x"})
    with file.open("a") as handle:
        handle.write('{"id": "a2", "text": "half')
    assert joined([told(1), told(2)], file, words=True).textless == 1


def test_without_a_live_file_no_label_has_a_text_and_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    assert joined([told(1)], tmp_path / "none.jsonl", words=True).textless == 1
    with pytest.raises(NotRows, match="cannot be read"):
        joined([told(1)], tmp_path, words=True)


TEXTS = st.lists(st.text("abcdefghij ", min_size=8, max_size=60), min_size=1, max_size=30, unique=True)


@given(TEXTS, st.sampled_from([b"one", b"two"]), st.sampled_from([0.2, 0.5, 0.9]))
def test_no_row_that_a_dataset_may_train_on_is_in_a_set(texts: list[str], salt: bytes, hold: float) -> None:
    rows = pl.DataFrame({"text": texts})
    kept = gate_side(rows, ["text"], salt, hold, group=None, earlier=None)
    asked = pl.DataFrame({"row": row_digests(rows), "group": [None] * len(rows), "text": rows["text"]},
                         schema_overrides={"group": pl.String})  # fmt: skip
    sides = decide(asked, salt, hold)
    training = set(sides.filter(pl.col("side") == TRAIN)["row"])
    assert not training & set(row_digests(kept))
    assert len(kept) == (sides["side"] == GATE).sum()


def test_what_is_nearly_the_same_as_what_the_champion_trained_on_is_in_no_set() -> None:
    text = "my parcel with the blue chair has not come since last week and nobody answers"
    salt = next(
        salt for salt in (b"%d" % n for n in range(99)) if side_of(salt, row_digests(_rows(text))[0], 0.5) == TRAIN
    )
    near = text.replace("nobody", "noone")
    asked = pl.DataFrame({"row": row_digests(_rows(text)), "group": [None], "text": [text]},
                         schema_overrides={"group": pl.String})  # fmt: skip
    earlier = decide(asked, salt, 0.5)
    judged = [f"{near} {tail}" for tail in ("", "a", "b", "c", "d")]
    alone = gate_side(_rows(*judged), ["text"], b"0", 1.0, group=None, earlier=None)
    after = gate_side(_rows(*judged), ["text"], b"0", 1.0, group=None, earlier=earlier)
    assert len(alone) == 5 and after.is_empty()


def _rows(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": list(texts)})
