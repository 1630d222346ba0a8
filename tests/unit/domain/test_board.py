"""The board of a line: what is read twice is one place, and each move of a place is on record."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain import board as b

REPOS, DATASETS = ("acme/a", "acme/b"), ("x/one", "x/two")
PLACES = st.builds(
    b.Place, st.sampled_from(REPOS), st.sampled_from(DATASETS), st.booleans(), st.none() | st.integers(1, 5),
    st.integers(5, 7), st.none() | st.sampled_from((0.5, 91.0)),
)  # fmt: skip
READINGS = st.lists(PLACES, max_size=6, unique_by=lambda place: place.key).map(
    lambda places: b.Reading(
        tuple(places),
        tuple(b.Rejected(each.repo, "f.yaml", "no") for each in places[:1]),
        tuple(b.Unread(each.dataset, f"{each.dataset} was not read") for each in places[1:2]),
        tuple(b.Seen(each.repo, True) for each in places[2:3]),
    )
)


def taken(board: b.Board, reading: b.Reading, at: int) -> b.Board:
    for body in b.read(board, reading):
        board = b.evolve(board, body, at)
    return board


@given(st.lists(READINGS, max_size=6))
def test_a_board_holds_what_was_read_last_of_each_place_and_since_when(readings: list[b.Reading]) -> None:
    board, last, since = b.Board("router"), dict[b.Key, b.Place](), dict[b.Key, int]()
    for at, reading in enumerate(readings, 1):
        for place in reading.places:
            if last.get(place.key) != place:
                since[place.key] = at
            last[place.key] = place
        board = taken(board, reading, at)
        assert (board.rejected, board.seen, board.read_at) == (reading.rejected, reading.seen, at)
        assert board.unread == tuple(each.why for each in reading.unread)
        assert len(b.read(board, reading)) == 1, "the same again moves nothing"
    assert {key: (stands.place, stands.since) for key, stands in board.places.items()} == {
        key: (place, since[key]) for key, place in last.items()
    }


@given(READINGS, st.dictionaries(st.sampled_from(REPOS), st.sets(st.sampled_from(DATASETS))))
def test_a_line_is_told_of_its_own_repositories_and_datasets_alone(
    reading: b.Reading, ours: dict[str, set[str]]
) -> None:
    part = b.part_of(reading, ours)
    assert all(each.dataset in ours[each.repo] for each in part.places)
    assert {each.repo for each in (*part.rejected, *part.seen)} <= set(ours)
    assert all(each.about in {dataset for held in ours.values() for dataset in held} for each in part.unread)
    assert len(part.places) == sum(each.dataset in ours.get(each.repo, ()) for each in reading.places)
