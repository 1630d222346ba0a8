"""Who is scored in the shadow: the oldest that has not matured, until it has, so that none waits for ever."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.feed import DOCUMENTS, SETTLED, TIME, Signal
from sentinel.domain.policy.shadow import LEAST, Maturity, Needed, Shadow, holders, longest_wait, maturity_of
from sentinel.domain.quantity import DAY, WEEK

NEEDED = Needed(outcomes=300)
KINDS = (TIME, SETTLED, DOCUMENTS)


def day(number: int, k: float = 9, n: float = 10, of: str = TIME, **more: object) -> Signal:
    """The signal of a day."""
    held = Signal(f"s{number}", k, n, None, "v1", of, number * DAY, (number + 1) * DAY, taken_at=(number + 1) * DAY)
    return Signal(**{**{name: getattr(held, name) for name in Signal.__slots__}, **more})  # type: ignore[arg-type]


def test_a_version_is_mature_after_four_weeks_and_the_outcomes_that_its_gate_needs() -> None:
    weeks = [day(number) for number in range(28)]
    assert not maturity_of(weeks, 0, NEEDED).mature
    assert maturity_of(weeks, 0, NEEDED).debt == "20 more outcomes"
    many = [day(number, 90, 100) for number in range(20)]
    assert maturity_of(many, 0, NEEDED).debt == "8 more days"
    both = [day(number, 90, 100) for number in range(28)]
    assert maturity_of(both, 0, NEEDED).mature and maturity_of(both, 0, NEEDED).debt == ""
    assert maturity_of([], 0, NEEDED) == Maturity(NEEDED)


def test_what_was_measured_before_a_version_was_made_counts_for_nothing() -> None:
    """It may have learned from that very time."""
    past = [day(number, 90, 100) for number in range(40)]
    held = maturity_of(past, 30 * DAY, NEEDED)
    assert (held.ms, held.n, held.value) == (10 * DAY, 1000, 900)
    assert not held.mature


def test_outcomes_by_their_settling_count_from_when_they_came_in() -> None:
    held = maturity_of([day(number, of=SETTLED, first=number, last=number + 1) for number in range(29)], 0, NEEDED)
    assert held.ms == 28 * DAY


@pytest.mark.parametrize("of", KINDS)
def test_much_on_the_first_day_and_a_little_four_weeks_later_matures_nobody(of: str) -> None:
    """Two evaluations did: of 1,000 documents on day 0, and of one on day 28."""
    two = [day(0, 900, 1000, of), day(28, 1, 1, of)]
    assert not maturity_of(two, 0, NEEDED).mature
    assert maturity_of(two, 0, NEEDED).debt in ("20 more days", "21 more days")
    weekly = [day(number, 90, 100, of) for number in (0, 7, 14, 21, 28)]
    assert maturity_of(weekly, 0, NEEDED).mature
    assert not maturity_of(weekly[:2] + weekly[3:], 0, NEEDED).mature, "a week is missing"


@given(st.sets(st.integers(0, 100), min_size=1), st.sampled_from(KINDS))
def test_time_counts_in_the_weeks_in_which_a_version_was_scored(days: set[int], of: str) -> None:
    found = maturity_of([day(number, 90, 100, of) for number in days], 0, NEEDED)
    seen = sorted(moment for number in days for moment in _seen(day(number, of=of)))
    gaps = [later - sooner for sooner, later in pairwise(seen)]
    weeks = {(moment - seen[0]) // WEEK for moment in seen}
    assert found.ms <= len(weeks) * WEEK, "no week counts in which nothing came"
    if found.mature:
        assert len(weeks) >= 4
    if max(gaps, default=0) <= WEEK:
        assert found.ms == seen[-1] - seen[0], "who is scored in every week waits for nothing more"
    else:
        lost = sum(gap // WEEK for gap in gaps if gap > WEEK)
        assert 0 <= seen[-1] - seen[0] - found.ms <= lost * WEEK, "a gap delays by its whole weeks at most"


@given(st.lists(st.integers(0, 100), min_size=2, max_size=40, unique=True), st.sampled_from(KINDS))
def test_what_comes_in_later_never_takes_time_from_a_version(days: list[int], of: str) -> None:
    held = [day(number, of=of) for number in sorted(days)]
    assert maturity_of(held, 0, NEEDED).ms >= maturity_of(held[:-1], 0, NEEDED).ms


def _seen(signal: Signal) -> tuple[int, ...]:
    return (signal.first, signal.last) if signal.of == TIME else (signal.taken_at,)


def test_the_share_of_the_way_is_what_lacks_most() -> None:
    assert Maturity(NEEDED, ms=LEAST, n=150).share == 0.5
    assert Maturity(NEEDED, ms=LEAST // 4, n=3000).share == 0.25
    assert Maturity(NEEDED, ms=2 * LEAST, n=3000).share == 1


def test_the_oldest_unmatured_version_holds_a_slot_though_newer_ones_keep_coming() -> None:
    old = Shadow("old", 0)
    crowd = [Shadow(f"v{number}", number) for number in range(1, 50)]
    assert holders([*crowd, old], 3) == ("old", "v1", "v2")
    assert holders([*crowd, old], 0) == ()


def test_newest_first_would_starve_the_oldest_for_ever() -> None:
    """What this policy is there against: each week a new one comes, and the slot is its own."""
    waiting: list[Shadow] = []
    for week in range(100):
        waiting.append(Shadow(f"v{week}", week * WEEK))
        newest = max(waiting, key=lambda each: each.registered_at)
        assert newest.version == f"v{week}"
    assert waiting[0] not in [newest] and holders(waiting, 1) == ("v0",)


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(1, 5))
def test_no_version_waits_longer_for_its_slot_than_four_weeks_for_each_round_of_older_ones(
    days: list[int], slots: int
) -> None:
    """Versions come on these days; who holds a slot matures after four weeks in it."""
    coming = sorted(days)
    scored: dict[str, int] = {}
    came: dict[str, int] = {}
    bound: dict[str, int] = {}
    got: dict[str, int] = {}
    for today in range(41 + 28 * (len(coming) + 1)):
        for number, when in enumerate(coming):
            if when == today:
                name = f"v{number:02}"
                older = sum(done < LEAST // DAY for done in scored.values())
                wait = longest_wait(older, slots)
                assert wait is not None
                scored[name], came[name], bound[name] = 0, today, wait // DAY
        unmatured = [Shadow(name, came[name]) for name, done in scored.items() if done < LEAST // DAY]
        held = holders(unmatured, slots)
        assert len(held) == min(slots, len(unmatured))
        for name in held:
            got.setdefault(name, today)
            scored[name] += 1
    assert all(done == LEAST // DAY for done in scored.values()), "some version never matured"
    assert all(got[name] - came[name] <= bound[name] for name in came)


def test_without_slots_nothing_is_promised() -> None:
    assert longest_wait(1, 0) is None
    assert longest_wait(0, 3) == 0
