"""A file that is written beside the work holds every block in order, or the work is told why it does not."""

from pathlib import Path

import pytest

from sentinel.data import writing as module
from sentinel.data.writing import Writing


@pytest.mark.parametrize("at_once", [1, 1000, 4 * 2**20])
def test_every_block_is_written_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    blocks = [bytes([number % 256]) * (number % 7) for number in range(2000)]
    with Writing(tmp_path / "a") as writing:
        for block in blocks:
            writing.write(block)
    assert (tmp_path / "a").read_bytes() == b"".join(blocks)


def test_a_disk_that_takes_only_some_is_asked_for_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.os.writev
    monkeypatch.setattr(module.os, "writev", lambda file, blocks: real(file, [b"".join(blocks)[:10]]))
    with Writing(tmp_path / "a") as writing:
        writing.write(b"0123456789")
        writing.write(b"abcdef")
    assert (tmp_path / "a").read_bytes() == b"0123456789abcdef"


def test_a_full_disk_is_told_to_who_writes_and_nobody_hangs() -> None:
    with pytest.raises(OSError, match="No space left"), Writing(Path("/dev/full")) as writing:
        for _ in range(100):
            writing.write(b"x" * 2**20)


def test_what_went_wrong_with_the_work_is_not_hidden_by_the_disk() -> None:
    with pytest.raises(ValueError, match="the work"), Writing(Path("/dev/full")) as writing:
        writing.write(b"x")
        raise ValueError("the work")
