"""What a download has to withstand: cuts, changed files, caps, redirects to where nobody may go."""

import shutil
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.refusal import Refused
from sentinel.outside import download as module
from sentinel.outside.download import PARTIAL, Wanted, download
from sentinel.outside.notify import TryLater
from tests.contract.files_server import Files, serving

DATA = b"".join(b'{"n": %d}\n' % number for number in range(200_000))


def brought(files: Files, folder: Path, **more: Any) -> bytes:
    wanted = Wanted(more.pop("url", files.url), more.pop("at_most", 10**8), more.pop("within", 20))
    download(wanted, folder, pause=lambda _: None, **more)
    return (folder / PARTIAL).read_bytes()


def ranges(files: Files) -> list[str | None]:
    return [asked.get("Range") for asked in files.asked]


def test_what_was_cut_off_goes_on_from_there(tmp_path: Path) -> None:
    with serving(Files(DATA, cuts=[1000, 500_000])) as files:
        assert brought(files, tmp_path) == DATA
    assert ranges(files) == [None, "bytes=1000-", "bytes=501000-"]
    assert files.asked[1]["If-Range"] == files.tag and files.asked[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_word_on_whether_it_is_still_the_same_file_it_begins_anew(tmp_path: Path, etag: str | None) -> None:
    with serving(Files(DATA, etag=etag, cuts=[1000])) as files:
        assert brought(files, tmp_path) == DATA
    assert ranges(files) == [None, None]


def test_a_file_that_changed_meanwhile_is_taken_from_its_beginning(tmp_path: Path) -> None:
    with serving(Files(DATA, cuts=[1000])) as files:
        with pytest.raises(TryLater):
            files.statuses = []
            brought(files, tmp_path, within=0.5)  # the first wait would end too late
        assert (tmp_path / PARTIAL).stat().st_size == 1000
        files.data = DATA[::-1]
        assert brought(files, tmp_path) == DATA[::-1]
    assert ranges(files)[-1] == "bytes=1000-"


def test_another_attempt_goes_on_from_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEEP_FROM", 300_000)
    kept: list[int] = []

    def keep(part: Path, state: Path) -> None:
        kept.append(part.stat().st_size)
        for file in (part, state):
            shutil.copy(file, tmp_path / "kept" / file.name)

    (tmp_path / "kept").mkdir()
    with serving(Files(DATA, cuts=[1_500_000])) as files:
        files.statuses = []
        with pytest.raises(TryLater):
            brought(files, tmp_path / "one", keep=keep, within=0.5)
        assert kept[0] < kept[1] < 1_500_000 == kept[-1] and len(kept) <= 4
        assert brought(files, tmp_path / "kept") == DATA
    assert ranges(files) == [None, "bytes=1500000-"]


def test_a_whole_part_is_known_to_be_whole(tmp_path: Path) -> None:
    with serving(Files(DATA)) as files:
        assert brought(files, tmp_path) == brought(files, tmp_path) == DATA
    assert ranges(files)[1] == f"bytes={len(DATA)}-"


@pytest.mark.parametrize("length", [True, False])
def test_a_cap_in_bytes_holds_whatever_length_is_told(tmp_path: Path, length: bool) -> None:
    with serving(Files(DATA, length=length)) as files, pytest.raises(Refused, match="1,000 are allowed"):
        brought(files, tmp_path, at_most=1000)
    assert not (tmp_path / PARTIAL).exists() or (tmp_path / PARTIAL).stat().st_size <= 1000


def test_a_cap_in_time_ends_a_server_that_trickles(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        begun = time.monotonic()
        with pytest.raises(TryLater, match=r"127.0.0.1: .*after 0 bytes"):
            brought(Files(b""), tmp_path, url=f"http://127.0.0.1:{server.getsockname()[1]}/", within=0.3)
        assert time.monotonic() - begun < 5


def test_a_server_that_is_busy_is_asked_again_and_one_that_stays_so_is_left_for_later(tmp_path: Path) -> None:
    with serving(Files(DATA, statuses=[503, 429])) as files:
        assert brought(files, tmp_path / "a") == DATA
        files.statuses = [500] * 9
        with pytest.raises(TryLater, match="HTTP 500, after 0 bytes"):
            brought(files, tmp_path / "b")
    assert len(files.asked) == 3 + 5


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_no_is_a_no(tmp_path: Path, status: int) -> None:
    with serving(Files(DATA, statuses=[status])) as files, pytest.raises(Refused, match=f"HTTP {status}"):
        brought(files, tmp_path)
    assert len(files.asked) == 1


@pytest.mark.parametrize(
    ("goes_to", "says"),
    [
        ("http://192.0.2.7/a", "not encrypted, and leads to another machine"),
        ("https://10.1.2.3/a", "inside a private network"),
        ("https://169.254.169.254/latest/meta-data", "inside a private network"),
        ("https://[::ffff:10.0.0.1]/", "inside a private network"),
        ("file:///etc/passwd", "not one of the web"),
        ("ftp://127.0.0.1/a", "not one of the web"),
        ("https://" + "me:secret" + "@127.0.0.1/", "holds a name or a password"),
    ],
)
def test_a_redirect_leads_nowhere_that_an_address_may_not(tmp_path: Path, goes_to: str, says: str) -> None:
    with serving(Files(DATA, goes_to=goes_to)) as files, pytest.raises(Refused, match=says) as why:
        brought(files, tmp_path)
    assert "secret" not in str(why.value)


def test_a_circle_of_redirects_ends(tmp_path: Path) -> None:
    with serving(Files(DATA, goes_to="/again")) as files, pytest.raises(Refused, match="more than 5 times"):
        brought(files, tmp_path)
    assert len(files.asked) == 6


def test_a_file_that_comes_compressed_is_refused(tmp_path: Path) -> None:
    with (
        serving(Files(DATA, headers={"Content-Encoding": "gzip"})) as files,
        pytest.raises(Refused, match="compressed"),
    ):
        brought(files, tmp_path)


@pytest.mark.parametrize(
    "url",
    ["a.jsonl", "file:///etc/passwd", "https://", "https://example.org/a b", "https://example.org:0/", "https://[x"],
)
def test_what_is_no_address_of_the_web_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Refused, match="E-download"):
        brought(Files(b""), tmp_path, url=url)
