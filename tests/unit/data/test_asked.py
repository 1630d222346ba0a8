"""A set is read as it is asked: its form, its order, each document once."""

import json
from pathlib import Path

import polars as pl
import pytest

from sentinel.data.asked import asked
from sentinel.data.dataset import NotADataset, write_dataset


def a_set(
    folder: Path, rows: pl.DataFrame, told: object = None, label: str | None = None, form: str | None = None
) -> Path:
    write_dataset(folder, rows, b"salt", 0.2, label=label, form=form)
    (folder / "set.json").write_text(json.dumps(told if told is not None else {"set": "canary"}))
    return folder


def test_documents_stand_in_the_order_of_the_rows_each_once(tmp_path: Path) -> None:
    rows = pl.DataFrame({"text": ["b", "a", "b", "c"], "label": ["x", "y", "x", None]})
    held = asked(a_set(tmp_path / "s", rows, label="label"))
    assert [(each.text, each.truth, each.weight) for each in held.questions] == [("b", "x", 1.0), ("a", "y", 1.0)]
    assert (held.name, held.form, held.left_out, held.labels) == ("canary", "classification", 2, ("x", "y"))


@pytest.mark.parametrize(
    ("columns", "form"),
    [
        ({"text": ["a"]}, "text"),
        ({"text": ["a"], "label": ["x"]}, "classification"),
        ({"messages": ['[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]']}, "chat"),
        ({"prompt": ["a"], "chosen": ["b"], "rejected": ["c"]}, "preference"),
    ],
)
def test_the_form_is_what_the_schema_says_or_what_the_fields_are(
    tmp_path: Path, columns: dict[str, list[str]], form: str
) -> None:
    held = asked(a_set(tmp_path / "s", pl.DataFrame(columns), label="label" if "label" in columns else None))
    assert held.form == form and len(held.questions) == 1


def test_group_and_slice_and_repeats_are_told(tmp_path: Path) -> None:
    rows = pl.DataFrame({"text": ["a", "b"], "label": ["x", "y"], "group": ["g", None], "slice": ["s", "t"]})
    told = {"set": "hard", "sampled": True, "repeats": 20}
    held = asked(a_set(tmp_path / "s", rows, told, label="label"))
    assert (held.name, held.sampled, held.repeats) == ("hard", True, 20)
    assert [(each.group, each.slice) for each in held.questions] == [("g", "s"), (None, "t")]


@pytest.mark.parametrize("told", [[], {"set": "No Name"}, {"set": "a", "repeats": 0}, {"set": "a", "repeats": True}])
def test_a_set_that_says_nonsense_of_itself_is_none(tmp_path: Path, told: object) -> None:
    with pytest.raises(NotADataset, match=r"set\.json"):
        asked(a_set(tmp_path / "s", pl.DataFrame({"text": ["a"]}), told))


def test_rows_of_no_form_are_no_set(tmp_path: Path) -> None:
    with pytest.raises(NotADataset, match="none of the forms"):
        asked(a_set(tmp_path / "s", pl.DataFrame({"n": [1, 2]})))


def test_what_was_asked_often_counts_as_often_under_each_label_that_it_got(tmp_path: Path) -> None:
    """Five hundred times "reset my password" counted once, by its oldest label."""
    rows = pl.DataFrame({
        "text": ["reset", "bill", "reset", "reset", "gone", "reset"], "label": ["old", "x", "new", "new", None, "old"],
        "weight": [20.0, 1.0, 20.0, 1.0, 5.0, 2.5],
    })  # fmt: skip
    held = asked(a_set(tmp_path / "s", rows, label="label", form="classification"))
    found = [(each.text, each.truth, each.weight) for each in held.questions]
    assert found == [("reset", "old", 22.5), ("bill", "x", 1.0), ("reset", "new", 21.0)]
    assert len({each.doc for each in held.questions}) == 3 and held.left_out == 1
    fewer = asked(a_set(tmp_path / "t", rows.tail(2), label="label", form="classification"))
    assert fewer.questions[0].doc == held.questions[0].doc  # whatever stands beside it


def test_each_pair_of_a_prompt_is_a_document_of_its_own(tmp_path: Path) -> None:
    rows = pl.DataFrame({"prompt": ["p"] * 4, "chosen": ["a", "a", "b", "a"], "rejected": ["b", "c", "c", "b"]})
    held = asked(a_set(tmp_path / "s", rows, form="preference"))
    assert [(each.truth, each.other) for each in held.questions] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert len({each.doc for each in held.questions}) == 3 and held.left_out == 1
