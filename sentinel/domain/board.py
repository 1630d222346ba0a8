"""What the Hub's boards say of a line's models: where each stands, and which files of scores were rejected."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sentinel.domain.event import Happened, on_record

Key = tuple[str, str, bool]
"""A repository, a benchmark's dataset, and whether derived models are counted."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of our repositories stands on one dataset's board; no rank where it is not on it."""

    repo: str
    dataset: str
    derived: bool
    rank: int | None
    of: int
    value: float | None

    @property
    def key(self) -> Key:
        """What it is the place of."""
        return self.repo, self.dataset, self.derived


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file of scores that the Hub does not take, and why."""

    repo: str
    file: str
    why: str


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be asked: a dataset's board, or a repository; and why."""

    about: str
    why: str


@dataclass(frozen=True, slots=True)
class Seen:
    """How a repository that holds our scores was found."""

    repo: str
    private: bool | None = None
    """Whether nobody else sees it: then no board ranks it. Of another's repository it is not asked."""
    request: int | None = None
    """The number of our pull request, where it is another's."""
    state: str = ""
    """What became of that: open, draft, merged or closed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at the Hub has found."""

    places: tuple[Place, ...]
    rejected: tuple[Rejected, ...]
    unread: tuple[Unread, ...]
    seen: tuple[Seen, ...] = ()


@on_record
@dataclass(frozen=True, slots=True)
class RankRead(Happened):
    """A repository stands somewhere else on a board than when it was last looked at."""

    repo: str
    dataset: str
    derived: bool
    rank: int | None
    of: int
    value: float | None


@on_record
@dataclass(frozen=True, slots=True)
class BoardRead(Happened):
    """The boards of a line were looked at."""

    rejected: tuple[Rejected, ...]
    unread: tuple[str, ...]
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Stands:
    """A place, and since when it has been this one."""

    place: Place
    since: int


@dataclass(frozen=True, slots=True)
class Board:
    """What is known of one line's models on the Hub's boards."""

    line: str
    places: dict[Key, Stands] = field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()
    unread: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()
    read_at: int = 0


def evolve(board: Board, body: Happened, at: int, actor: str = "") -> Board:
    """The board after one more event."""
    match body:
        case RankRead():
            place = Place(body.repo, body.dataset, body.derived, body.rank, body.of, body.value)
            return replace(board, places={**board.places, place.key: Stands(place, at)})
        case BoardRead(rejected=rejected, unread=unread, seen=seen):
            return replace(board, rejected=rejected, unread=unread, seen=seen, read_at=at)
    raise TypeError(f"{type(body).__name__} is no event of a board")


def read(board: Board, reading: Reading) -> list[Happened]:
    """Take a look in: every place that is another one than before, and that there was a look."""
    unread = tuple(each.why for each in reading.unread)
    return [*_moved(board, reading.places), BoardRead(reading.rejected, unread, reading.seen)]


def part_of(reading: Reading, datasets: Mapping[str, Collection[str]]) -> Reading:
    """What of a look is about some repositories, each with the datasets that its scores are for."""
    about = {*datasets, *(dataset for held in datasets.values() for dataset in held)}
    return Reading(
        tuple(each for each in reading.places if each.dataset in datasets.get(each.repo, ())),
        tuple(each for each in reading.rejected if each.repo in datasets),
        tuple(each for each in reading.unread if each.about in about),
        tuple(each for each in reading.seen if each.repo in datasets),
    )


def _moved(board: Board, places: Iterable[Place]) -> Iterable[Happened]:
    for place in places:
        before = board.places.get(place.key)
        if before is None or before.place != place:
            yield RankRead(place.repo, place.dataset, place.derived, place.rank, place.of, place.value)
