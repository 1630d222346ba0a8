"""Reading, copying, checking and dropping what the store holds."""

import fcntl
import os
import stat
import time

import pytest

from sentinel.domain.refusal import Refused

TREE = {"report.json": b"{}", "parts/one": b"1" * 70_000, "parts/deep/two": b"2"}
NOT_HERE = "ab" * 32


@pytest.fixture
def kept(store, plant, tmp_path):
    return store.put(plant(tmp_path / "out", TREE))


def code(refused) -> str:
    return refused.value.refusal.code


def writable(path):
    """The path, after its mode was changed as an intruder or a tired administrator would."""
    path.parent.chmod(0o755)
    if path.exists() and not path.is_symlink():
        path.chmod(0o644)
    return path


@pytest.mark.parametrize("ask", ["path", "manifest", "size", "verify"])
def test_what_is_not_here_is_said_to_be_gone(store, ask):
    with pytest.raises(Refused) as refused:
        getattr(store, ask)(NOT_HERE)
    assert code(refused) == "E-gone"
    assert NOT_HERE in refused.value.refusal.what
    assert not store.has(NOT_HERE)


@pytest.mark.parametrize("text", ["", "ab", "../../etc", "AB" * 32, "ab" * 31 + "a\n", "\x1b[2J"])
def test_what_is_not_a_digest_never_becomes_a_path(store, text):
    for ask in (store.path, store.has, store.drop, store.verify):
        with pytest.raises(Refused) as refused:
            ask(text)
        assert code(refused) == "E-digest"
        assert str(refused.value).isprintable()


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "parts/../report.json", "parts//one", "parts",
                                  "parts/one/", "report.json/x", "nothing", "a\nb"])  # fmt: skip
def test_only_files_of_the_artifact_itself_can_be_opened(store, kept, name):
    with pytest.raises(Refused) as refused:
        store.open(kept.digest, name)
    assert code(refused) == "E-gone"


def test_a_link_that_somebody_put_into_an_artifact_is_not_followed(store, kept, tmp_path):
    folder = store.path(kept.digest)
    folder.chmod(0o755)
    (folder / "report.json").unlink()
    (folder / "report.json").symlink_to("/etc/passwd")
    (folder / "linked").symlink_to(tmp_path / "out" / "parts")
    for name in ("report.json", "linked/one"):
        with pytest.raises(Refused):
            store.read(kept.digest, name)
    assert store.verify(kept.digest) == [
        "linked: extra: it is a symbolic link", "report.json: damaged: it is a symbolic link",
    ]  # fmt: skip


def test_an_open_file_gives_its_bytes_in_parts(store, kept):
    with store.open(kept.digest, "parts/one") as file:
        file.seek(69_998)
        assert file.read(100) == b"11"


def test_verify_says_exactly_what_is_damaged_missing_and_extra(store, kept):
    folder = store.path(kept.digest)
    assert store.verify(kept.digest) == []
    writable(folder / "report.json").write_bytes(b"[]")
    with writable(folder / "parts" / "one").open("ab") as file:
        file.write(b"1")
    writable(folder / "parts" / "deep" / "two").unlink()
    writable(folder / "parts" / "three").write_bytes(b"3")
    damaged = store.verify(kept.digest)
    assert [line.split(" is ")[0] for line in damaged] == [
        "parts/deep/two: missing",
        "parts/one: damaged: it has 70001 bytes and should have 70000",
        "parts/three: extra: it",
        "report.json: damaged: its sha256",
    ]


@pytest.mark.parametrize("lost", ["gone", "torn"])
def test_a_list_that_was_lost_is_made_again_from_a_whole_tree(store, kept, lost):
    place = store.path(kept.digest).with_suffix(".files")
    before = place.read_bytes()
    writable(place).write_bytes(before[:-7])
    if lost == "gone":
        place.unlink()
    assert [entry.path for entry in store.manifest(kept.digest)] == ["parts/deep/two", "parts/one", "report.json"]
    assert place.read_bytes() == before


def test_putting_an_artifact_again_brings_back_its_lost_list(store, kept, tmp_path):
    place = store.path(kept.digest).with_suffix(".files")
    place.unlink()
    store.put(tmp_path / "out")
    assert place.is_file()


def test_a_lost_list_of_a_damaged_tree_is_damage_and_not_a_new_list(store, kept):
    folder = store.path(kept.digest)
    folder.with_suffix(".files").unlink()
    writable(folder / "report.json").write_bytes(b"[]")
    assert store.verify(kept.digest) == ["the list of files is lost, and the files are not what the digest says."]
    with pytest.raises(Refused) as refused:
        store.size(kept.digest)
    assert code(refused) == "E-damaged"
    assert not folder.with_suffix(".files").exists()


def test_a_private_copy_can_be_written_and_the_artifact_stays(store, kept, tmp_path):
    target = tmp_path / "in"
    store.materialise(kept.digest, target)
    assert {
        path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()
    } == TREE
    assert stat.S_IMODE((target / "parts" / "one").stat().st_mode) == 0o600
    (target / "parts" / "one").write_bytes(b"mine")
    (target / "parts" / "new").write_bytes(b"mine")
    assert store.verify(kept.digest) == []


def test_a_copy_of_a_damaged_artifact_is_refused_and_leaves_nothing(store, kept, tmp_path):
    folder = store.path(kept.digest)
    writable(folder / "parts" / "one").write_bytes(b"short")
    with pytest.raises(Refused, match="parts/one has 5 bytes and should have 70000"):
        store.materialise(kept.digest, tmp_path / "in")
    (folder / "parts" / "one").unlink()
    with pytest.raises(Refused, match="parts/one is missing"):
        store.materialise(kept.digest, tmp_path / "in")
    assert not (tmp_path / "in").exists()


def test_a_copy_never_writes_into_a_folder_that_is_there(store, kept, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "report.json").write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        store.materialise(kept.digest, tmp_path / "in")
    assert (tmp_path / "in" / "report.json").read_bytes() == b"theirs"


def test_dropping_removes_the_tree_and_its_list_and_twice_is_no_error(store, kept, plant, tmp_path):
    other = store.put(plant(tmp_path / "other", {"x": b"x"}))
    assert sorted([kept.digest, other.digest]) == list(store.walk())
    place = store.path(kept.digest)
    for _ in range(2):
        store.drop(kept.digest)
    assert list(store.walk()) == [other.digest]
    assert not place.with_suffix(".files").exists()
    assert os.listdir(store.root / "tmp") == []


def test_size_is_the_bytes_of_all_files(store, kept):
    assert store.size(kept.digest) == kept.size == 70_003


def test_a_sweep_removes_old_leftovers_and_nothing_else(store, kept, plant):
    tmp = store.root / "tmp"
    old, young, busy = (plant(tmp / name, {"deep/file": b"x"}) for name in ("1-old", "2-young", "3-busy"))
    (old / "deep").chmod(0o555)
    (tmp / "4-list").write_bytes(b"list")
    orphan = store.path(kept.digest).parent / f"{NOT_HERE}.files"
    orphan.write_bytes(b"list")
    long_ago = time.time() - 7200
    for path in (old, busy, tmp / "4-list", orphan, store.path(kept.digest).with_suffix(".files")):
        os.utime(path, (long_ago, long_ago))
    handle = os.open(busy, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert store.sweep(3600) == 3
    assert sorted(os.listdir(tmp)) == ["2-young", "3-busy"]
    os.close(handle)
    assert store.sweep(3600) == 1
    assert young.exists() and not orphan.exists()
    assert store.verify(kept.digest) == []
    assert store.path(kept.digest).with_suffix(".files").exists()


def test_opening_a_store_twice_finds_what_is_there(store, kept):
    again = type(store)(store.root)
    assert list(again.walk()) == [kept.digest]
