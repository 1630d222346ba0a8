"""A step of the engine's own (`wait: 0s`) against two commits of the same disk, in one process and one loop."""

import argparse
import time
from collections.abc import Callable

from bench.figure import Figure, interleaved, tell
from bench.floor import Commits
from bench.house import Folder, engine_in
from sentinel.domain.plan import Approval, Plan, PlannedStep, Policy
from sentinel.domain.run.commands import Answer
from sentinel.supervisor.engine import Engine
from sentinel.supervisor.queueing import Ask, queue_run

FLOOR = "two WAL-FULL commits"
WHERE = "in-process"


def waits(count: int) -> Plan:
    """So many waits of no time, one after the other."""
    return _plan("waits", [PlannedStep(f"s{n}", "wait", wait=0, after=_before(n)) for n in range(count)])


def approvals(count: int) -> Plan:
    """So many questions, one after the other: the answer to one is a step, in a transaction of its own."""
    approval = Approval("Go on?", 3_600_000, "reject")
    return _plan("asks", [PlannedStep(f"s{n}", "approve", approval=approval) for n in range(count)])


def _plan(name: str, steps: list[PlannedStep]) -> Plan:
    return Plan(name, "", None, {}, tuple(steps), Policy(), {}, "")


def _before(number: int) -> tuple[str, ...]:
    return (f"s{number - 1}",) if number else ()


def ask(engine: Engine, plan: Plan) -> str:
    """Ask for a run."""
    run: str = engine.do("uid:0", lambda work: queue_run(work, Ask(plan, None, {}, "manual", "a benchmark"))).answer
    return run


def whole_run(engine: Engine, count: int) -> Callable[[], float]:
    """The seconds of a step in a run of so many, from asking for the run to its end."""
    plan = waits(count)

    def way() -> float:
        begun = time.perf_counter()
        run = ask(engine, plan)
        taken = time.perf_counter() - begun
        row = engine.ledger.reads.run_row(run)
        assert row is not None
        assert row.state == "done"
        return taken / count

    return way


def answered(engine: Engine, count: int) -> Callable[[], float]:
    """The seconds of one answered question, with all that follows from the answer."""
    left: list[str] = []

    def way() -> float:
        if not left:
            left.extend([ask(engine, approvals(count))] * count)
        run = left.pop()
        begun = time.perf_counter()
        done = engine.command("uid:0", run, Answer(None, True, "a benchmark says so"))
        taken = time.perf_counter() - begun
        assert done.answer == run
        return taken

    return way


def main(argv: list[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    tiny = parser.parse_args(argv).tiny
    figures = []
    with Folder() as folder, engine_in(folder) as engine:
        commits = Commits(str(folder))
        for count, rounds in ((1, 200), (10, 200), (100, 40), (1000, 5)):
            if tiny and count > 10:
                break
            ways = {"ours": whole_run(engine, count), "floor": commits.two}
            taken = interleaved(ways, 2 if tiny else rounds, warm_up=1 if tiny else 3)
            what = f"step of a run of {count}, `wait: 0s`" if count > 1 else "run of one step, `wait: 0s`"
            figures.append(Figure(what, "ms", 1000 * taken["ours"], FLOOR, 1000 * taken["floor"], 3, where=WHERE))
        ways = {"ours": answered(engine, 20), "floor": commits.two}
        taken = interleaved(ways, 2 if tiny else 400, warm_up=1 if tiny else 20)
        figures.append(
            Figure("step with a commit of its own (an approval)", "ms", 1000 * taken["ours"], FLOOR,
                   1000 * taken["floor"], 3, where=WHERE)
        )  # fmt: skip
    tell(figures)


if __name__ == "__main__":
    main()
