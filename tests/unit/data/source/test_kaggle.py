"""Datasets of Kaggle through a client that looks like Kaggle's own: file by file, and nothing is unpacked."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.data.ingest import ingest
from sentinel.data.rows import rows_in
from sentinel.data.snapshot import Snapshot
from sentinel.data.source.form import KaggleSource, Place
from sentinel.domain.refusal import Refused

CLIENT = """
import os, shutil
from types import SimpleNamespace

class KaggleApi:
    home = "HOME"

    def authenticate(self):
        if os.environ.get("KAGGLE_API_TOKEN") != "T0P":
            raise SystemExit(1)

    def dataset_list_files(self, dataset, page_token=None, page_size=20):
        assert dataset == "acme/tickets/3", dataset
        names = ["a/rows.csv", "b/rows.csv", "notes.txt", "large.jsonl"]
        number = int(page_token or 0)
        name = names[number]
        file = SimpleNamespace(name=name, total_bytes=10**12 if name == "large.jsonl" else 10)
        return SimpleNamespace(files=[file], next_page_token=str(number + 1) if number < 3 else "")

    def dataset_download_file(self, dataset, name, path=None, force=False, quiet=True):
        suffix = ".zip" if name == "notes.txt" else ""
        shutil.copy(f"{self.home}/{name}", f"{path}/{name.rpartition('/')[2]}{suffix}")
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home, package = tmp_path / "kaggle-home", tmp_path / "site/kaggle/api"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("")
    (package / "kaggle_api_extended.py").write_text(CLIENT.replace("HOME", str(home)))
    for number, name in enumerate(("a/rows.csv", "b/rows.csv", "notes.txt")):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"n\n{number}\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield home
    for name in [name for name in sys.modules if name.partition(".")[0] == "kaggle"]:
        del sys.modules[name]


def taken(folder: Path, **more: Any) -> Snapshot:
    place = Place(folder, folder / "aside", secret=lambda _: more.pop("secret", "T0P"))
    return ingest(KaggleSource("acme/tickets", 3, token="credential:kaggle", **more), folder / "out", place)


def test_files_are_taken_one_by_one_also_where_two_have_one_name(tmp_path: Path, client: Path) -> None:
    snapshot = taken(tmp_path, files=("*/rows.csv",))
    assert [each.name for each in snapshot.taken] == ["a/rows.csv", "b/rows.csv"]
    assert pl.concat(list(rows_in(tmp_path / "out")))["n"].to_list() == [0, 1]


def test_its_token_does_not_stay_in_the_environment(
    tmp_path: Path, client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(tmp_path, files=("a/*",))
    import os

    assert "KAGGLE_API_TOKEN" not in os.environ


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ((), "its files have 1,000,000,000,020 bytes, and 53,687,091,200 are allowed"),
        (("*.parquet",), "it has no file like *.parquet. It has a/rows.csv, b/rows.csv, large.jsonl, notes.txt."),
        (("notes.txt",), "Kaggle gave something else in place of notes.txt, an archive perhaps"),
    ],
)
def test_what_cannot_be_taken_is_refused(tmp_path: Path, client: Path, files: tuple[str, ...], says: str) -> None:
    with pytest.raises(Refused) as why:
        taken(tmp_path, files=files)
    assert says in str(why.value)


def test_without_a_token_the_refusal_says_how_to_give_one(tmp_path: Path, client: Path) -> None:
    with pytest.raises(Refused, match=r"lets nobody in without a token. Give `token: credential:NAME`"):
        ingest(KaggleSource("acme/tickets"), tmp_path / "out", Place(tmp_path, tmp_path / "aside"))


def test_without_the_client_the_refusal_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kaggle", None)
    with pytest.raises(Refused, match=r"pip install 'sentinel\[kaggle\]'"):
        ingest(KaggleSource("acme/tickets"), tmp_path / "out", Place(tmp_path, tmp_path / "aside"))
