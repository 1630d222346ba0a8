"""Each kind of artifact has a class and a form, and a tree that has not the form is told why."""

import json
from pathlib import Path

import pytest

from sentinel.contract.kinds import FORMS, KIND_CLASSES, Dataset, Model, form_faults
from sentinel.domain.artifact import KINDS

REPORT = {"model": "m", "task": "t", "settings": {}, "sets": []}


def tree(path: Path, **files: object) -> Path:
    path.mkdir()
    for name, held in files.items():
        text = held if isinstance(held, str) else json.dumps(held)
        (path / name.replace("__", ".")).write_text(text)
    return path


def test_every_kind_of_the_domain_has_a_class() -> None:
    assert set(KIND_CLASSES) == KINDS
    assert set(FORMS) <= KINDS


def test_kinds_are_told_apart_by_their_class() -> None:
    assert Model("d", Path("p")) != Dataset("d", Path("p"))
    assert Model.made(Path("p")) == Model("", Path("p"))


def test_a_tree_of_the_right_form_has_no_faults(tmp_path: Path) -> None:
    path = tree(tmp_path / "report", report__json=REPORT, documents__parquet="x")
    assert form_faults("EvalReport", path) == []


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    path = tree(tmp_path / "rows", rows__parquet="x")
    assert form_faults("Dataset", path) == [
        "Dataset lacks schema.json.", "Dataset lacks profile.json.", "Dataset lacks sides.parquet.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "report.json is not JSON."),
        ("[1]", "report.json is not a JSON object."),
        ("[" * 100_000, "report.json is not JSON."),
        ('{"model": "m", "task": "t", "sets": []}', "report.json lacks `settings`."),
    ],
)
def test_a_broken_report_is_told_as_such(tmp_path: Path, text: str, says: str) -> None:
    assert form_faults("EvalReport", tree(tmp_path / "r", report__json=text, documents__parquet="x")) == [says]


def test_links_and_empty_trees_are_no_artifacts(tmp_path: Path) -> None:
    assert form_faults("Card", tree(tmp_path / "empty")) == ["Card is empty."]
    path = tree(tmp_path / "card", card__md="x")
    (path / "link").symlink_to("/etc/passwd")
    assert form_faults("Card", path) == ["link is neither a file nor a folder."]
    (tmp_path / "linked").symlink_to(path)
    assert form_faults("Card", tmp_path / "linked") == ["Card is a folder, and linked is not."]


def test_an_unknown_kind_is_told_as_such(tmp_path: Path) -> None:
    assert form_faults("Modle", tmp_path) == ["There is no kind `Modle`."]
