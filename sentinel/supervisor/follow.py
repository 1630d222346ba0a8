"""The file that a line's outcomes are written to by another program, followed: each whole line is read once.

How far it has been read is on record with what was read. A file that was put in its place, or emptied, is read from its
beginning; an outcome that was there already counts once.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from sentinel.domain.outcome import FileFollowed, Followed, Settling
from sentinel.domain.streams import stream_of
from sentinel.outside.growing import growing, is_same, mark
from sentinel.supervisor.alerts import alert, all_clear
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.outcomes import take_all
from sentinel.supervisor.settling import AT_ONCE, labels_of
from sentinel.supervisor.work import Work

KIND = "labels"
_CHUNK = 2**18


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a file in one go."""

    file: str
    head: str
    begun: int
    offset: int
    lines: tuple[bytes, ...]
    trouble: str = ""
    """Why nothing can be read."""


def followed_files(catalogue: Catalogue) -> dict[str, str]:
    """The file that each line's outcomes are followed in."""
    told = {line: labels_of(catalogue, line).follow for line in catalogue.lines}
    return {line: file for line, file in told.items() if file is not None}


def read_on(workspace: Path, file: str, known: Followed | None) -> Read | None:
    """The next whole lines of a file; None where there are none."""
    known = known if known is not None and known.file == file else Followed(file)
    try:
        with growing(workspace / file) as handle:
            same = is_same(handle, known.offset, known.head)
            begun = known.offset if same else 0
            lines, offset = _whole_lines(os.pread(handle.fileno(), _CHUNK, begun), begun)
            head = mark(handle, offset)
    except FileNotFoundError:
        return None  # it is written anew, or nothing has been written yet; a feed that stays silent is told of
    except OSError as error:
        return Read(file, known.head, known.offset, known.offset, (), error.strerror or "it cannot be read")
    return None if offset == begun and same else Read(file, head, begun, offset, lines)


def _whole_lines(chunk: bytes, begun: int) -> tuple[tuple[bytes, ...], int]:
    """The whole lines of a chunk, and where the next begins. Of a line longer than a chunk only the end is read."""
    held = [line + b"\n" for line in chunk.split(b"\n")[:-1]][:AT_ONCE]
    if not held and len(chunk) == _CHUNK:
        return (), begun + _CHUNK
    return tuple(held), begun + sum(map(len, held))


def follow(engine: Engine, line: str, read: Read) -> Done:
    """Take in what was read, and put on record how far that is."""

    def act(work: Work) -> None:
        stream = stream_of("settling", line)
        settling: Settling = work.state(stream)
        was = settling.followed if settling.followed is not None and settling.followed.file == read.file else Followed()
        if read.trouble:
            alert(
                work, KIND, line, f"{read.file}, which brings the outcomes of {line}, cannot be read: {read.trouble}."
            )
            return
        lines = was.lines if read.begun else 0
        told = [(number, text) for number, text in enumerate(read.lines, lines + 1) if text.strip()]
        taken = take_all(work, engine.catalogue, line, [text for _, text in told])
        fault = "" if not taken.faults else f"Line {told[taken.faults[0][0]][0]}: {taken.faults[0][1]}"
        faulty = (was.faulty if read.begun else 0) + len(taken.faults)
        work.apply(stream, [
            FileFollowed(read.file, read.head, read.offset, was.taken + taken.new, lines + len(read.lines), faulty,
                         fault or (was.fault if read.begun else "")),
        ])  # fmt: skip
        if fault:
            alert(work, KIND, line, f"{faulty} lines of {read.file} could not be taken. {fault}")
        elif not faulty:
            all_clear(work, KIND, line, "every line could be taken")

    return engine.do("daemon", act)


def followed(engine: Engine, line: str) -> Followed | None:
    """How far a line's file has been read."""
    settling: Settling = engine.ledger.state(stream_of("settling", line))
    return settling.followed
