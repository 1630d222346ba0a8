"""Every aggregate by the first word of its stream's name, so that the ledger and the engine know how to make one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sentinel.domain import board, delivery, feed, house, kept, outcome, trigger_stream
from sentinel.domain.line import state as line
from sentinel.domain.run.evolve import evolve as evolve_run
from sentinel.domain.run.state import Run

HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How one kind of stream begins and goes on. A run begins with its plan, which is kept by digest elsewhere."""

    word: str
    begin: Callable[..., Any]
    evolve: Callable[..., Any]


AGGREGATES: dict[str, Aggregate] = {
    each.word: each
    for each in (
        Aggregate("run", Run, evolve_run),
        Aggregate("line", line.Line, line.evolve),
        Aggregate("trigger", trigger_stream.Stream, trigger_stream.evolve),
        Aggregate("feed", feed.Feed, feed.evolve),
        Aggregate("outcome", outcome.Outcome, outcome.evolve),
        Aggregate("settling", outcome.Settling, outcome.evolve_settling),
        Aggregate("delivery", delivery.Delivery, delivery.evolve),
        Aggregate("board", board.Board, board.evolve),
        Aggregate("house", lambda _: house.House(), house.evolve),
        Aggregate("artifact", kept.KeptArtifact, kept.evolve_artifact),
        Aggregate("plan", kept.KeptPlan, kept.evolve_plan),
    )
}


def stream_of(word: str, name: str = "") -> str:
    """The name of a stream: its aggregate's word, then the thing's own name."""
    return f"{word}/{name}" if name else word


def parts_of(stream_name: str) -> tuple[str, str]:
    """The aggregate's word and the thing's own name."""
    word, _, name = stream_name.partition("/")
    return word, name
