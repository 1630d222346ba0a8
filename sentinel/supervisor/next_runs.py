"""Which runs are next, of however many: looked at a part at a time, so that the ledger's thread is never held up."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from heapq import nsmallest
from typing import Protocol, TypeVar

from sentinel.domain.policy.queue import AGEING
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.ledger import Ledger

_AT_ONCE = 2000
T = TypeVar("T")
Place = tuple[bool, int, int, str]


class Look(Protocol):
    """How the ledger is asked, on its own thread."""

    async def __call__(self, look: Callable[[Ledger], T]) -> T:
        """Ask it something."""
        ...


async def next_runs(look: Look, open_runs: Collection[str], limit: int) -> tuple[list[str], int]:
    """The runs that have begun and then those that are queued, in the order in which they are next; how many besides.

    `open_runs` is the floor's own, and is read on the ledger's thread.
    """
    names = await look(lambda _: list(open_runs))
    places: list[Place] = []
    for start in range(0, len(names), _AT_ONCE):
        places += await look(partial(_places, names=names[start : start + _AT_ONCE]))
    return [name for *_, name in nsmallest(limit, places)], max(0, len(places) - limit)


def _places(ledger: Ledger, names: Iterable[str]) -> list[Place]:
    return list(_open_places(ledger.state(stream_of("run", name)) for name in names))


def _open_places(runs: Iterable[Run]) -> Iterator[Place]:
    for run in runs:
        if run.open:
            # an hour of age is worth a point of priority, so that the order between two runs never changes
            yield run.state == "queued", run.created_at - run.priority * AGEING, run.created_at, run.id
