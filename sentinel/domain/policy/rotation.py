"""What rotates: which of the zoo train this time, why the others do not, and when their turn comes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

CHOSEN, WAITS, TRAINS, RETIRED, TOO_DEAR, UNFIT = "chosen", "waits", "trains", "retired", "too-dear", "unfit"
NEVER = (RETIRED, TOO_DEAR, UNFIT)
"""What is said of a spec whose turn does not come at all."""


@dataclass(frozen=True, slots=True)
class Challenger:
    """A spec as a rotation looks at it."""

    spec: str
    tried: int | None = None
    """When its newest attempt ended, whether a version came of it or not; None where it never trained."""
    priority: int = 50
    active: bool = True
    gpu: int | None = 0
    """The GPU time that training it takes at most; None where nobody knows."""
    trains: str | None = None
    """The run that trains it now."""
    unfit: str = ""
    """Why it cannot train in this rotation, whenever its turn comes."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a rotation says of one spec: chosen, waits, trains, retired, too-dear or unfit; and why."""

    spec: str
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """Who trains this time, in order, and what is said of each spec, those who are next first."""

    chosen: tuple[str, ...]
    turns: tuple[Turn, ...]


def select_rotation(challengers: Iterable[Challenger], budget: int, gpu: int | None = None) -> Rotation:
    """Choose who trains: `budget` specs at most, in so much GPU time together, where that is bounded.

    Who never trained is first, then who was tried the longest ago; then priority, then the id. A spec that does not
    fit into what is left of the GPU time keeps its place, and so is first as soon as those before it have trained.
    """
    chosen: list[str] = []
    turns: list[Turn] = []
    left = gpu
    for each in in_order(challengers):
        said = _never(each, gpu)
        if said is None and len(chosen) >= budget:
            said = Turn(each.spec, WAITS, f"the budget is {budget} a rotation")
        elif said is None and left is not None and (each.gpu or 0) > left:
            said = Turn(each.spec, WAITS, "the GPU time of this rotation is used up")
        if said is None:
            chosen.append(each.spec)
            left = left - (each.gpu or 0) if left is not None else None
            said = Turn(each.spec, CHOSEN, "it never trained" if each.tried is None else "it was tried longest ago")
        turns.append(said)
    return Rotation(tuple(chosen), tuple(sorted(turns, key=lambda turn: turn.word in NEVER)))


def in_order(challengers: Iterable[Challenger]) -> list[Challenger]:
    """Whose turn comes before whose: an attempt counts by its end, whatever came of it."""
    return sorted(
        challengers, key=lambda each: (each.tried is not None, each.tried or 0, -each.priority, each.spec)
    )  # fmt: skip


def _never(each: Challenger, gpu: int | None) -> Turn | None:
    """Why a spec does not train now, however much room there is."""
    if not each.active:
        return Turn(each.spec, RETIRED, "it is retired")
    if each.unfit:
        return Turn(each.spec, UNFIT, each.unfit)
    if gpu is not None and (each.gpu or 0) > gpu:
        return Turn(each.spec, TOO_DEAR, "it may take more GPU time than a whole rotation has")
    if each.trains is not None:
        return Turn(each.spec, TRAINS, f"{each.trains} trains it now")
    return None


def when_next(challengers: Iterable[Challenger], budget: int, gpu: int | None = None) -> dict[str, int]:
    """In how many rotations each spec's turn comes, as the zoo is now: 1 is the next. Who never trains is left out."""
    held = {each.spec: each for each in challengers}
    found: dict[str, int] = {}
    last = max((each.tried or 0 for each in held.values()), default=0)
    for number in range(1, len(held) + 1):
        chosen = select_rotation(held.values(), budget, gpu).chosen
        fresh = [spec for spec in chosen if spec not in found]
        if not fresh and number > 1:
            break
        found.update(dict.fromkeys(fresh, number))
        for name, each in held.items():
            if each.trains is not None:  # its training ends before those that begin now
                held[name] = replace(each, trains=None, tried=last + 2 * number - 1)
            elif name in chosen:
                held[name] = replace(each, tried=last + 2 * number)
    return found


def rotations_for_all(active: int, budget: int) -> int | None:
    """Within how many rotations every one of so many active specs trains; None where the budget is nought."""
    return -(-active // budget) if budget > 0 else None
