"""What any release has written can be read by this one: a committed sample of every event, a database per release."""

import json
import re
import shutil
from pathlib import Path

import pytest

from sentinel import __version__
from sentinel.domain.event import decode, encode, event_kinds
from sentinel.ledger import Ledger
from sentinel.ledger.doctor import doctor
from sentinel.ledger.tables import TABLES
from tests.samples.bodies import BODIES

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
EVENTS = sorted((SAMPLES / "events").glob("*.json"))
DATABASES = sorted(SAMPLES.glob("ledger-*.db"))
_NAME = re.compile(r"(\w+)-v(\d+)\.json")


def named(path: Path) -> tuple[str, int]:
    found = _NAME.fullmatch(path.name)
    assert found is not None, path.name
    return found[1], int(found[2])


def test_every_kind_of_event_has_a_committed_sample_of_each_version() -> None:
    wanted = {(kind, version) for kind, body in event_kinds().items() for version in range(1, body.VERSION + 1)}
    assert {named(path) for path in EVENTS} == wanted, "write what is missing with `python -m tests.samples.make`"


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_a_sample_of_any_version_is_read(path: Path) -> None:
    kind, version = named(path)
    payload = json.loads(path.read_text(encoding="utf-8"))
    body = decode(kind, version, payload)
    again = encode(body)
    assert decode(*again) == body
    if version == event_kinds()[kind].VERSION:
        assert again == (kind, version, payload), "an event's form changed: give it a new version and an upgrade"


def test_the_samples_leave_no_field_at_nothing() -> None:
    """A sample that is empty where something may stand would not notice that its form changed."""
    for body in BODIES:
        for field, value in encode(body)[2].items():
            assert value not in (None, [], {}) or (type(body).__name__, field) in ALWAYS_EMPTY, (body, field)


ALWAYS_EMPTY: set[tuple[str, str]] = set()


def test_this_release_has_its_database() -> None:
    assert SAMPLES / f"ledger-{__version__}.db" in DATABASES, "write it with `python -m tests.samples.make`"


LATER = {
    "ledger-0.1.0": {
        "boards",
        "feeds",
        "forecasts",
        "looks",
        "outcomes",
        "places",
        "ranks",
        "sendings",
        "settlings",
        "signals",
        "watches",
    }
}
"""The tables that a release did not have yet."""


@pytest.mark.parametrize("sample", DATABASES, ids=lambda path: path.stem)
def test_a_database_of_any_release_is_opened_and_found_healthy(sample: Path, path: Path) -> None:
    shutil.copyfile(sample, path)
    with Ledger.open(path) as ledger:
        assert ledger.last_seq > 100
        kinds = {type(event.body).__name__ for event in ledger.reads.events(limit=10**6)}
        assert len(kinds) > 30
        ledger.seal()
    report = doctor(path)
    assert report.faults == []
    empty = {name for name, count in report.rows.items() if count == 0}
    assert empty <= LATER.get(sample.stem, set()), "a little of everything"
    assert set(report.rows) == set(TABLES)
