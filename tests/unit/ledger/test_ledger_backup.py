"""A backup is whole, and made while the daemon goes on; going back to one keeps what was there."""

import random
import threading
import time
from pathlib import Path

import pytest

from sentinel.domain import points
from sentinel.domain.refusal import Refused
from sentinel.ledger import Ledger, restore
from sentinel.ledger import backup as copying
from sentinel.ledger.doctor import doctor
from tests.unit.ledger.test_ledger_open import change, refusal_of
from tests.unit.ledger.world import World


def test_a_backup_holds_what_is_written_between_its_steps(
    lived: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PAGES", 8)
    target = folder / "backup.db"
    with Ledger.open(lived) as ledger:
        world = World(ledger, random.Random(4))
        steps = 0
        for progress in ledger.backup(target):
            assert not target.exists(), "half a backup is never in its place"
            assert progress.done <= progress.of
            if progress.done < progress.of:
                world.turn()
            steps += 1
        assert steps > 5
        assert doctor(target).seq == ledger.last_seq
    assert doctor(target).faults == []
    with Ledger.open(target) as copy:
        assert copy.reads.events(limit=10**6)[-len(world.acknowledged) :] == world.acknowledged
    assert not [file.name for file in folder.iterdir() if file.name.startswith(".")]


def test_no_step_of_a_backup_holds_the_thread_for_long(lived: Path, folder: Path) -> None:
    """Counted in the time of the processor, over all threads: no other load on the machine is taken for ours."""
    with Ledger.open(lived) as ledger:
        longest = 0.0
        steps = ledger.backup(folder / "backup.db")
        while True:
            began = time.process_time()
            if next(steps, None) is None:
                break
            longest = max(longest, time.process_time() - began)
    assert longest < 0.05


def test_a_backup_that_is_given_up_leaves_nothing_behind(
    lived: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PAGES", 2)
    with Ledger.open(lived) as ledger:
        steps = ledger.backup(folder / "backup.db")
        next(steps)
        next(steps)
        steps.close()  # type: ignore[attr-defined]
        assert ledger.append([], at=1, actor="test") == []
        world = World(ledger, random.Random(4))
        world.turn()
    assert sorted(file.name for file in folder.iterdir()) == ["ledger.db", "ledger.db.lock"]
    assert "backup" not in [thread.name for thread in threading.enumerate()]


def test_a_backup_where_there_is_no_room_says_so_and_the_ledger_goes_on(lived: Path) -> None:
    with Ledger.open(lived) as ledger:
        with pytest.raises(OSError, match="nowhere"):
            list(ledger.backup(lived.parent / "nowhere" / "backup.db"))
        World(ledger, random.Random(4)).turn()


def test_a_restore_brings_back_the_backup_and_keeps_what_was_there(lived: Path, folder: Path) -> None:
    with Ledger.open(lived) as ledger:
        list(ledger.backup(folder / "backup.db"))
        then = ledger.reads.events(limit=10**6)
        world = World(ledger, random.Random(4))
        for _ in range(20):
            world.turn()
        now = ledger.reads.events(limit=10**6)
    kept = restore(folder / "backup.db", lived)
    assert kept == lived.with_name("ledger.db.old-1")
    with Ledger.open(lived) as ledger:
        assert ledger.reads.events(limit=10**6) == then
    with Ledger.open(kept) as ledger:
        assert ledger.reads.events(limit=10**6) == now
    assert restore(folder / "backup.db", lived) == lived.with_name("ledger.db.old-2")
    assert restore(folder / "backup.db", folder / "elsewhere.db") is None


def test_a_restore_goes_over_a_ledger_that_cannot_be_opened(lived: Path, folder: Path) -> None:
    with Ledger.open(lived) as ledger:
        list(ledger.backup(folder / "backup.db"))
    lived.write_bytes(b"torn")
    lived.with_name("ledger.db-wal").write_bytes(b"torn too")
    assert refusal_of(lived).code == "E-damaged-ledger"
    kept = restore(folder / "backup.db", lived)
    assert kept is not None
    assert kept.read_bytes() == b"torn"
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"torn too"
    with Ledger.open(lived) as ledger:
        assert ledger.last_seq > 0


def test_a_restore_under_a_living_daemon_is_refused(lived: Path, folder: Path) -> None:
    with Ledger.open(lived) as ledger:
        list(ledger.backup(folder / "backup.db"))
        with pytest.raises(Refused, match="E-busy"):
            restore(folder / "backup.db", lived)


def test_a_backup_that_is_not_sound_is_refused_and_nothing_is_changed(lived: Path, folder: Path) -> None:
    with Ledger.open(lived) as ledger:
        list(ledger.backup(folder / "backup.db"))
    before = lived.read_bytes()
    for spoilt, code in (("edited", "E-damaged-backup"), ("torn", "E-damaged-ledger"), ("gone", "E-no-backup")):
        if spoilt == "edited":
            change(folder / "backup.db", "UPDATE runs SET why = 'another' WHERE num = (SELECT max(num) FROM runs)")
        elif spoilt == "torn":
            (folder / "backup.db").write_bytes(b"torn")
        else:
            (folder / "backup.db").unlink()
        with pytest.raises(Refused) as caught:
            restore(folder / "backup.db", lived)
        assert caught.value.refusal.code == code
        assert lived.read_bytes() == before


@pytest.mark.parametrize("point", ["ledger.restore.marked", "ledger.restore.aside", "ledger.restore.placed"])
def test_a_restore_that_was_broken_off_is_told_of_and_can_be_done_again(lived: Path, folder: Path, point: str) -> None:
    with Ledger.open(lived) as ledger:
        list(ledger.backup(folder / "backup.db"))
        seq = ledger.last_seq
        World(ledger, random.Random(4)).append([("line/a", [])])

    def stop(reached: str) -> None:
        if reached == point:
            raise KeyboardInterrupt

    points.watch(stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            restore(folder / "backup.db", lived)
    finally:
        points.watch(None)
    assert refusal_of(lived).code == "E-restore-unfinished"
    kept = restore(folder / "backup.db", lived)
    assert kept == lived.with_name("ledger.db.old-1"), "the old ledger is still the old ledger"
    for each in (lived, kept):
        with Ledger.open(each) as ledger:
            assert ledger.last_seq == seq
