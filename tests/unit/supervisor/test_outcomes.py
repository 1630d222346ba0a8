"""Outcomes over a real ledger: taken in, settled in rounds, counted once into the feeds of their line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.feed import SETTLED, Feed, Signal
from sentinel.domain.line.events import VersionRegistered
from sentinel.domain.quantity import DAY, HOUR
from sentinel.domain.streams import stream_of
from sentinel.supervisor.follow import follow, followed, read_on
from sentinel.supervisor.outcomes import take_outcomes, tell_again
from sentinel.supervisor.signals import take_signal
from tests.unit.ledger.fresh import fresh_folder
from tests.unit.supervisor.floor import PERSON, ROUTER, is_refused
from tests.unit.supervisor.labelled import FEED, Labelled


@pytest.fixture
def line(tmp_path: Path) -> Labelled:
    return Labelled(tmp_path)


def counts(signals: list[Signal]) -> list[tuple[float, float, int, int]]:
    return [(each.value, each.n, each.first, each.last) for each in signals]


def test_outcomes_count_once_they_have_settled_a_day_at_a_time(line: Labelled) -> None:
    for right in (9, 8, 7):
        line.day(right, 10)
        line.settle(1)
    told = "the last day may still be complained about"
    assert counts(line.signals) == [(9, 10, 0, 10), (8, 10, 10, 20)], told
    line.settle(5)
    assert counts(line.signals) == [(9, 10, 0, 10), (8, 10, 10, 20), (7, 10, 20, 30)]
    assert {each.of for each in line.signals} == {SETTLED}
    assert (line.settling.next, line.house.engine.next_alarm()) == (30, None)


def test_a_daemon_that_was_away_counts_each_day_by_itself(line: Labelled) -> None:
    for right in (9, 8, 7):
        line.day(right, 10)
        line.house.clock.advance(DAY / 1000)
    line.house.clock.advance(10 * DAY / 1000)
    line.house.restart()
    line.settle(0)
    assert counts(line.signals) == [(9, 10, 0, 10), (8, 10, 10, 20), (7, 10, 20, 30)]


def test_what_comes_late_is_counted_with_the_next_round_and_said_to_be_late(line: Labelled) -> None:
    line.day(9, 10)
    early = line.now
    line.settle(4)
    line.take({"id": "old", "at": early, "right": False, "why": "audit"})
    line.day(10, 10)
    line.settle(5)
    # the straggler settles in the first round that ends after it came in
    assert counts(line.signals) == [(9, 10, 0, 10), (0, 1, 10, 11), (10, 10, 11, 21)]
    rows = {row.id: row.late for row in line.house.engine.ledger.reads.outcomes(ROUTER)}
    assert [id for id, late in rows.items() if late] == ["old"]


def test_a_big_round_is_numbered_a_stretch_at_a_time_and_counted_as_one(line: Labelled) -> None:
    line.day(400, 450)
    line.settle(3)
    assert counts(line.signals) == [(400, 450, 0, 450)]


def test_a_round_that_was_cut_short_is_ended_first(line: Labelled) -> None:
    line.day(400, 450)
    line.house.clock.advance(2 * DAY / 1000)
    line.house.tick()
    assert line.signals == [] and line.house.engine.ledger.reads.next_number(ROUTER) == 200
    line.day(0, 5)
    line.house.restart()
    line.settle(4)
    assert counts(line.signals) == [(400, 450, 0, 450), (0, 5, 450, 455)]


def test_each_version_is_measured_by_its_own_answers(line: Labelled) -> None:
    line.house.clock.advance(HOUR / 1000)
    line.champion("v1")
    line.day(9, 10)
    line.house.clock.advance(HOUR / 1000)
    line.champion("v2", "v1")
    line.day(5, 10)
    line.day(3, 4, version="v1")
    line.settle(4)
    assert [(each.version, each.value, each.n) for each in line.signals] == [("v1", 12.0, 14.0), ("v2", 5.0, 10.0)]


def test_what_has_never_been_champion_is_measured_in_a_feed_of_its_own(line: Labelled) -> None:
    line.house.clock.advance(HOUR / 1000)
    line.champion("v1")
    shadow = VersionRegistered("v9", "2a" * 32, "r2", "tuned", "", (), {})
    line.house.do(lambda engine: engine.do(PERSON, lambda work: work.apply(stream_of("line", ROUTER), [shadow])))
    line.day(9, 10)
    line.day(3, 4, version="v9")
    line.settle(4)
    assert [(each.version, each.n) for each in line.signals] == [("v1", 10.0)]
    own: Feed = line.house.engine.ledger.state(stream_of("feed", f"{FEED}.v9"))
    assert [(each.version, each.value, each.n) for each in own.signals.values()] == [("v9", 3.0, 4.0)]


def test_corrections_count_for_nothing_and_a_line_that_has_only_those_is_not_measured(line: Labelled) -> None:
    line.day(0, 20, why="correction")
    line.settle(4)
    assert line.signals == []
    line.day(9, 10)
    line.day(0, 20, why="feedback")
    line.settle(4)
    assert [(each.value, each.n) for each in line.signals] == [(9.0, 10.0)]
    assert line.settling.next == 50


def test_one_that_is_wrong_keeps_none_of_the_others_out(line: Labelled) -> None:
    good = {"id": "t1", "at": line.now, "right": True, "why": "audit"}
    told = line.take(
        good, {**good, "right": False}, good, {"id": "t2"}, {**good, "id": "t3", "version": "v9"}, "no",
        {**good, "id": "t4"},
    )  # fmt: skip
    assert (told["new"], told["known"]) == (2, 1)
    assert [(each["index"], each["says"][:40]) for each in told["faults"]] == [
        (1, "t1 was labelled as right already, served"),
        (3, "`at`: Field required."),
        (4, "router has no version 'v9'."),
        (5, "it is no JSON."),
    ]
    assert is_refused(line.house.do(lambda engine: take_outcomes(engine, PERSON, "nobody", [good])), "E-unknown-line")


def test_a_label_of_scores_and_one_of_counts_do_not_speak_of_the_same_answer(line: Labelled) -> None:
    line.take({"id": "t1", "at": line.now, "right": True, "why": "audit"})
    told = line.take({"id": "t1", "at": line.now, "score": 0.5, "why": "correction"})
    assert "has a score by another" in told["faults"][0]["says"]


def test_a_set_that_is_measured_from_outcomes_takes_no_second_count_of_them(line: Labelled) -> None:
    line.day(9, 10)
    line.settle(4)
    by_hand = Signal("", 9, 10, None, None, "time", line.now - DAY, line.now)
    refused = line.house.do(lambda engine: take_signal(engine, PERSON, FEED, by_hand))
    assert is_refused(refused, "E-signal")
    assert "would count them twice" in refused.what


def test_a_second_label_shows_how_far_labels_can_be_trusted(line: Labelled) -> None:
    line.day(1, 2)
    assert line.house.do(lambda engine: tell_again(engine, PERSON, ROUTER, "t1", 1.0, None))["agrees"]
    assert not line.house.do(lambda engine: tell_again(engine, PERSON, ROUTER, "t2", 1.0, "billing"))["agrees"]
    assert is_refused(
        line.house.do(lambda engine: tell_again(engine, PERSON, ROUTER, "t3", 1.0, None)), "E-unknown-outcome"
    )
    (count,) = line.house.engine.ledger.reads.outcome_counts(ROUTER, 0)
    assert (count.taken, count.again, count.apart, count.fresh) == (2, 2, 1, 2)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 8), st.booleans(), st.booleans()), max_size=12))
def test_every_outcome_counts_exactly_once_whatever_comes_when_and_whoever_dies(
    moves: list[tuple[int, int, bool, bool]],
) -> None:
    """Ticks, restarts, late labels and repeated batches: what was counted is what is due, each once."""
    with fresh_folder() as root:
        line = Labelled(root)
        line.house.clock.advance(30 * DAY / 1000)
        told: list[dict[str, Any]] = []
        for back, many, repeat, restart in moves:
            fresh = [
                {"id": f"t{len(told) + n}", "at": line.now - back * DAY - n, "right": n % 3 > 0, "why": "audit"}
                for n in range(many)
            ]
            told += fresh
            if fresh:
                line.take(*fresh)
            if repeat and told:
                assert line.take(*told[:200])["new"] == 0
            line.house.tick(back * 7 * HOUR / 1000)
            if restart:
                line.house.restart()
        line.settle(10)
        assert sum(each.n for each in line.signals) == len(told)
        assert sum(each.value for each in line.signals) == sum(each["right"] for each in told)
        ends = [(each.first, each.last) for each in line.signals]
        assert [first for first, _ in ends] == [0, *[last for _, last in ends]][: len(ends)], "no gap, no overlap"


# Following a file


def read_all(line: Labelled, root: Path) -> int:
    reads = 0
    while (read := read_on(root, "labels.jsonl", followed(line.house.engine, ROUTER))) is not None:
        line.house.do(lambda engine, read=read: follow(engine, ROUTER, read))
        reads += 1
        assert reads < 100
        if read.trouble:
            break
    return reads


def text_of(line: Labelled, first: int, last: int) -> str:
    return "".join(
        f'{{"id": "t{n}", "at": {line.now}, "right": true, "why": "audit"}}\n' for n in range(first, last)
    )  # fmt: skip


def test_a_file_is_followed_line_by_line_and_read_once(line: Labelled, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    assert read_all(line, tmp_path) == 0, "there is none yet"
    file.write_text(text_of(line, 0, 450) + '{"id": "half')
    assert read_all(line, tmp_path) == 3
    held = followed(line.house.engine, ROUTER)
    assert held is not None and (held.taken, held.lines, held.faulty) == (450, 450, 0)
    assert read_all(line, tmp_path) == 0, "a line that is not whole yet is left"
    with file.open("a") as more:
        more.write(f'", "at": {line.now}, "right": false, "why": "audit"}}\n')
    line.house.restart()
    assert read_all(line, tmp_path) == 1
    held = followed(line.house.engine, ROUTER)
    assert held is not None and (held.taken, held.lines) == (451, 451)


def test_a_file_that_was_put_in_its_place_is_read_from_its_beginning(line: Labelled, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(text_of(line, 0, 10))
    read_all(line, tmp_path)
    file.write_text(text_of(line, 5, 15))
    assert read_all(line, tmp_path) == 1
    held = followed(line.house.engine, ROUTER)
    assert held is not None and (held.taken, held.lines) == (15, 10), "five were there already"
    file.write_text(text_of(line, 20, 21))
    read_all(line, tmp_path)
    held = followed(line.house.engine, ROUTER)
    assert held is not None and held.taken == 16
    file.write_text("")
    assert read_all(line, tmp_path) == 1
    assert read_all(line, tmp_path) == 0


def test_a_file_that_was_rotated_is_read_whole_though_every_line_begins_alike(line: Labelled, tmp_path: Path) -> None:
    """Each line began with the same long field, so that the new file, longer than the old, passed for it."""
    file = tmp_path / "labels.jsonl"

    def told(first: int, last: int) -> str:
        return text_of(line, first, last).replace("{", '{"note": "' + "x" * 300 + '", ')

    file.write_text(told(0, 10))
    read_all(line, tmp_path)
    file.rename(tmp_path / "labels.jsonl.1")
    file.write_text(told(10, 30))
    read_all(line, tmp_path)
    held = followed(line.house.engine, ROUTER)
    assert held is not None and (held.taken, held.lines, held.faulty) == (30, 20, 0)


def test_lines_that_are_wrong_are_told_of_by_number(line: Labelled, tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text(
        text_of(line, 0, 2) + "\n" + '{"id": "x"}\n' + "x" * 300_000 + "\n" + text_of(line, 2, 3)
    )
    read_all(line, tmp_path)
    held = followed(line.house.engine, ROUTER)
    assert held is not None
    assert held.taken == 3
    assert held.faulty == 2
    (alert,) = line.house.engine.ledger.reads.alerts()
    assert (alert.kind, alert.about) == ("labels", ROUTER)
    assert alert.sentence == "2 lines of labels.jsonl could not be taken. Line 5: it is no JSON."


def test_what_is_no_file_is_told_of_once(line: Labelled, tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").mkdir()
    read_all(line, tmp_path)
    (alert,) = line.house.engine.ledger.reads.alerts()
    assert "labels.jsonl, which brings the outcomes of router, cannot be read: it is no file." in alert.sentence


def test_a_source_that_sends_the_last_four_days_each_day_gives_the_same_signals(tmp_path: Path) -> None:
    """A window that slides over outcomes counts each once: the promise is that of a source that sends each once."""
    for name in ("once", "sliding"):
        (tmp_path / name).mkdir()
    once, sliding = Labelled(tmp_path / "once"), Labelled(tmp_path / "sliding")
    recent: list[list[dict[str, Any]]] = []
    for day in range(12):
        fresh = once.day(8 + day % 3, 10)
        recent = [*recent[-3:], fresh]
        assert sliding.take(*[told for each in recent for told in each])["new"] == 10
        once.settle(1)
        sliding.settle(1)
    assert once.signals == sliding.signals
    assert len(once.signals) > 9


def test_of_windows_that_overlap_a_feed_takes_each_outcome_once(line: Labelled) -> None:
    begun = line.now - 40 * DAY
    taken = []
    for day in range(20):
        signal = Signal("", 9, 10, None, None, "time", begun + day * DAY, begun + (day + 4) * DAY)
        if not is_refused(line.house.do(lambda engine, s=signal: take_signal(engine, PERSON, FEED, s)), "E-overlap"):
            taken.append(day)
    assert taken == [0, 4, 8, 12, 16]
