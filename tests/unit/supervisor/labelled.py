"""A house whose line is measured by the labels that come back for what it served."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sentinel.domain.feed import Feed, Signal
from sentinel.domain.line.events import AliasMoved, VersionRegistered
from sentinel.domain.outcome import Settling
from sentinel.domain.quantity import DAY
from sentinel.domain.streams import stream_of
from sentinel.supervisor.outcomes import take_outcomes
from tests.unit.supervisor.floor import PERSON, ROUTER, House

FEED = f"{ROUTER}.canary.accuracy"


class Labelled:
    """A house whose line has a set that is measured from outcomes."""

    def __init__(self, root: Path, **labels: Any) -> None:
        self.house = House(root)
        told = {"settle": 2 * DAY, "audit": 0.05, "every": DAY, **labels}
        line = {"labels": told, "sets": {"canary": {"source": "outcomes", "window": 4 * DAY}}}
        self.house.catalogue = replace(self.house.catalogue, lines={ROUTER: line})
        self.house.engine.catalogue = self.house.catalogue
        self.house.clock.advance(-self.now % DAY / 1000)  # to the end of a day
        self.served = 0

    @property
    def now(self) -> int:
        """The moment."""
        return self.house.clock.now()

    def take(self, *given: dict[str, Any]) -> Any:
        """Labels come in."""
        return self.house.do(lambda engine: take_outcomes(engine, PERSON, ROUTER, given))

    def day(self, right: int, of: int, **more: Any) -> list[dict[str, Any]]:
        """A day's answers are labelled at once."""
        told = []
        for number in range(of):
            self.served += 1
            told.append({"id": f"t{self.served}", "at": self.now, "right": number < right, "why": "audit", **more})
        for start in range(0, of, 100):
            answer = self.take(*told[start : start + 100])
            assert answer["faults"] == []
        return told

    def settle(self, days: float) -> None:
        """Time passes, and all that is due by the clock is done, as often as the alarm rings."""
        end = self.now + round(days * DAY)
        while True:
            due = self.house.engine.next_alarm()
            if due is None or due > end:
                break
            self.house.tick(max(0, due - self.now) / 1000)
        self.house.tick((end - self.now) / 1000)

    @property
    def signals(self) -> list[Signal]:
        """What was counted."""
        feed: Feed = self.house.engine.ledger.state(stream_of("feed", FEED))
        return list(feed.signals.values())

    @property
    def settling(self) -> Settling:
        """How far they have settled."""
        state: Settling = self.house.engine.ledger.state(stream_of("settling", ROUTER))
        return state

    def champion(self, version: str, was: str | None = None) -> None:
        """A version comes, and serves."""
        bodies = [VersionRegistered(version, "1a" * 32, "r1", "tuned", "", (), {}),
                  AliasMoved("champion", version, was, "adoption", (), "so")]  # fmt: skip
        self.house.do(lambda engine: engine.do(PERSON, lambda work: work.apply(stream_of("line", ROUTER), bodies)))
