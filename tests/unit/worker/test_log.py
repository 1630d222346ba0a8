"""The log takes what fits, counts what does not, and never stands in an attempt's way."""

import os
from pathlib import Path

from sentinel.worker.log import Log, drain, pipe, pump


def log_at(path: Path, limit: int) -> Log:
    return Log(path, limit, lambda: None)


def test_what_fits_is_kept_and_the_rest_is_counted(tmp_path: Path) -> None:
    log = log_at(tmp_path / "log", 10)
    for piece in (b"12345", b"67890abc", b"def"):
        log.write(piece)
    log.close()
    assert (tmp_path / "log").read_text() == "1234567890\n… the log is full: 6 bytes more were dropped\n"


def test_a_log_within_its_limit_holds_nothing_of_ours(tmp_path: Path) -> None:
    log = log_at(tmp_path / "log", 10)
    log.write(b"1234567890")
    log.close()
    assert (tmp_path / "log").read_bytes() == b"1234567890"


def test_what_was_in_the_log_before_counts_towards_its_limit(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"first words")
    log = log_at(tmp_path / "log", 12)
    log.write(b"abc")
    log.close()
    assert (tmp_path / "log").read_text().startswith("first wordsa\n…")


def test_a_full_disk_is_no_error_of_the_attempt() -> None:
    log = log_at(Path("/dev/full"), 10**6)
    log.write(b"words")
    log.close()


def test_the_pump_beats_while_it_waits_and_ends_when_the_pipe_does(tmp_path: Path) -> None:
    beats: list[int] = []
    reader, writer = pipe()

    def beat() -> None:
        beats.append(1)
        os.close(writer)

    log = Log(tmp_path / "log", 100, beat)
    os.write(writer, b"words")
    pump(reader, log)
    os.close(reader)
    log.close()
    assert beats == [1]
    assert (tmp_path / "log").read_bytes() == b"words"


def test_draining_takes_what_is_there_and_does_not_wait_for_more(tmp_path: Path) -> None:
    reader, writer = pipe()
    os.write(writer, b"words")
    log = log_at(tmp_path / "log", 100)
    drain(reader, log)
    log.close()
    assert (tmp_path / "log").read_bytes() == b"words"
    os.close(reader)
    os.close(writer)
