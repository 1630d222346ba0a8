"""The disk, or a limit, has no room: a clean no, nothing half there, and on it goes once there is room."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentinel.domain.refusal import Refused
from sentinel.store import Store


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    (folder / "inner").mkdir(parents=True)
    (folder / "first").write_bytes(b"1")
    (folder / "inner" / "large").write_bytes(b"2" * 1_000_000)
    # a second name, so that a move has to copy it and runs into the limit after it has moved the first
    os.link(folder / "inner" / "large", tmp_path / "second-name")
    return folder


@pytest.mark.parametrize("move", [False, True], ids=["copied", "moved"])
def test_a_tree_that_there_is_no_room_for_is_refused_whole_and_left_where_it_was(tmp_path, source, move):
    store = Store(tmp_path / "store")
    with no_file_larger_than(65_536), pytest.raises(Refused) as refused:
        store.put(source, move=move)
    assert refused.value.refusal.code == "E-full"
    assert refused.value.refusal.where == str(source)
    assert list(store.walk()) == os.listdir(store.root / "tmp") == []
    assert (source / "first").read_bytes() == b"1"
    assert (source / "inner" / "large").stat().st_size == 1_000_000
    kept = store.put(source, move=move)
    assert store.verify(kept.digest) == []


def test_a_list_that_there_is_no_room_for_leaves_nothing(tmp_path):
    (tmp_path / "out").mkdir()
    for number in range(20):
        (tmp_path / "out" / f"{number}").write_bytes(b"")
    store = Store(tmp_path / "store")
    with no_file_larger_than(100), pytest.raises(Refused, match="E-full"):
        store.put(tmp_path / "out")
    assert list(store.walk()) == os.listdir(store.root / "tmp") == []
    assert list((store.root / "objects").glob("*/*")) == []


def test_a_copy_that_there_is_no_room_for_is_refused_and_removed(tmp_path, source):
    store = Store(tmp_path / "store")
    kept = store.put(source)
    with no_file_larger_than(65_536), pytest.raises(Refused, match="E-full"):
        store.materialise(kept.digest, tmp_path / "in")
    assert not (tmp_path / "in").exists()
    assert store.verify(kept.digest) == []
