"""Datasets of the Hub through its real client: parquet, JSON lines or CSV at a commit, and never a script."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.data.ingest import ingest
from sentinel.data.rows import rows_in
from sentinel.data.snapshot import Snapshot
from sentinel.data.source.form import HubSource, Place
from sentinel.domain.refusal import Refused
from tests.unit.data.source.hub_server import COMMIT, Hub, serving

pytest.importorskip("huggingface_hub")
LINES = b'{"n": 3}\n'


def parquet(*numbers: int) -> bytes:
    file = io.BytesIO()
    pl.DataFrame({"n": numbers}).write_parquet(file)
    return file.getvalue()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    files = {"README.md": b"#", "data/train-0.parquet": parquet(1), "data/test-0.parquet": parquet(2), "a.jsonl": LINES,
             "tickets.py": b"raise SystemExit"}  # fmt: skip
    with serving(Hub(files)) as found:
        monkeypatch.setenv("HF_ENDPOINT", found.endpoint)
        yield found


def taken(folder: Path, token: str | None = None, **more: Any) -> Snapshot:
    place = Place(folder, folder / "aside", secret=lambda _: token or "")
    source = HubSource(more.pop("hub", "acme/tickets"), token="credential:t" if token else None, **more)
    return ingest(source, folder / "out", place)


def numbers(folder: Path) -> list[int]:
    return pl.concat(list(rows_in(folder / "out")))["n"].to_list()


def test_the_parquet_of_a_dataset_is_taken_at_the_commit_that_its_revision_stands_for(tmp_path: Path, hub: Hub) -> None:
    snapshot = taken(tmp_path)
    assert snapshot.source["commit"] == COMMIT and snapshot.source["revision"] == "main"
    assert [each.name for each in snapshot.taken] == ["data/test-0.parquet", "data/train-0.parquet"]
    assert numbers(tmp_path) == [2, 1]
    assert not any("tickets.py" in asked for asked in hub.asked)


def test_files_may_be_named_by_patterns(tmp_path: Path, hub: Hub) -> None:
    taken(tmp_path, files=("data/train-*.parquet", "*.jsonl"), revision=COMMIT)
    assert numbers(tmp_path) == [3, 1]


def test_a_token_is_given_where_one_is_named_and_nowhere_else(tmp_path: Path, hub: Hub) -> None:
    hub.token = "T0P"
    with pytest.raises(Refused, match="there is no such dataset, or it is not open to us"):
        taken(tmp_path)
    assert taken(tmp_path, "T0P").rows == 2


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"hub": "acme/none"}, "there is no such dataset"),
        ({"hub": "../../etc"}, "no name of a dataset"),
        ({"revision": "v9"}, "it has no revision v9"),
        ({"files": ("*.csv",)}, "it has no file like *.csv. It has README.md, a.jsonl,"),
        ({"at_most": 100}, "bytes, and 100 are allowed"),
    ],
)
def test_what_a_hub_does_not_give_is_refused_with_the_reason(
    tmp_path: Path, hub: Hub, more: dict[str, Any], says: str
) -> None:
    with pytest.raises(Refused) as why:
        taken(tmp_path, **more)
    assert says in str(why.value)


def test_a_file_whose_name_leads_out_is_not_there(tmp_path: Path, hub: Hub) -> None:
    hub.files = {"../../evil.jsonl": LINES, "/evil.jsonl": LINES, "good.jsonl": LINES}
    assert [each.name for each in taken(tmp_path).taken] == ["good.jsonl"]
    assert not any("evil" in asked for asked in hub.asked)


def test_a_dataset_that_is_made_by_a_script_is_refused(tmp_path: Path, hub: Hub) -> None:
    hub.files = {"tickets.py": b"raise SystemExit", "dataset_infos.json": b"{}"}
    with pytest.raises(Refused, match="it is made by a script, which is never run"):
        taken(tmp_path)
