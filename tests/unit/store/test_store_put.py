"""Putting trees into the store."""

import hashlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.domain.digest import tree_digest
from sentinel.domain.refusal import Refused
from sentinel.store import Entry, Kept, Store

TREE = {"report.json": b"{}", "parts/one": b"1" * 70_000, "parts/deep/two": b""}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def aside(store: Store) -> list[str]:
    return os.listdir(store.root / "tmp")


def test_a_tree_is_kept_under_the_digest_of_its_files(store, plant, tmp_path):
    kept = store.put(plant(tmp_path / "out", TREE))
    expected = tree_digest((path, len(data), sha(data)) for path, data in TREE.items())
    assert kept == Kept(expected, 70_002, 3)
    assert {path: store.read(kept.digest, path) for path in TREE} == TREE
    assert store.manifest(kept.digest) == tuple(
        Entry(path, len(TREE[path]), sha(TREE[path])) for path in sorted(TREE, key=str.encode)
    )
    assert aside(store) == []


def test_a_single_file_is_a_tree_of_one_with_its_own_name(store, tmp_path):
    (tmp_path / "card.md").write_bytes(b"hello")
    kept = store.put(tmp_path / "card.md")
    assert kept == Kept(tree_digest([("card.md", 5, sha(b"hello"))]), 5, 1)
    assert (store.path(kept.digest) / "card.md").read_bytes() == b"hello"
    assert (tmp_path / "card.md").exists()


def test_a_folder_without_files_is_an_artifact_of_nothing(store, tmp_path):
    (tmp_path / "out" / "empty").mkdir(parents=True)
    kept = store.put(tmp_path / "out")
    assert kept == Kept(tree_digest([]), 0, 0)
    assert store.manifest(kept.digest) == ()
    assert store.verify(kept.digest) == []


def test_empty_folders_modes_and_times_do_not_change_the_digest(store, plant, tmp_path):
    one, two = plant(tmp_path / "one", TREE), plant(tmp_path / "two", TREE)
    (two / "empty" / "inside").mkdir(parents=True)
    (two / "report.json").chmod(0o700)
    os.utime(two / "parts" / "one", (1, 1))
    assert store.put(one) == store.put(two)
    assert not (store.path(store.put(two).digest) / "empty").exists()


def test_putting_what_is_there_already_changes_nothing(store, plant, tmp_path):
    source = plant(tmp_path / "out", TREE)
    first = store.put(source)
    before = store.path(first.digest).stat()
    assert store.put(source) == first
    after = store.path(first.digest).stat()
    assert (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns)
    assert list(store.walk()) == [first.digest]
    assert aside(store) == []


def test_what_is_kept_is_read_only(store, plant, tmp_path):
    folder = store.path(store.put(plant(tmp_path / "out", TREE)).digest)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "parts", folder / "parts" / "deep")}
    assert (modes, folders) == ({0o444}, {0o555})


def test_a_change_of_the_source_afterwards_is_no_change_of_the_artifact(store, plant, tmp_path):
    source = plant(tmp_path / "out", TREE)
    kept = store.put(source)
    (source / "parts" / "one").write_bytes(b"other")
    assert store.read(kept.digest, "parts/one") == TREE["parts/one"]


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))


def touch(name: str | bytes) -> Callable[[Path], None]:
    return lambda path: open(os.path.join(os.fsencode(path.parent), os.fsencode(name)), "w").close()


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "a symbolic link": (lambda path: path.symlink_to("/etc/passwd"), "is a symbolic link"),
    "a link to a folder": (lambda path: path.symlink_to(path.parent), "is a symbolic link"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "is a symbolic link"),
    "a pipe": (os.mkfifo, "is a pipe"),
    "a socket": (make_socket, "is a socket"),
    "a device": (make_device, "is a device"),
    "a new line in a name": (touch("z\nz"), "has control characters in its name"),
    "an escape in a name": (touch("z\x1b[2J"), "has control characters in its name"),
    "a turned direction in a name": (touch("z\u202etxt"), "has control characters in its name"),
    "a name that is not UTF-8": (touch(b"z\xff"), "has a name that is not UTF-8"),
}


@pytest.mark.parametrize("move", [False, True], ids=["copied", "moved"])
@pytest.mark.parametrize("what", ODD)
def test_a_tree_that_holds_this_is_refused_and_left_as_it_was(store, plant, tmp_path, what, move):
    make, reason = ODD[what]
    source = plant(tmp_path / "out", {"first": b"1", "inner/second": b"2"})
    (source / "first").chmod(0o640)
    make(source / "inner" / "z")
    with pytest.raises(Refused) as refused:
        store.put(source, move=move)
    assert refused.value.refusal.code == "E-tree"
    assert reason in refused.value.refusal.what
    assert refused.value.refusal.where.startswith("inner/z")
    assert refused.value.refusal.where.isprintable()
    assert (source / "first").read_bytes() == b"1"
    assert stat.S_IMODE((source / "first").stat().st_mode) == 0o640
    assert (source / "inner" / "second").read_bytes() == b"2"
    assert list(store.walk()) == aside(store) == []


def test_a_source_that_is_itself_a_link_is_refused(store, plant, tmp_path):
    plant(tmp_path / "out", TREE)
    (tmp_path / "link").symlink_to("out")
    with pytest.raises(Refused, match="this is a symbolic link"):
        store.put(tmp_path / "link")
    assert aside(store) == []


def test_a_source_that_is_not_there_is_refused(store, tmp_path):
    with pytest.raises(Refused, match="there is nothing here to keep"):
        store.put(tmp_path / "out")
    assert aside(store) == []


@pytest.mark.parametrize("depth, length", [(70, 1), (6, 250)], ids=["too deep", "too long"])
def test_a_path_that_few_tools_could_open_is_refused(store, tmp_path, depth, length):
    folder = tmp_path / "out"
    folder.mkdir()
    handles = [os.open(folder, os.O_RDONLY)]
    for _ in range(depth):
        os.mkdir("d" * length, dir_fd=handles[-1])
        handles.append(os.open("d" * length, os.O_RDONLY, dir_fd=handles[-1]))
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=handles[-1]))
    for handle in handles:
        os.close(handle)
    with pytest.raises(Refused, match=r"folders deep|path longer"):
        store.put(folder)
    assert aside(store) == []


def test_a_move_uses_the_source_up_and_keeps_the_very_file(store, plant, tmp_path):
    source = plant(tmp_path / "out", TREE)
    inode = (source / "parts" / "one").stat().st_ino
    kept = store.put(source, move=True)
    assert (store.path(kept.digest) / "parts" / "one").stat().st_ino == inode
    assert not source.exists()
    assert store.verify(kept.digest) == []
    assert kept == store.put(plant(tmp_path / "again", TREE), move=True)
    assert not (tmp_path / "again").exists()


def test_a_single_file_can_be_moved(store, tmp_path):
    (tmp_path / "card.md").write_bytes(b"hello")
    kept = store.put(tmp_path / "card.md", move=True)
    assert store.read(kept.digest, "card.md") == b"hello"
    assert not (tmp_path / "card.md").exists()


def test_a_file_with_a_second_name_is_copied_even_in_a_move(store, plant, tmp_path):
    source = plant(tmp_path / "out", {"file": b"kept"})
    os.link(source / "file", tmp_path / "second")
    kept = store.put(source, move=True)
    (tmp_path / "second").write_bytes(b"changed behind our back")
    assert store.read(kept.digest, "file") == b"kept"
    assert not source.exists()


def test_a_move_between_file_systems_copies(store, plant, tmp_path, monkeypatch):
    def rename(source, target, **where):
        if where:
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    real = os.rename
    source = plant(tmp_path / "out", TREE)
    monkeypatch.setattr(os, "rename", rename)
    kept = store.put(source, move=True)
    assert store.verify(kept.digest) == []
    assert not source.exists()


def test_an_artifact_cannot_be_moved_out_of_the_store(store, plant, tmp_path):
    kept = store.put(plant(tmp_path / "out", TREE))
    with pytest.raises(Refused, match="belongs to an artifact"):
        store.put(store.path(kept.digest), move=True)
    assert store.put(store.path(kept.digest)) == kept
    assert store.verify(kept.digest) == []


def test_a_tree_shows_under_its_name_only_after_all_of_it_is_on_the_disk(store, plant, tmp_path, monkeypatch):
    """A power cut cannot be tried here; the order of the calls that survive one can."""
    source = plant(tmp_path / "out", TREE)
    store.drop(store.put(source).digest)  # so that its shelf is there
    synced: list[int] = []
    shown: list[str] = []
    fsync, rename = os.fsync, os.rename

    def recorded_fsync(handle):
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    def recorded_rename(source, target, **where):
        if len(os.path.basename(target)) == 64:
            inside = [source, *(os.path.join(base, name) for base, folders, files in os.walk(source)
                                for name in (*folders, *files))]  # fmt: skip
            assert {os.stat(path).st_ino for path in inside} <= set(synced)
            assert len(inside) == 6
            shown.append(target)
            synced.clear()
        rename(source, target, **where)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "rename", recorded_rename)
    kept = store.put(source)
    shelf = store.path(kept.digest).parent.stat().st_ino
    assert shown == [os.fspath(store.path(kept.digest))]
    assert synced == [shelf]
    synced.clear()
    store.put(source)
    assert synced == [shelf]


def test_a_sweep_leaves_alone_what_is_being_put(store, plant, tmp_path, monkeypatch):
    fsync, swept = os.fsync, []

    def sweeping_fsync(handle):
        swept.append(store.sweep(-1))
        fsync(handle)

    source = plant(tmp_path / "out", TREE)
    store.drop(store.put(source).digest)
    monkeypatch.setattr(os, "fsync", sweeping_fsync)
    kept = store.put(source)
    # what it may take is the list that waits for its tree, and that is made again from the tree
    assert sum(swept) <= 1
    assert store.verify(kept.digest) == []


def test_a_new_shelf_is_on_the_disk_before_anything_stands_on_it(store, plant, tmp_path, monkeypatch):
    order: list[str] = []
    fsync, mkdir, rename = os.fsync, os.mkdir, os.rename
    objects = store.root / "objects"

    def recorded_fsync(handle):
        order.append(f"fsync {os.fstat(handle).st_ino == objects.stat().st_ino}")
        fsync(handle)

    def recorded_mkdir(path, *rest, **where):
        order.append(f"mkdir {os.path.dirname(path) == os.fspath(objects)}")
        mkdir(path, *rest, **where)

    def recorded_rename(source, target, **where):
        order.append(f"rename {os.path.dirname(os.path.dirname(target)) == os.fspath(objects)}")
        rename(source, target, **where)

    source = plant(tmp_path / "out", {"file": b"x"})
    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "mkdir", recorded_mkdir)
    monkeypatch.setattr(os, "rename", recorded_rename)
    store.put(source)
    of_shelf = [call for call in order if call.endswith("True")]
    assert of_shelf == ["mkdir True", "fsync True", "rename True", "rename True"]


AS_NOBODY = """
import os, sys, tempfile
from pathlib import Path
from sentinel.store import Store
try:
    os.setgid(65534); os.setuid(65534)
except PermissionError:
    pass  # not privileged to begin with
os.umask(0o077)
with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    store = Store(root / "store")
    for move in (False, True):
        (root / "out" / "in").mkdir(parents=True, exist_ok=True)
        (root / "out" / "in" / "file").write_text(f"{move}")
        kept = store.put(root / "out", move=move)
        assert store.put(store.path(kept.digest)) == kept
        assert store.verify(kept.digest) == []
        try:
            (store.path(kept.digest) / "new").touch()
        except PermissionError:
            pass
        else:
            raise SystemExit("an artifact's folder could be written to")
        store.materialise(kept.digest, root / f"copy{move}")
        (root / f"copy{move}" / "in" / "file").write_text("mine")
        store.drop(kept.digest)
    assert list(store.walk()) == [] == os.listdir(root / "store" / "tmp")
    (root / "closed").mkdir()
    (root / "closed" / "file").touch(0o000)
    try:
        store.put(root / "closed")
    except Exception as error:
        print(error)
"""


def test_a_user_without_privileges_can_do_all_of_it(root):
    """Root may write to read-only folders and move them; others may not."""
    environment = {"PYTHONPATH": os.fspath(root), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([sys.executable, "-c", AS_NOBODY], env=environment, cwd="/",
                         capture_output=True, text=True, check=False)  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "E-tree: it cannot be read (Permission denied)" in ran.stdout
