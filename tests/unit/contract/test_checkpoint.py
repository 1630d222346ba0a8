"""A checkpoint is there whole or not at all, and one that has changed since is not gone on from."""

from pathlib import Path

import pytest

from sentinel.contract.checkpoint import last_checkpoint, saving, take_over


def save(attempt: Path, text: str) -> Path:
    attempt.mkdir(exist_ok=True)
    with saving(attempt) as folder:
        (folder / "state").write_text(text)
    return folder


def test_a_saved_checkpoint_is_the_last_one_and_the_one_before_is_gone(tmp_path: Path) -> None:
    first, second = save(tmp_path / "a1", "one"), save(tmp_path / "a1", "two")
    assert last_checkpoint(tmp_path / "a1") == second
    assert (second / "state").read_text() == "two"
    assert not first.exists()


def test_a_checkpoint_that_was_not_finished_does_not_count(tmp_path: Path) -> None:
    kept = save(tmp_path / "a1", "one")
    with pytest.raises(KeyboardInterrupt), saving(tmp_path / "a1") as folder:
        (folder / "state").write_text("half")
        raise KeyboardInterrupt
    assert last_checkpoint(tmp_path / "a1") == kept
    assert (kept / "state").read_text() == "one"


def test_an_attempt_without_a_checkpoint_has_none(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    assert take_over(tmp_path, tmp_path / "a2") is None


@pytest.mark.parametrize("harm", ["changed", "added", "lost", "torn"])
def test_a_checkpoint_that_changed_since_is_not_gone_on_from(tmp_path: Path, harm: str) -> None:
    folder = save(tmp_path / "a1", "one")
    if harm == "changed":
        (folder / "state").write_text("eno")
    elif harm == "added":
        (folder / "more").write_text("")
    elif harm == "lost":
        (folder / "state").unlink()
    else:
        (folder.parent / "last.json").write_text('{"folder": "1", "dig')
    assert last_checkpoint(tmp_path / "a1") is None


def test_the_next_attempt_gets_a_copy_of_its_own(tmp_path: Path) -> None:
    old = save(tmp_path / "a1", "one")
    (tmp_path / "a2").mkdir()
    copy = take_over(tmp_path / "a1", tmp_path / "a2")
    assert copy is not None
    assert last_checkpoint(tmp_path / "a2") == copy
    (old / "state").write_text("spoilt later")
    assert (copy / "state").read_text() == "one"


def test_a_link_is_never_part_of_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds files only"), saving(tmp_path) as folder:
        (folder / "link").symlink_to("/etc/passwd")
    assert last_checkpoint(tmp_path) is None
