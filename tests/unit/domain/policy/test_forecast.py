"""When what is queued starts and ends, played through on the slots."""

import heapq
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.needs import Needs, Slots
from sentinel.domain.policy.forecast import Ahead, Foreseen, Span, Task, forecast
from sentinel.domain.policy.queue import Wanting, choose
from sentinel.domain.quantity import HOUR, MINUTE

ONE = Needs(cpus=1, memory=1)
NODE = Slots(2, 1, 10, 10)
NOW = 1_800_000_000_000


def takes(ms: float) -> dict[str, object]:
    return {"needs": ONE, "lasts": lambda _: ms}


def run(name: str, *tasks: Task, priority: int = 50, created: int = NOW, begun: bool = False, **more: object) -> Ahead:
    return Ahead(name, tasks, priority, created, begun, **more)  # type: ignore[arg-type]


def told(*runs: Ahead, node: Slots = NODE, free: Slots | None = None) -> dict[str, Foreseen]:
    return forecast(runs, free or node, node, NOW)


def sure(moment: int) -> Span:
    return Span(moment, moment)


def test_a_run_alone_starts_at_once_and_ends_when_its_steps_have() -> None:
    found = told(run("r1", Task("a", **takes(MINUTE)), Task("b", ("a",), **takes(2 * MINUTE))))  # type: ignore[arg-type]
    assert found["r1"].start == sure(NOW)
    assert found["r1"].steps == {"a": sure(NOW + MINUTE), "b": sure(NOW + 3 * MINUTE)}
    assert found["r1"].end == sure(NOW + 3 * MINUTE)


def test_who_is_behind_waits_for_a_slot_and_who_is_more_urgent_does_not() -> None:
    step = Task("a", needs=Needs(cpus=2, memory=1), lasts=lambda _: HOUR)
    found = told(run("r1", step, created=NOW - 3), run("r2", step, created=NOW - 2), run("r3", step, priority=90))
    assert [found[name].start for name in ("r3", "r1", "r2")] == [sure(NOW), sure(NOW + HOUR), sure(NOW + 2 * HOUR)]


def test_what_runs_keeps_its_slots_for_what_is_left_of_it() -> None:
    busy = Task("a", needs=ONE, lasts=lambda _: 5 * MINUTE, begun=True)
    wide = Task("a", needs=Needs(cpus=2, memory=1), lasts=lambda _: MINUTE)
    found = told(run("r1", busy, begun=True), run("r2", wide), free=NODE.less(ONE))
    assert found["r1"].start is None
    assert found["r2"].start == sure(NOW + 5 * MINUTE)


def test_one_at_a_time_where_its_policy_says_so() -> None:
    scope = ("lifecycle", "tickets")
    step = Task("a", **takes(HOUR))  # type: ignore[arg-type]
    found = told(run("r1", step, created=NOW - 2, scope=scope), run("r2", step, scope=scope))
    assert found["r2"].start == sure(NOW + HOUR)


def test_attempts_start_in_their_hours_and_run_on() -> None:
    opens = NOW + 30 * MINUTE
    steps = (Task("a", **takes(HOUR)), Task("b", ("a",), **takes(HOUR)))  # type: ignore[arg-type]
    found = told(run("r1", *steps, opens=lambda at: max(at, opens)))
    assert (found["r1"].start, found["r1"].end) == (sure(opens), sure(opens + 2 * HOUR))


def test_of_what_was_never_done_nobody_can_tell_nor_of_what_waits_for_it() -> None:
    wide = Task("a", needs=Needs(cpus=2, memory=1))
    found = told(run("r1", wide, created=NOW - 1), run("r2", Task("b", **takes(1))))  # type: ignore[arg-type]
    assert found["r1"].start == sure(NOW) and found["r1"].end == Span()
    assert found["r1"].why == "no attempt at a step like `a` has ended yet"
    assert found["r2"].start == Span() and "wait for r1" in found["r2"].why


def test_who_waits_for_a_person_is_said_to_and_holds_up_nobody() -> None:
    found = told(
        run("r1", Task("a", **takes(1)), created=NOW - 1, held="a person's word on `sure`"),  # type: ignore[arg-type]
        run("r2", Task("a", **takes(MINUTE))),  # type: ignore[arg-type]
    )
    assert (found["r1"].end, found["r1"].why) == (Span(), "a person's word on `sure`")
    assert found["r2"].end == sure(NOW + MINUTE)


def test_a_gate_that_seldom_passes_ends_most_runs_early() -> None:
    gate = Task("proof", goes_on=0.3, **takes(MINUTE))  # type: ignore[arg-type]
    found = told(run("r1", gate, Task("live", ("proof",), **takes(HOUR))))  # type: ignore[arg-type]
    assert found["r1"].end == Span(NOW + MINUTE, NOW + MINUTE + HOUR)
    assert found["r1"].steps["live"] == sure(NOW + MINUTE + HOUR)


def test_each_step_meets_each_of_its_cases_once() -> None:
    seen: list[float] = []
    told(run("r1", Task("a", needs=ONE, lasts=lambda share: seen.append(share) or 1.0)))  # type: ignore[func-returns-value]
    assert sorted(seen) == [(number + 0.5) / 101 for number in range(101)]


NEEDS = st.builds(Needs, cpus=st.integers(1, 2), gpus=st.integers(0, 1), gpu_memory=st.integers(0, 12),
                  memory=st.integers(1, 11))  # fmt: skip
STEPS = st.lists(st.tuples(NEEDS, st.integers(1, 3 * HOUR)), min_size=1, max_size=4)
RUNS = st.lists(st.tuples(STEPS, st.integers(0, 99), st.integers(0, 5 * HOUR)), min_size=1, max_size=6)


@settings(max_examples=60)
@given(RUNS)
def test_with_times_that_are_certain_it_is_what_the_daemon_does(asked: list) -> None:  # type: ignore[type-arg]
    runs = [
        run(f"r{number}", *_chain(steps), priority=priority, created=NOW - age)
        for number, (steps, priority, age) in enumerate(asked)
    ]
    found = told(*runs)
    for name, (start, end) in _played(runs).items():
        assert found[name].start == (sure(start) if start is not None else Span())
        assert found[name].end == (sure(end) if end is not None else Span())


def _chain(steps: Sequence[tuple[Needs, int]]) -> list[Task]:
    return [
        Task(f"s{place}", (f"s{place - 1}",) if place else (), needs, lambda _, ms=ms: ms, position=place)  # type: ignore[misc]
        for place, (needs, ms) in enumerate(steps)
    ]


def _played(runs: Sequence[Ahead]) -> dict[str, tuple[int | None, int | None]]:
    """The same by the daemon's own rule, a moment at a time."""
    now, free = NOW, NODE
    ready = {(each.run, each.tasks[0].key): NOW for each in runs}
    held = {each.run: each for each in runs}
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    events: list[tuple[int, int, str, str]] = []
    count = 0
    claims: dict[tuple[str, str], Needs] = {}
    while True:
        wants = []
        for (name, key), since in ready.items():
            task = next(each for each in held[name].tasks if each.key == key)
            assert task.needs is not None
            wants.append(Wanting(name, key, held[name].priority, held[name].created_at, since, task.needs,
                                 task.position))  # fmt: skip
        for each in choose(wants, free, NODE, now):
            task = next(one for one in held[each.run].tasks if one.key == each.step)
            assert task.lasts is not None
            starts.setdefault(each.run, now)
            free, claims[each.run, each.step] = free.less(each.needs), each.needs
            del ready[each.run, each.step]
            count += 1
            heapq.heappush(events, (now + round(task.lasts(0.5)), count, each.run, each.step))
        if not events:
            return {each.run: (starts.get(each.run), ends.get(each.run)) for each in runs}
        now, _, name, key = heapq.heappop(events)
        free = _given_back(free, claims.pop((name, key)))
        after = next((each for each in held[name].tasks if key in each.after), None)
        if after is not None:
            ready[name, after.key] = now
        else:
            ends[name] = now


def _given_back(free: Slots, needs: Needs) -> Slots:
    return Slots(free.cpus + needs.cpus, free.gpus + needs.gpus, free.gpu_memory, free.memory + needs.memory)
