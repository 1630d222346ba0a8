"""What people and the world did to a shop's two lines, and when: what a history is made of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sentinel.contract.attempt import AttemptIn, AttemptOut
from sentinel.contract.registry import load
from sentinel.domain.delivery import is_delivery
from sentinel.domain.feed import TIME, Signal
from sentinel.domain.line.decide import Hold
from sentinel.domain.quantity import DAY, HOUR, MINUTE
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.supervisor import verbs
from sentinel.supervisor.outcomes import take_outcomes
from sentinel.supervisor.shadows import shadows
from sentinel.supervisor.signals import take_signal
from sentinel.supervisor.work import Work
from tests.tui.models import Change
from tests.tui.past import LIVES_ON, PERSON, Ending, Past, chance
from tests.tui.workers import Workers
from tests.tui.workspace import CLASSES

TICKETS, CHAT = "tickets", "chat"
_DAYS = 41
_FALLS = 7
"""So many days the tickets have been getting worse."""
_OUT_OF_MEMORY = Refusal(
    "E-out-of-memory", "It wanted more memory than there is: 16.4 GiB of 16 GiB.", "tuned",
    "Take a smaller `batch`, or give the step more by `needs: {memory: …}`.",
)  # fmt: skip
_NOT_OURS = Refusal(
    "E-not-ours", "acme/chat holds files that were not put there for this line.", "acme/chat",
    "Move them, or name another repository by `to:`.",
)  # fmt: skip


@dataclass
class Story:
    """What people and the world did, and when."""

    place: Path
    now: int
    runs: dict[str, str] = field(default_factory=dict)
    """The runs that people asked for, by what this story calls them."""

    def play(self) -> Past:
        """Let it happen; the house as it is then."""
        registry = load()
        self.workers = Workers(self.place, self.now, registry, lambda: self.past.engine.catalogue.specs, self._model)
        self.past = Past(self.place, self.now - _DAYS * DAY, self._work, registry)
        for at, act in sorted([*self._days(), *self._acts()], key=lambda each: each[0]):
            if at <= self.now:
                self.past.until(at)
                act()
        self.past.until(self.now)
        return self.past

    def _acts(self) -> Iterator[tuple[int, Callable[[], Any]]]:
        """What people did, by how long ago it was."""
        yield self._ago(40.9), lambda: self._adopt(TICKETS, "It routes tickets today.")
        yield self._ago(38.5), lambda: self._adopt(CHAT, "It has answered since spring.")
        yield self._ago(33), lambda: self._lifecycle("older", TICKETS, Change((30, 10), (20, 4)))
        yield self._ago(27), lambda: self._lifecycle("inconclusive", TICKETS, Change((38, 49), (9, 8)))
        yield self._ago(26.6), lambda: self._answer("inconclusive", "proof", "Label more before we take it.")
        yield self._ago(21), lambda: self._lifecycle("promoted", TICKETS, Change((34, 12), (22, 5)), recipe="reforge")
        yield self._ago(20), lambda: self._lifecycle("chat", CHAT, Change((28, 9), (16, 4)))
        yield self._ago(13.55), lambda: self._lifecycle("failed", TICKETS, Change(), _OUT_OF_MEMORY)
        yield self._ago(13.45), lambda: self._lifecycle("cancelled", TICKETS, Change())
        yield self._ago(13.44), lambda: self._cancel("cancelled", "The batch is still too large.")
        yield self._ago(9), lambda: self._lifecycle("frozen", CHAT, Change((20, 9), (9, 4), (0, 3)))
        yield self._ago(5), lambda: self._ask("challenge", "challenge", TICKETS)
        yield self._ago(4), lambda: self._lifecycle("better", CHAT, Change((25, 8), (18, 3)))
        yield self._ago(1.1), lambda: self._hold(CHAT, "The shop sells at half price until Tuesday.")
        yield (
            self.now - 410 * MINUTE,
            lambda: self._lifecycle("rejected", TICKETS, Change((12, 58), (5, 9), within="returns")),
        )
        yield self.now - 130 * MINUTE, lambda: self._ask("asking", "hello", None, name="the market")
        yield self.now - 24 * MINUTE, lambda: self._lifecycle("running", TICKETS, Change())
        yield self.now - 12 * MINUTE, lambda: self._ask("next", "lifecycle", CHAT)
        yield self.now - 9 * MINUTE, lambda: self._ask("greeting", "hello", None, name="the desk")
        yield self.now - 3 * MINUTE, lambda: self._ask("scoring", "days", TICKETS)

    def _days(self) -> Iterator[tuple[int, Callable[[], Any]]]:
        """What each day brings, in the morning after it."""
        for ago in range(_DAYS - 1, 0, -1):
            yield (self.now // DAY - ago + 1) * DAY + 5 * HOUR + 20 * MINUTE, partial(self._day, ago)

    def _day(self, ago: int) -> None:
        drop = 0.0 if ago > _FALLS else 0.034
        self._signal(TICKETS, ago, 400, 0.906 - drop)
        if ago <= 36:
            self._signal(CHAT, ago, 250, 0.871)
        work = Work(self.past.engine.ledger, self.past.now, "story")
        for version in shadows(work, self.past.engine.catalogue, TICKETS).holders if ago % 2 else ():
            self._signal(TICKETS, ago, 120, 0.885 + chance(version, 30) / 1000, version)
        if ago <= 16:
            self._outcomes(ago)

    def _signal(self, line: str, ago: int, n: int, rate: float, version: str | None = None) -> None:
        """A day's signal comes; a shadow's is of two days."""
        ends = (self.now // DAY - ago + 1) * DAY
        begins = ends - (DAY if version is None else 2 * DAY)
        right = round(n * rate + (chance(f"{line} {version or ''} {ago}", 9) - 4) * (n / 400) ** 0.5)
        told = Signal("", float(min(n, right)), float(n), None, version, TIME, begins, ends)
        self.past.do(lambda engine: take_signal(engine, PERSON, f"{line}.canary.accuracy", told))

    def _outcomes(self, ago: int) -> None:
        given = [self._outcome(ago, number) for number in range(11)]
        answer = self.past.do(lambda engine: take_outcomes(engine, PERSON, TICKETS, given))
        assert not answer["faults"], answer

    def _outcome(self, ago: int, number: int) -> dict[str, Any]:
        said = CLASSES[number % 4]
        why = "audit" if number < 8 else "correction" if number < 10 else "feedback"
        right = why == "audit" and chance(f"{number} {ago}", 100) < 90
        label = said if right else CLASSES[(number + 1) % 4]
        at = (self.now // DAY - ago) * DAY + number * HOUR
        return {"id": f"s-{ago}-{number}", "at": at, "why": why, "right": right, "answer": said, "label": label}

    # What people do

    def _adopt(self, line: str, reason: str) -> None:
        self.runs[f"adopted {line}"] = self.past.do(
            lambda engine: verbs.adopt(engine, PERSON, line, str(Path("/srv/models") / line), reason)
        )

    def _ask(self, called: str, recipe: str, line: str | None, **inputs: str) -> str:
        run: str = self.past.do(lambda engine: verbs.queue(engine, PERSON, recipe, line, inputs, reason="asked for"))
        self.runs[called] = run
        return run

    def _lifecycle(
        self, called: str, line: str, change: Change, fault: Refusal | None = None, recipe: str = "lifecycle"
    ) -> None:  # fmt: skip
        run = self._ask(called, recipe, line)
        self.workers.changes[run] = change
        if fault is not None:
            for number in (1, 2):
                self.past.endings[f"{run}.tuned.a{number}"] = Ending("failed", fault, 11 * MINUTE)
        if called == "running":
            self.past.endings[f"{run}.tuned.a1"] = LIVES_ON

    def _answer(self, called: str, step: str, reason: str) -> None:
        self.past.do(lambda engine: engine.command(PERSON, self.runs[called], c.Answer(step, False, reason)))

    def _cancel(self, called: str, why: str) -> None:
        self.past.do(lambda engine: verbs.cancel(engine, PERSON, self.runs[called], why))

    def _hold(self, line: str, reason: str) -> None:
        self.past.do(lambda engine: verbs.line_command(engine, PERSON, line, Hold(reason)))

    # What comes of it

    def _work(self, told: AttemptIn, at: int) -> AttemptOut:
        if is_delivery(told.run):
            content = self.past.engine.ledger.state(f"delivery/{told.run}").content
            if (content.get("act"), content.get("run")) == ("publish", self.runs.get("better")):
                return AttemptOut(told.attempt, "refused", error=_NOT_OURS)
        else:
            self.workers.lines[told.run] = self.past.run(told.run).line
        return self.workers(told, at)

    def _model(self, line: str) -> str | None:
        state = self.past.engine.ledger.state(f"line/{line}")
        return state.versions[state.champion].model if state.champion is not None else None

    def _ago(self, days: float) -> int:
        return self.now - round(days * DAY)
