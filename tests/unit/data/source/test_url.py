"""Rows behind an address: the digest is held, and what it is called says how it is read."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from sentinel.data.ingest import ingest
from sentinel.data.snapshot import Snapshot
from sentinel.data.source.form import Place, UrlSource
from sentinel.domain.refusal import Refused
from tests.contract.files_server import Files, serving

DATA = b'{"n": 1}\n{"n": 2}\n'


def taken(folder: Path, url: str, **more: Any) -> Snapshot:
    return ingest(UrlSource(url, **more), folder / "out", Place(folder, folder / "aside"))


def test_a_file_is_taken_in_with_its_etag_and_its_digest_on_record(tmp_path: Path) -> None:
    with serving(Files(DATA)) as files:
        snapshot = taken(tmp_path, files.url, digest=hashlib.sha256(DATA).hexdigest().upper())
    assert snapshot.rows == 2 and snapshot.source["etag"] == files.tag
    assert snapshot.taken[0].name == "a.jsonl" and snapshot.taken[0].sha256 == hashlib.sha256(DATA).hexdigest()


def test_another_file_than_was_promised_is_refused_and_not_gone_on_with(tmp_path: Path) -> None:
    with serving(Files(DATA)) as files:
        with pytest.raises(Refused, match=f"it has the digest {hashlib.sha256(DATA).hexdigest()}, and 0000"):
            taken(tmp_path, files.url, digest="0" * 64)
        assert not (tmp_path / "aside/url/partial").exists()


def test_a_name_that_says_nothing_needs_a_word_on_how_to_read(tmp_path: Path) -> None:
    with serving(Files(DATA)) as files:
        url = files.url.replace("a.jsonl", "export?id=7")
        with pytest.raises(Exception, match="export is none of"):
            taken(tmp_path, url)
        assert taken(tmp_path, url, as_="jsonl").rows == 2


def test_an_earlier_attempt_s_part_is_gone_on_with(tmp_path: Path) -> None:
    with serving(Files(DATA)) as files:
        (tmp_path / "kept").mkdir()
        (tmp_path / "kept/partial").write_bytes(DATA[:9])
        (tmp_path / "kept/state.json").write_text(f'{{"url": "{files.url}", "etag": "\\{files.tag[:-1]}\\""}}')
        place = Place(tmp_path, tmp_path / "aside", kept=tmp_path / "kept")
        assert ingest(UrlSource(files.url), tmp_path / "out", place).rows == 2
    assert files.asked[0]["Range"] == "bytes=9-"
