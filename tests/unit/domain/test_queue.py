"""Who is next: priority, age, and patience with what needs much."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.needs import MIB, Needs, Slots
from sentinel.domain.policy.queue import AGEING, PATIENCE, Wanting, choose
from sentinel.domain.quantity import HOUR, MINUTE

NODE = Slots(cpus=4, gpus=1, gpu_memory=40 * MIB, memory=4096 * MIB)
SMALL = Needs(cpus=1, memory=MIB)


def wanting(run: str, priority: int = 50, since: int = 0, cpus: int = 1, ready_at: int | None = None) -> Wanting:
    """A step that wants cpus."""
    ready = since if ready_at is None else ready_at
    return Wanting(run, "a", priority, since, ready, replace(SMALL, cpus=cpus))


def runs(chosen: list[Wanting]) -> list[str]:
    """The runs whose steps were chosen."""
    return [each.run for each in chosen]


def test_a_higher_priority_starts_first() -> None:
    queue = [wanting("r1", 10), wanting("r2", 90), wanting("r3", 50)]
    assert runs(choose(queue, Slots(2, 0, 0, 4096 * MIB), NODE, 0)) == ["r2", "r3"]


def test_of_one_priority_the_older_run_starts_first() -> None:
    queue = [wanting("r2", since=5), wanting("r1", since=9), wanting("r3", since=1)]
    assert runs(choose(queue, NODE, NODE, 10)) == ["r3", "r2", "r1"]


def test_waiting_an_hour_is_worth_a_point_of_priority() -> None:
    old, new = wanting("old", 50, 0), wanting("new", 52, 2 * AGEING + 1)
    one = Slots(1, 0, 0, 4096 * MIB)
    assert runs(choose([new, old], one, NODE, 2 * AGEING + 1)) == ["old"]
    assert runs(choose([replace(new, since=2 * AGEING - 1), old], one, NODE, 2 * AGEING + 1)) == ["new"]


def test_what_does_not_fit_yet_is_overtaken_by_what_does() -> None:
    queue = [wanting("big", 90, cpus=4), wanting("small", 10)]
    assert runs(choose(queue, Slots(2, 0, 0, 4096 * MIB), NODE, 0)) == ["small"]


def test_past_its_patience_nothing_lower_overtakes_it() -> None:
    queue = [wanting("top", 99), wanting("big", 90, cpus=4), wanting("small", 10)]
    some = Slots(2, 0, 0, 4096 * MIB)
    assert runs(choose(queue, some, NODE, PATIENCE)) == ["top", "small"]
    assert runs(choose(queue, some, NODE, PATIENCE + 1)) == ["top"]


def test_what_no_node_could_ever_hold_holds_nobody_up() -> None:
    queue = [wanting("huge", 90, cpus=99), wanting("small", 10)]
    assert runs(choose(queue, NODE, NODE, 10 * PATIENCE)) == ["small"]


def test_patience_counts_from_when_the_step_was_ready_and_not_from_when_its_run_was_queued() -> None:
    queue = [wanting("big", 90, cpus=4, ready_at=10 * HOUR), wanting("small", 10)]
    assert runs(choose(queue, Slots(2, 0, 0, 4096 * MIB), NODE, 10 * HOUR + 1)) == ["small"]


def test_a_big_step_of_low_priority_starts_in_the_end_though_small_urgent_ones_keep_coming() -> None:
    big = wanting("big", 1, cpus=4)
    running: list[int] = []
    for minute in range(0, 200 * 60, 5):
        at = minute * MINUTE
        running = [end for end in running if end > at]
        free = Slots(4 - len(running), 1, 0, 4096 * MIB)
        arriving = [wanting(f"r{minute}-{index}", 99, at) for index in range(2)]
        chosen = choose([big, *arriving], free, NODE, at)
        if big in chosen:
            assert HOUR < at < 110 * HOUR
            return
        running += [at + 13 * MINUTE for _ in chosen]
    raise AssertionError("the big step starved")


needs = st.builds(Needs, st.integers(0, 5), st.integers(0, 2), st.integers(0, 50), st.integers(0, 5))
queues = st.lists(
    st.builds(
        Wanting,
        st.sampled_from(["r1", "r2", "r3", "r4"]),
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 100),
        st.integers(0, 9 * HOUR),
        st.integers(0, 9 * HOUR),
        needs,
    ),
    max_size=8,
    unique_by=lambda each: (each.run, each.step),
)
nodes = st.builds(Slots, st.integers(0, 8), st.integers(0, 3), st.integers(0, 50), st.integers(0, 9))


@given(queues, nodes, st.integers(0, 20 * HOUR))
def test_never_more_is_chosen_than_is_free(queue: list[Wanting], free: Slots, at: int) -> None:
    chosen = choose(queue, free, free, at)
    assert sum(each.needs.cpus for each in chosen) <= free.cpus
    assert sum(each.needs.gpus for each in chosen) <= free.gpus
    assert sum(each.needs.memory for each in chosen) <= free.memory
    assert all(each.needs.gpu_memory <= free.gpu_memory for each in chosen if each.needs.gpus)


@given(queues, nodes, st.integers(0, 20 * HOUR))
def test_slots_are_not_left_free_for_nobody(queue: list[Wanting], free: Slots, at: int) -> None:
    chosen = choose(queue, free, free, at)
    left = free
    for each in chosen:
        left = left.less(each.needs)
    patient = [each for each in queue if free.fits(each.needs) and at - each.ready_at > PATIENCE and each not in chosen]
    if not patient:
        assert not any(left.fits(each.needs) for each in queue if each not in chosen)


@given(queues, nodes, st.integers(0, 20 * HOUR), st.randoms(use_true_random=False))
def test_the_order_in_which_the_queue_is_given_does_not_matter(
    queue: list[Wanting], free: Slots, at: int, chance: object
) -> None:
    shuffled = list(queue)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sorted(map(repr, choose(shuffled, free, free, at))) == sorted(map(repr, choose(queue, free, free, at)))
