"""Rows equal the replay: what is written event by event is what the state stands for, whatever happened."""

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.event import Event, event_kinds
from sentinel.domain.streams import AGGREGATES, parts_of
from sentinel.ledger import Ledger
from sentinel.ledger.journal import journal
from sentinel.ledger.rows import Made, Place, all_rows, changed
from sentinel.ledger.streams import NO_PLAN, Held, Streams, beginning
from sentinel.ledger.tables import TABLES, TABLES_OF, Row
from tests.samples.bodies import BODIES
from tests.unit.ledger.fresh import fresh_ledger
from tests.unit.ledger.world import World


def folded(streams: Streams, stream: str, events: list[Event]) -> tuple[dict[Place, Row], dict[Place, Row]]:
    """The rows of a stream, changed event by event; and those of the state that the events come to."""
    word = parts_of(stream)[0]
    held = Held(beginning(stream, NO_PLAN))
    rows: dict[Place, Row] = {}
    for event in events:
        before, held = held, streams.after(stream, held, event)
        made = Made(word, held.state, held.plan)
        if before.version:
            for place, row in changed(Made(word, before.state, before.plan), made):
                rows.pop(place, None) if row is None else rows.update({place: row})
        else:
            rows = all_rows(made)
    return rows, all_rows(Made(word, held.state, held.plan))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9), turns=st.integers(1, 60))
def test_rows_changed_event_by_event_are_the_rows_of_the_state(seed: int, turns: int) -> None:
    with fresh_ledger() as ledger:
        world = World(ledger, random.Random(seed))
        for _ in range(turns):
            world.turn()
        for stream in world.streams:
            events = [event for event in world.acknowledged if event.stream == stream]
            step_by_step, at_once = folded(ledger._streams, stream, events)
            assert step_by_step == at_once
            assert on_record(ledger, stream) == at_once | journal_of(events)


def on_record(ledger: Ledger, stream: str) -> dict[Place, Row]:
    """The rows of a stream as they lie in the tables, read by a query of the test's own."""
    word, name = parts_of(stream)
    found: dict[Place, Row] = {}
    for table in map(TABLES.__getitem__, TABLES_OF[word]):
        where, values = (f'WHERE "{table.owner}" = ?', (name,)) if table.owner else ("", ())
        for row in ledger._connection.execute(f"SELECT * FROM {table.name} {where}", values):  # noqa: S608
            found[Place(table.name, tuple(row[index] for index in table.keyed))] = row[:-1]
    return found


def journal_of(events: list[Event]) -> dict[Place, Row]:
    entries = [(event, journal(event)) for event in events]
    return {Place(entry[0], (event.seq,)): entry[1] for event, entry in entries if entry is not None}


def test_every_aggregate_has_its_tables_and_its_rows() -> None:
    assert set(TABLES_OF) == set(AGGREGATES)
    for word, aggregate in AGGREGATES.items():
        name = {"run": "r1", "delivery": "d1"}.get(word, "x")
        made = Made(word, beginning(f"{word}/{name}", NO_PLAN) if word == "run" else aggregate.begin(name))
        assert {place.table for place in all_rows(made)} <= set(TABLES_OF[word])


def test_every_kind_of_event_is_made_into_rows_by_some_world() -> None:
    """The worlds of these tests are worth as much as what happens in them."""
    seen: set[str] = set()
    for seed in range(60):
        with fresh_ledger() as ledger:
            world = World(ledger, random.Random(seed))
            for _ in range(200):
                world.turn()
            seen |= {type(event.body).__name__ for event in world.acknowledged}
        if seen == set(event_kinds()):
            break
    assert set(event_kinds()) - seen == set()
    assert {type(body).__name__ for body in BODIES} == set(event_kinds())


def test_a_version_says_where_it_comes_from(path: Path) -> None:
    from sentinel.domain.line.events import VersionRegistered

    def registered(name: str, *parents: str) -> VersionRegistered:
        pins = {"inputs": {"rows": ["d1", {"kind": "Dataset", "digest": "d2"}], "base": "d3", "odd": 7}}
        return VersionRegistered(name, f"model-{name}", "r1", "tuned", name, parents, pins)

    with Ledger.open(path) as ledger:
        bodies = [registered("v1"), registered("v2", "v1"), registered("v3", "v2", "v1")]
        ledger.append([("line/router", bodies)], at=1, actor="test")
        own = {(row.child, row.parent, row.kind) for row in ledger.reads.lineage("v1")}
        assert own == {
            ("v1", "model-v1", "model"),
            ("v1", "d1", "rows"),
            ("v1", "d2", "rows"),
            ("v1", "d3", "base"),
        }
        parents = [(row.child, row.parent) for row in ledger.reads.lineage("v3") if row.kind == "parent"]
        assert parents == [("v3", "v1"), ("v3", "v2"), ("v2", "v1")]
        children = {row.child for row in ledger.reads.descendants("v1")}
        assert children == {"v2", "v3"}
