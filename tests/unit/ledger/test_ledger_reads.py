"""Questions get the right answer, by an index, for the same price whether there are a hundred runs or very many."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sentinel.domain.house import DaemonStopped
from sentinel.domain.kept import ArtifactDropped, ArtifactKept
from sentinel.domain.run import events as e
from sentinel.domain.verdict import Verdict
from sentinel.ledger import Ledger
from sentinel.ledger.reads import Reads
from sentinel.ledger.reads.results import verdict_of
from tests.unit.domain.plans import model
from tests.unit.ledger.crowd import crowd
from tests.unit.ledger.test_ledger_append import running, started
from tests.unit.ledger.world import World

FEW, MANY, VERY_MANY = 100, 4000, 100_000


def test_runs_are_paged_newest_first_and_narrowed(ledger: Ledger) -> None:
    world = World(ledger, random.Random(5))
    for _ in range(40):
        world.append(world.queue())
        world.append(world.command())
    every = ledger.reads.runs(limit=1000, asked=True)
    assert [run.num for run in every] == list(range(40, 0, -1))
    assert ledger.reads.runs(limit=1000) == [run for run in every if run.kind == "recipe"]
    first = ledger.reads.runs(limit=7, asked=True)
    assert first + ledger.reads.runs(limit=1000, before=first[-1].num, asked=True) == every
    for state in ("queued", "running", None):
        for line in ("router", None):
            for recipe in ("trial", None):
                wanted = [
                    run
                    for run in every
                    if state in (None, run.state) and line in (None, run.line) and recipe in (None, run.recipe)
                ]
                assert ledger.reads.runs(limit=1000, state=state, line=line, recipe=recipe, asked=True) == wanted
    assert ledger.reads.open_runs() == [run for run in reversed(every) if ledger.state(f"run/{run.id}").open]
    assert ledger.reads.run_row("r41") is None


def test_the_steps_of_a_run_are_all_there_from_the_beginning_in_the_order_of_the_file(ledger: Ledger) -> None:
    running(ledger)
    assert [(step.key, step.state) for step in ledger.reads.steps_of("r1")] == [("one", "pending"), ("two", "pending")]
    ledger.append([("run/r1", [e.StepSpread("two", (model("a"), model("b")))])], at=2, actor="test")
    keys = [(step.key, step.position, step.element) for step in ledger.reads.steps_of("r1")]
    assert keys == [("one", 0, None), ("two", 1, None), ("two.0", 1, 0), ("two.1", 1, 1)]


def test_a_result_is_found_by_its_key_while_all_of_it_is_kept(ledger: Ledger) -> None:
    running(ledger)
    for number, name in enumerate(("old", "new"), start=1):
        attempt = f"r1.one.a{number}"
        ended = e.AttemptEnded(
            "one", attempt, "succeeded", {"out": (model(name), model("both"))}, "", None, None, 0, 0, False
        )
        waiting = e.StepWaiting("one", "retry", 0, "")
        ledger.append(
            [("run/r1", [*started(attempt, key="k"), ended, waiting]), (f"artifact/{model(name).digest}", [_kept()])],
            at=number, actor="test",
        )  # fmt: skip
    assert ledger.reads.find_result("k") is None, "an artifact that is not on record is not kept"
    ledger.append([(f"artifact/{model('both').digest}", [_kept()])], at=3, actor="test")
    assert _found(ledger) == "r1.one.a2"
    ledger.append([(f"artifact/{model('new').digest}", [ArtifactDropped("old")])], at=4, actor="test")
    assert _found(ledger) == "r1.one.a1"
    found = ledger.reads.find_result("k")
    assert found is not None
    assert found.outputs == {"out": [model("old").to_json(), model("both").to_json()]}
    ledger.append([(f"artifact/{model('both').digest}", [ArtifactDropped("old")])], at=5, actor="test")
    assert _found(ledger) is None
    assert [(each.ms, each.step, each.traits) for each in ledger.reads.took("one", 9)] == []


def _kept() -> ArtifactKept:
    return ArtifactKept("Model", 10, "r1.one.a1")


def _found(ledger: Ledger) -> str | None:
    found = ledger.reads.find_result("k")
    return found.attempt if found is not None else None


def test_live_attempts_are_those_that_have_not_ended(ledger: Ledger) -> None:
    running(ledger)
    ledger.append([("run/r1", started())], at=2, actor="test")
    assert [attempt.id for attempt in ledger.reads.live_attempts()] == ["r1.one.a1"]
    ended = e.AttemptEnded("one", "r1.one.a1", "lost", {}, "", None, None, 0, 0, False)
    ledger.append([("run/r1", [ended])], at=3, actor="test")
    assert ledger.reads.live_attempts() == []
    attempt = ledger.reads.attempt("r1.one.a1")
    assert attempt is not None
    assert (attempt.state, attempt.ended_at) == ("lost", 3)


def test_verdicts_stay_when_their_step_is_judged_again(ledger: Ledger) -> None:
    running(ledger)
    said = Verdict("g", "inconclusive", "too few", model("x").digest, "v1", 1, ())
    judged = [*started(), e.AttemptEnded("one", "r1.one.a1", "succeeded", {}, "", None, None, 0, 0, False)]
    again = [
        e.GateJudged("one", "r1.one.a1", said),
        e.StepWaiting("one", "outcomes", 9, ""),
        e.RoundBegun("one", ("one",), 2, {}),
    ]
    ledger.append([("run/r1", [*judged, *again])], at=2, actor="test")
    assert ledger.state("run/r1").step("one").verdict is None
    row = ledger.reads.verdict("r1.one.a1")
    assert row is not None
    assert verdict_of(row) == said
    assert ledger.reads.verdicts() == ledger.reads.verdicts("r1") == [row]
    assert ledger.reads.verdicts(before=row.seq) == []


def test_artifacts_are_paged_newest_first_and_those_dropped_left_out(ledger: Ledger) -> None:
    for number in range(9):
        kind = "Model" if number % 2 else "Dataset"
        ledger.append([(f"artifact/{number}", [ArtifactKept(kind, 1, "a")])], at=number // 2, actor="test")
    ledger.append([("artifact/8", [ArtifactDropped("old")])], at=9, actor="test")
    names = [row.digest for row in ledger.reads.artifacts()]
    assert names == ["7", "6", "5", "4", "3", "2", "1", "0"]
    page = ledger.reads.artifacts(limit=3)
    rest = ledger.reads.artifacts(before=(page[-1].kept_at, page[-1].digest))
    assert [row.digest for row in [*page, *rest]] == names
    assert [row.digest for row in ledger.reads.artifacts("Model", limit=2)] == ["7", "5"]
    dropped = ledger.reads.artifact("8")
    assert dropped is not None
    assert dropped.dropped == "old"


def test_events_are_followed_from_any_seq_in_one_stream_or_in_all(ledger: Ledger) -> None:
    for number in range(30):
        ledger.append([(("house", "line/a")[number % 2], [_note(number)])], at=number, actor="test")
    every = ledger.reads.events(limit=100)
    assert [event.seq for event in every] == list(range(1, 31))
    assert ledger.reads.events(since=28) == every[28:]
    house = [event for event in every if event.stream == "house"]
    for since in (0, 1, 2, 15, 29, 99):
        assert ledger.reads.events(since, stream="house") == [event for event in house if event.seq > since]
    assert ledger.reads.events(since=5, limit=2, stream="house") == [event for event in house if event.seq > 5][:2]
    assert ledger.reads.events(since=3, stream="line/none") == []
    assert ledger.reads.latest_events(limit=2) == [every[29], every[28]]
    assert ledger.reads.latest_events(limit=2, before=10) == [every[8], every[7]]
    assert ledger.reads.latest_events(limit=2, stream="house") == house[:-3:-1]
    assert ledger.reads.latest_events(limit=2, before=house[5].seq, stream="house") == [house[4], house[3]]
    assert ledger.reads.latest_events(stream="line/none") == []


def test_the_latest_events_of_a_kind_or_of_like_streams_are_found(ledger: Ledger) -> None:
    for number in range(30):
        ledger.append([(("house", "line/a", "line/b")[number % 3], [_note(bool(number % 3))])], at=number, actor="test")
    every = ledger.reads.events(limit=100)
    lines = [event for event in every if event.stream.startswith("line/")]
    assert ledger.reads.latest_like("line/", 0, 99) == lines[::-1]
    assert ledger.reads.latest_like("line/", 5, 20, limit=3) == [e for e in lines if 5 <= e.seq < 20][:-4:-1]
    assert ledger.reads.latest_like("line/%", 0, 99) == []
    of_a = [event for event in every if event.stream == "line/a"]
    released = [event for event in of_a if type(event.body).__name__ == "LineReleased"]
    assert ledger.reads.latest_of("line/a", "LineReleased", "LineHeld") == released[::-1]
    assert ledger.reads.latest_of("line/a", "LineReleased", limit=1) == released[-1:]
    assert ledger.reads.latest_of("line/none", "LineReleased") == []


def _note(number: int) -> DaemonStopped | object:
    from sentinel.domain.line.events import LineReleased

    return LineReleased("x") if number % 2 else DaemonStopped("x")


# What questions cost, in steps of SQLite's machine, which no other load on the computer changes

QUESTIONS: dict[str, Callable[[Reads, int], object]] = {
    "the first page of runs": lambda reads, n: reads.runs(),
    "a page in the middle": lambda reads, n: reads.runs(before=n // 2),
    "runs of verbs too": lambda reads, n: reads.runs(asked=True),
    "runs in a state": lambda reads, n: reads.runs(state="failed"),
    "runs in a state that none is in": lambda reads, n: reads.runs(state="frozen", asked=True),
    "runs of a line": lambda reads, n: reads.runs(line="line-1"),
    "runs of a line in a state": lambda reads, n: reads.runs(line="line-1", state="frozen"),
    "runs of a recipe": lambda reads, n: reads.runs(recipe="recipe-3"),
    "runs of a recipe in a state": lambda reads, n: reads.runs(recipe="recipe-3", state="frozen"),
    "runs of a recipe and a line": lambda reads, n: reads.runs(recipe="recipe-3", line="line-9"),
    "runs of a recipe and a line in a state": lambda reads, n: reads.runs(
        recipe="recipe-3", line="line-1", state="frozen"
    ),
    "the queue": lambda reads, n: reads.open_runs(),
    "one run": lambda reads, n: reads.run_row(f"r{n // 2}"),
    "its steps": lambda reads, n: reads.steps_of(f"r{n // 2}"),
    "its attempts": lambda reads, n: reads.attempts_of(f"r{n // 2}"),
    "the last number": lambda reads, n: reads.last_run(),
    "live attempts": lambda reads, n: reads.live_attempts(),
    "an effect": lambda reads, n: reads.find_effect(f"effect-{n // 2}-1"),
    "an effect that is not done": lambda reads, n: reads.find_effect("none"),
    "what steps took": lambda reads, n: reads.took("", 20),
    "how runs went": lambda reads, n: reads.went("recipe-3", 9),
    "how long a step lasted": lambda reads, n: reads.lasted("recipe-3", "s1", 9),
    "when runs were asked for": lambda reads, n: reads.asked("recipe-3", "line-1", 20),
    "what was expected": lambda reads, n: reads.expected(20),
    "when it was foretold": lambda reads, n: reads.foreseen(f"r{n // 2}"),
    "verdicts": lambda reads, n: reads.verdicts(),
    "verdicts of a run": lambda reads, n: reads.verdicts(f"r{n // 2}"),
    "a verdict": lambda reads, n: reads.verdict(f"r{n // 2}.s1.a1"),
    "the last event": lambda reads, n: reads.last_seq(),
}


@pytest.fixture(scope="module")
def crowds() -> Iterator[dict[int, sqlite3.Connection]]:
    with closing(crowd(FEW)) as few, closing(crowd(MANY)) as many:
        yield {FEW: few, MANY: many}


@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_a_question_costs_the_same_among_a_hundred_runs_and_among_very_many(
    crowds: dict[int, sqlite3.Connection], question: str
) -> None:
    _same_price(question, *crowds.items())


@pytest.mark.long
def test_no_question_costs_more_than_twice_as_much_among_a_hundred_thousand_runs() -> None:
    with closing(crowd(FEW)) as few, closing(crowd(VERY_MANY)) as many:
        for question in QUESTIONS:
            _same_price(question, (FEW, few), (VERY_MANY, many))


def _same_price(question: str, few: tuple[int, sqlite3.Connection], many: tuple[int, sqlite3.Connection]) -> None:
    price, _ = _steps(QUESTIONS[question], *few)
    steps, rows = _steps(QUESTIONS[question], *many)
    # among a hundred runs a page may not be full, so the price of the rows that are there now counts too
    assert steps <= 2 * max(price, 50 + 50 * rows), f"{question}: {price} steps among few, {steps} among many"


def _steps(question: Callable[[Reads, int], object], count: int, connection: sqlite3.Connection) -> tuple[int, int]:
    """What a question costs, and how many rows it gives."""
    taken = 0

    def tick() -> int:
        nonlocal taken
        taken += 5
        return 0

    connection.set_progress_handler(tick, 5)
    try:
        found = question(Reads(connection), count)
    finally:
        connection.set_progress_handler(None, 0)
    return taken, len(found) if isinstance(found, list) else 1


SMALL = {"files", "alerts", "nodes", "triggers", "lines", "house"}
"""Tables that are asked for whole: there are as many rows as there are files, nodes or lines."""
PARTIAL = ("runs_open", "attempts_live", "deliveries_open", "deliveries_given_up")


def test_no_question_reads_a_table_from_end_to_end(lived: Path) -> None:
    with Ledger.open(lived) as ledger:
        asked: list[str] = []
        ledger._connection.set_trace_callback(asked.append)
        _ask_everything(ledger)
        ledger._connection.set_trace_callback(None)
        assert len(set(asked)) > 40
        for sql in set(asked):
            for *_, plan in ledger._connection.execute(f"EXPLAIN QUERY PLAN {sql}"):
                assert "TEMP B-TREE" not in plan or any(f"FROM {name}" in sql for name in SMALL), f"{plan}: {sql}"
                if plan.startswith("SCAN") and not any(plan.startswith(f"SCAN {name}") for name in SMALL):
                    in_order = "LIMIT" in sql or "max(" in sql
                    partial = any(f"INDEX {name}" in plan for name in PARTIAL)
                    assert in_order or partial, f"{plan}: {sql}"


def _ask_everything(ledger: Ledger) -> None:
    reads = ledger.reads
    for question in QUESTIONS.values():
        question(reads, 4)
    for name in ("house", "files", "alerts", "nodes", "triggers", "deliveries", "lines"):
        getattr(reads, name)()
    for trigger in reads.triggers():
        reads.fires(trigger.stream)
    for line in ("router", "tagger"):
        page = reads.versions(line)
        reads.versions(line, before=(page[-1].registered_at, page[-1].id))
        reads.aliases(line)
        reads.alias_moves(line)
        reads.lineage(page[0].id)
        reads.descendants(page[0].id)
        reads.version(page[0].id)
    reads.events()
    reads.events(5, stream="run/r1")
    reads.latest_events(before=7)
    reads.latest_events(before=7, stream="run/r1")
    reads.latest_of("run/r1", "RunMoved", "RunStarted")
    reads.latest_like("run/", 0, 7)
    reads.given_up()
    reads.find_result("none")
    reads.artifacts()
    reads.artifacts("Model", before=(5, "x"))
    reads.reported("x", 40)
    reads.delivery("d1")
    reads.due_deliveries(5)
    for line in ("router", None):
        sent = reads.sendings_for(line)
        reads.sendings_about(line, sent[0].model)
        reads.sendings_to("acme/router", "publish")
        reads.sending(sent[0].key)
        reads.sendings_of("r1")
        reads.outbox(line)
    assert "router" in reads.lines_sent() and isinstance(reads.submitted("router"), list)
    reads.ranks("router", "acme/router", "acme/tickets", True)
    reads.last_delivery()
    reads.attempt("r1.rows.a1")
