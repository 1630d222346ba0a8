"""Which served answers a person is asked to label: a random sample first, then what the model was least sure of.

Chance is a hash of the answer's id, so that asking again gives the same sample, and nobody picks what he likes. The two
are kept apart: only the sample says how good the line is.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sentinel.domain.digest import digest_of
from sentinel.domain.outcome import AUDIT, INFORMATIVE

AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Served:
    """A served answer that might be labelled: where it lies, and how far ahead its likeliest class was."""

    id: str
    place: int
    ahead: float | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """An answer to be labelled: why, and with what chance it was picked."""

    served: Served
    why: str
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """The answers to be labelled, in the order in which to ask, and what was left for another week."""

    picks: tuple[Pick, ...]
    sample: int
    """How many answers the random sample has, labelled ones too."""
    left: int
    """How many of the sample the budget leaves out."""


def lot(line: str, purpose: str, id: str) -> float:
    """A number in [0, 1) for an answer: always the same one, and like no other."""
    return int(digest_of([line, purpose, id])[:13], 16) / 16**13


def pick(
    line: str, answers: Iterable[Served], labelled: Mapping[str, Collection[str]], audit: float, budget: int,
    twice: float = 0.0,
) -> Picked:  # fmt: skip
    """The answers to label with this budget. `labelled` tells of each answer that has been, by which reasons.

    The sample is the answers whose lot is below `audit`. Where the budget is too small for it, those with the smallest
    lots are asked about, and their chance is smaller.
    """
    known = {each.id: each for each in answers}
    drawn = sorted((lot(line, AUDIT, id), id) for id in known)
    sample = [(number, id) for number, id in drawn if number < audit]
    open_ones = [(number, id) for number, id in sample if AUDIT not in labelled.get(id, ())]
    asked, left = open_ones[:budget], open_ones[budget:]
    chance = audit if not left else audit * len(asked) / len(open_ones)
    picks = [Pick(known[id], AUDIT, chance) for _, id in asked]
    taken = {id for _, id in sample}
    unsure = sorted((each.ahead, each.id) for each in known.values()
                    if each.ahead is not None and each.id not in taken and each.id not in labelled)  # fmt: skip
    picks += [Pick(known[id], INFORMATIVE) for _, id in unsure[: budget - len(picks)]]
    doubted = [id for _, id in sample if AUDIT in labelled.get(id, ()) and AGAIN not in labelled[id]]
    chosen = [id for id in doubted if lot(line, AGAIN, id) < twice]
    picks += [Pick(known[id], AGAIN) for id in chosen[: max(0, budget - len(picks))]]
    return Picked(tuple(picks), len(sample), len(left))
