"""Who is next: by priority, raised by age, on the slots that are free."""

from collections.abc import Iterable
from dataclasses import dataclass

from sentinel.domain.needs import Needs, Slots
from sentinel.domain.quantity import HOUR

AGEING = HOUR
"""Waiting this long is worth one point of priority."""
PATIENCE = HOUR
"""After this long, what is first in the queue is no longer overtaken by what happens to fit."""


@dataclass(frozen=True, slots=True)
class Wanting:
    """A step that is ready and wants slots."""

    run: str
    step: str
    priority: int
    since: int
    """When its run was queued; age counts from here."""
    ready_at: int
    needs: Needs
    position: int = 0
    """Its place in the recipe's file, which settles ties within a run."""


def rank(wanting: Wanting, at: int) -> tuple[float, int, str, int, str]:
    """The place in the queue; smaller is sooner."""
    aged = wanting.priority + max(0, at - wanting.since) / AGEING
    return (-aged, wanting.since, wanting.run, wanting.position, wanting.step)


def choose(queue: Iterable[Wanting], free: Slots, whole: Slots, at: int) -> list[Wanting]:
    """Which may start now. A step that has waited past all patience keeps its place: nothing lower starts before it."""
    chosen = []
    for wanting in sorted(queue, key=lambda each: rank(each, at)):
        if free.fits(wanting.needs):
            chosen.append(wanting)
            free = free.less(wanting.needs)
        elif whole.fits(wanting.needs) and at - wanting.ready_at > PATIENCE:
            break
    return chosen
