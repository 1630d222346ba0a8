"""Torn and flipped bytes: what is opened is a prefix of what was acknowledged, or somebody is told, loudly.

Each harm is worked out from a seed, which is printed with a failure. The seeded bug is a ledger that trusts its file.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.event import Event
from sentinel.domain.refusal import Refused
from sentinel.domain.streams import parts_of
from sentinel.ledger import Ledger, LedgerDamaged, opening
from sentinel.ledger import ledger as opened
from sentinel.ledger import streams as reading
from sentinel.ledger.check import checkpoint
from sentinel.ledger.doctor import doctor
from sentinel.ledger.journal import journal
from sentinel.ledger.reads import select
from sentinel.ledger.rows import Made, Place, all_rows
from sentinel.ledger.streams import NO_PLAN, Held, Streams, beginning
from sentinel.ledger.tables import TABLES, AttemptRow, Row, StepRow
from tests.unit.ledger.fresh import fresh_folder
from tests.unit.ledger.world import World

HARMS = 120
SEED = 20_261_121


@dataclass(frozen=True)
class Image:
    """The files of a ledger at one moment, by the end of their names."""

    files: dict[str, bytes]


@dataclass(frozen=True)
class Past:
    """What was acknowledged, and the files as a clean stop and as two kills left them."""

    events: list[Event]
    images: dict[str, Image]


@pytest.fixture(scope="module")
def past() -> Past:
    images = {}
    with fresh_folder() as folder:
        path = folder / "ledger.db"
        with Ledger.open(path) as ledger:
            world = World(ledger, random.Random(SEED))
            for _ in range(100):
                world.turn()
            ledger.seal()
            for _ in range(40):
                world.turn()
            images["killed early"] = _image(path)
        with Ledger.open(path) as ledger:
            world.ledger = ledger
            for _ in range(60):
                world.turn()
            # what the log holds is in the file already, and the log goes on: the hardest moment to tear it
            ledger._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            for _ in range(60):
                world.turn()
            images["killed late"] = _image(path)
            ledger.seal()
        images["stopped"] = _image(path)
    return Past(world.acknowledged, images)


def _image(path: Path) -> Image:
    ends = ("", "-wal")
    return Image({end: Path(f"{path}{end}").read_bytes() for end in ends if Path(f"{path}{end}").exists()})


# How files come to harm


def _flip(chance: random.Random, data: bytearray) -> None:
    for _ in range(chance.choice((1, 1, 4, 32))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _blank(chance: random.Random, data: bytearray) -> None:
    size = chance.choice((16, 512, 4096))
    start = chance.randrange(len(data)) // size * size
    data[start : start + size] = bytes(min(size, len(data) - start))


def _cut(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data)) :]


def _cut_at_a_page(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(max(1, len(data) // 4096)) * 4096 :]


def _swap(chance: random.Random, data: bytearray) -> None:
    one, two = (chance.randrange(max(1, len(data) // 4096)) * 4096 for _ in range(2))
    data[one : one + 4096], data[two : two + 4096] = data[two : two + 4096], data[one : one + 4096]


def _write_over(chance: random.Random, data: bytearray) -> None:
    """Another program's bytes: text where text may stand, which no structure notices."""
    start = chance.randrange(len(data))
    letters = bytes(chance.choice(b"abcdefghijklmnop0123456789") for _ in range(chance.choice((1, 3, 40))))
    data[start : start + len(letters)] = letters[: len(data) - start]


HOW: tuple[Callable[[random.Random, bytearray], None], ...] = (
    _flip,
    _flip,
    _write_over,
    _blank,
    _cut,
    _cut_at_a_page,
    _swap,
)


def harm(chance: random.Random, image: Image) -> tuple[str, Image]:
    """The same files after something has happened to one of them."""
    end = chance.choice(sorted(image.files))
    if end and chance.random() < 0.1:
        return "log gone", Image({"": image.files[""]})
    data, how = bytearray(image.files[end]), chance.choice(HOW)
    how(chance, data)
    return f"{how.__name__}{end}", Image({**image.files, end: bytes(data)})


# What is then found


def outcome(past: Past, seed: int) -> str:
    """`refused`, `told` when it was read, or `prefix`; a sentence where it was none of these."""
    chance = random.Random(seed)
    name = chance.choice(sorted(past.images))
    how, image = harm(chance, past.images[name])
    with fresh_folder() as folder:
        path = folder / "ledger.db"
        for end, data in image.files.items():
            Path(f"{path}{end}").write_bytes(data)
        try:
            with Ledger.open(path) as ledger:
                wrong = survey(ledger, past.events)
        except Refused:
            return "refused"
        except LedgerDamaged:
            return "told"
        except Exception as error:
            return f"seed {seed}, {name}, {how}: {type(error).__name__}: {error}"
    return f"seed {seed}, {name}, {how}: {wrong}" if wrong else "prefix"


def survey(ledger: Ledger, acknowledged: list[Event]) -> str | None:
    """Read all there is, by every way there is. What is wrong with it, if anything."""
    events = ledger.reads.events(limit=10**6)
    if events != acknowledged[: len(events)]:
        return "the events are not a prefix of what was acknowledged"
    if ledger.last_seq != len(events):
        return "the last event is not the last event"
    rows, states = expected(events)
    for name, table in TABLES.items():
        kind: Any = table.row
        found = {Place(name, tuple(row[i] for i in table.keyed)): row for row in ledger.reads._all(kind, "")}
        if found != {place: row for place, row in rows.items() if place.table == name}:
            return f"the rows of {name} are not what the events make"
    for stream, state in states.items():
        if ledger.state(stream) != state:
            return f"the state of {stream} is not what its events make"
    for run in [parts_of(stream)[1] for stream in states if stream.startswith("run/")]:
        by_index: list[Row] = [*ledger.reads.steps_of(run), *ledger.reads.attempts_of(run)]
        if ledger.reads.run_row(run) is None or len(by_index) != _count(rows, run):
            return f"an index has lost something of {run}"
    return None


def _count(rows: dict[Place, Row], run: str) -> int:
    return sum(isinstance(row, StepRow | AttemptRow) and row.run == run for row in rows.values())


def expected(events: list[Event]) -> tuple[dict[Place, Row], dict[str, Any]]:
    """The rows and states that events make, by the domain alone."""
    held: dict[str, Held] = {}
    rows: dict[Place, Row] = {}
    for event in events:
        before = held.get(event.stream) or Held(beginning(event.stream, NO_PLAN))
        held[event.stream] = Streams.after(_NO_STREAMS, event.stream, before, event, held)
        entry = journal(event)
        if entry is not None:
            rows[Place(entry[0], (event.seq,))] = entry[1]
    for stream, each in held.items():
        rows |= all_rows(Made(parts_of(stream)[0], each.state, each.plan))
    return rows, {stream: each.state for stream, each in held.items()}


_NO_STREAMS = Streams(None)  # type: ignore[arg-type]


def test_harmed_files_are_a_prefix_of_what_was_acknowledged_or_a_loud_refusal(past: Past) -> None:
    print(f"seed {SEED}, {HARMS} harms")
    outcomes = [outcome(past, SEED + number) for number in range(HARMS)]
    wrong = [each for each in outcomes if each not in ("refused", "told", "prefix")]
    assert not wrong, "\n".join(wrong)
    counts = Counter(outcomes)
    print(counts)
    assert counts["refused"] > HARMS // 4
    assert counts["prefix"] > HARMS // 20


def test_the_harness_catches_a_ledger_that_trusts_its_file(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded bug: no sums, no replay at the start, no check of the file."""
    monkeypatch.setattr(opening, "check_file", lambda _: None)
    monkeypatch.setattr(opened, "check_since_seal", lambda connection, _: checkpoint(connection))
    monkeypatch.setattr(reading, "SHORT", 0)
    monkeypatch.setattr(reading, "event_sum", lambda _: _Anything())
    monkeypatch.setattr(select, "row_sum", lambda *_: _Anything())
    outcomes = (outcome(past, SEED + number) for number in range(HARMS))
    assert any(each not in ("refused", "told", "prefix") for each in outcomes)


class _Anything:
    """A sum that is equal to whatever stands there."""

    def __getitem__(self, _: object) -> "_Anything":
        return self

    def __eq__(self, _: object) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def test_the_doctor_finds_whatever_a_start_would_refuse_and_breaks_over_nothing(past: Past) -> None:
    for seed in range(SEED, SEED + 30):
        found = outcome(past, seed)
        chance = random.Random(seed)
        _, image = harm(chance, past.images[chance.choice(sorted(past.images))])
        with fresh_folder() as folder:
            for end, data in image.files.items():
                (folder / f"ledger.db{end}").write_bytes(data)
            report = doctor(folder / "ledger.db")
        assert found == "prefix" or not report.healthy, f"seed {seed}: {found}, and the doctor finds nothing"


def test_files_that_came_to_no_harm_are_all_there(past: Past) -> None:
    for image in past.images.values():
        with fresh_folder() as folder:
            path = folder / "ledger.db"
            for end, data in image.files.items():
                Path(f"{path}{end}").write_bytes(data)
            with Ledger.open(path) as ledger:
                assert survey(ledger, past.events) is None
                assert ledger.last_seq > 100
