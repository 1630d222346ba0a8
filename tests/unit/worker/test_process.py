"""A worker knows its lock, its GPUs and its threads."""

import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from sentinel.contract.attempt import LOCK, PROGRESS
from sentinel.worker import process


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[int]:
    handle = os.open(tmp_path / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    yield handle
    os.close(handle)


def test_the_lock_that_was_handed_over_is_known_as_the_attempts_own(tmp_path: Path, lock: int) -> None:
    assert process.holds_lock(tmp_path, os.dup(lock))


def test_a_lock_that_another_holds_is_not_ours(tmp_path: Path, lock: int) -> None:
    another = os.open(tmp_path / LOCK, os.O_RDWR)
    assert not process.holds_lock(tmp_path, another)
    os.close(another)


def test_the_lock_of_another_attempt_is_not_ours(tmp_path: Path, lock: int) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / LOCK).touch()
    assert not process.holds_lock(tmp_path / "other", lock)
    assert not process.holds_lock(tmp_path / "nowhere", lock)
    assert not process.holds_lock(tmp_path, 987)


def test_a_beat_touches_the_progress_file_and_leaves_what_is_in_it(tmp_path: Path) -> None:
    process.beat(tmp_path)
    assert (tmp_path / PROGRESS).read_bytes() == b""
    (tmp_path / PROGRESS).write_text("a line\n")
    os.utime(tmp_path / PROGRESS, (1, 1))
    process.beat(tmp_path)
    assert (tmp_path / PROGRESS).stat().st_mtime > 1
    assert (tmp_path / PROGRESS).read_text() == "a line\n"


def test_a_beat_into_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    process.beat(tmp_path / "gone")


@pytest.mark.parametrize(
    ("before", "mine", "shown"),
    [
        (None, (1, 3), "1,3"),
        (None, (), ""),
        ("", (0,), "0"),
        ("4,5", (1,), "5"),
        ("GPU-a,GPU-b", (0,), "GPU-a"),
    ],
)
def test_only_the_claimed_gpus_are_shown(
    monkeypatch: pytest.MonkeyPatch, before: str | None, mine: tuple[int, ...], shown: str
) -> None:
    monkeypatch.setenv(process.GPUS, before or "")  # set in either case, so that what is set below is undone
    if before is None:
        monkeypatch.delenv(process.GPUS)
    process.use_gpus(mine)
    assert os.environ[process.GPUS] == shown


def test_threads_are_set_for_what_is_imported_later_and_for_a_torch_that_is_here_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[int] = []
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(set_num_threads=told.append))
    for name in process.THREADS:
        monkeypatch.setenv(name, "64")
    process.use_threads(3)
    assert told == [3]
    assert {os.environ[name] for name in process.THREADS} == {"3"}
