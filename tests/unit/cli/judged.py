"""A verdict on record, as a gate's attempt in a run of a recipe would leave it."""

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import digest_of
from sentinel.domain.run import commands as c
from sentinel.domain.run.decide import decide
from sentinel.domain.streams import stream_of
from sentinel.domain.verdict import Verdict
from sentinel.supervisor.queueing import Ask, queue_run
from sentinel.supervisor.work import Work
from tests.unit.api.house import House
from tests.unit.domain.plans import gate, plan


def judged(house: House, verdict: Verdict, line: str = "router") -> None:
    """Put it on record."""

    def do(work: Work) -> None:
        held = plan(gate("proof"))
        run = queue_run(work, Ask(held, line, {}, "manual", "a test asked"))
        assert isinstance(run, str)
        made = {"verdict": (Artifact("Verdict", digest_of("v")),)}
        attempt = f"{run}.proof.a1"
        for command in (
            c.Start({}),
            c.Advance({}),
            c.StartAttempt("proof", "here", None, None),
            c.EndAttempt(attempt, "succeeded", made, "", None, verdict, None, 0, 0, False),
        ):
            decided = decide(work.run(run), command, work.at)
            assert isinstance(decided, list), decided
            work.apply(stream_of("run", run), decided)

    house.do(lambda engine: engine.do("uid:test", do))
