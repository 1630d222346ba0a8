"""A stretch of the record: whatever comes in whichever order, nothing between its ends is missing or there twice."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.digest import Json
from sentinel.tui.known.stretch import Stretch

MOST, PAGE = 20, 6


def event(seq: int, stream: str = "line/a") -> Json:
    """An event."""
    return {"seq": seq, "stream": stream, "version": 1, "kind": "LineHeld", "payload_version": 1, "at": 0,
            "actor": "x", "cause": None, "payload": {"reason": "so"}}  # fmt: skip


def seqs(stretch: Stretch) -> list[int]:
    """What it holds."""
    return [int(row.key) for row in stretch.rows]


@given(st.integers(0, 40), st.lists(st.sampled_from(["happened", "latest", "older", "missed"]), max_size=60))
def test_it_is_a_stretch_of_the_record_at_any_time(begun: int, moves: list[str]) -> None:
    stretch, last = Stretch(most=MOST), begun
    for move in ["latest", *moves]:
        if move == "happened":
            last += 1
            stretch.happened(event(last))
        elif move == "missed":  # so much that the line to the daemon only says that something is missing
            last += PAGE + 3
            stretch.latest([event(seq) for seq in range(max(1, last - PAGE + 1), last + 1)], PAGE)
        elif move == "latest":
            stretch.latest([event(seq) for seq in range(max(1, last - PAGE + 1), last + 1)], PAGE)
        elif stretch.first is not None and not stretch.begins:
            stretch.older([event(seq) for seq in range(max(1, stretch.first - PAGE), stretch.first)], PAGE)
        held = seqs(stretch)
        assert held == list(range(held[0], held[-1] + 1)) if held else begun == 0
        assert len(held) <= MOST * 1.1
        assert stretch.cut or (held or [0])[-1] == last
        assert not (stretch.begins and held) or held[0] == 1


def test_what_happens_before_the_latest_are_known_is_not_lost() -> None:
    stretch = Stretch(most=MOST)
    stretch.happened(event(9))
    stretch.latest([event(7), event(8)], PAGE)
    assert seqs(stretch) == [7, 8, 9]


def test_it_takes_the_events_of_its_streams_alone() -> None:
    for scope, taken in ((None, [1, 2, 3]), ("run/", [1, 2]), ("run/r1", [1]), ("house", [3])):
        stretch = Stretch(scope, most=MOST)
        for seq, stream in ((1, "run/r1"), (2, "run/r12"), (3, "house")):
            stretch.happened(event(seq, stream))
        assert seqs(stretch) == taken
