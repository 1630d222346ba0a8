"""Whose turn it is to challenge, and when a trigger asks for it: each in turn, nobody for ever, and never in vain."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.line.state import Version
from sentinel.domain.quantity import DAY, HOUR
from sentinel.domain.trigger_stream import Stream
from sentinel.supervisor.challenges import PAUSE, Try, due, in_turn


def version(name: str, made_at: int = 0) -> Version:
    """A version of a zoo."""
    return Version(name, f"model of {name}", "r1", "made", name, (), {}, made_at)


def turns(held: list[Version], made: list[Try], run: str | None = None) -> list[str]:
    """The ids of those whose turn it is, in order."""
    return [each.id for each in in_turn(held, made, run)]


def test_who_was_not_tried_is_first_then_who_was_tried_the_longest_ago() -> None:
    held = [version("a", 1), version("b", 2), version("c", 3), version("d", 4)]
    assert turns(held, []) == ["a", "b", "c", "d"]
    made = [Try("a", "r1", 10, 50), Try("b", "r2", 20, 30), Try("b", "r0", 1, 2)]
    assert turns(held, made) == ["c", "d", "b", "a"]


def test_who_is_being_tried_is_left_out_but_for_the_run_that_tries_it() -> None:
    held, made = [version("a", 1), version("b", 2)], [Try("a", "r1", 10, None)]
    assert turns(held, made) == ["b"]
    assert turns(held, made, "r1") == ["a", "b"]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.lists(st.booleans(), max_size=4)), min_size=1, max_size=8),
    st.integers(0, 3),
)
def test_every_version_is_judged_in_turn_and_nobody_is_tried_twice_within_a_day(
    coming: list[tuple[int, list[bool]]], lasts: int
) -> None:
    """Versions mature on these days; a challenge fails as often as is said, before it chose or after, then judges."""
    versions = {f"v{number}": version(f"v{number}", when) for number, (when, _) in enumerate(coming)}
    mature = {f"v{number}": when * DAY for number, (when, _) in enumerate(coming)}
    fails = {f"v{number}": list(ways) for number, (_, ways) in enumerate(coming)}
    made: list[Try] = []
    judged: set[str] = set()
    stream, last_end, busy = Stream("t"), None, 0
    fired: list[int] = []
    for at in range(0, 90 * DAY, HOUR):
        if at < busy:
            continue
        held = [versions[name] for name, when in mature.items() if when <= at and name not in judged]
        fresh = {each.id: mature[each.id] > stream.accounted for each in held}
        if not any(moment <= at for moment in due(held, made, stream, last_end, fresh)):
            continue
        fired.append(at)
        stream, busy = Stream("t", accounted=at), at + lasts * HOUR
        last_end = busy
        first = in_turn(held, made)[0].id
        if fails[first]:
            chose = fails[first].pop()
            made += [Try(first, f"r{at}", at, busy)] if chose else []
        else:
            made.append(Try(first, f"r{at}", at, busy))
            judged.add(first)
    assert judged == set(versions), "each got its challenge"
    assert len(fired) == len(coming) + sum(len(ways) for _, ways in coming), "and nothing was asked for beyond that"
    for name in versions:
        mine = [each for each in made if each.version == name]
        assert all(b.began_at >= (a.ended_at or 0) + PAUSE for a, b in pairwise(mine))


def test_after_a_run_that_tried_nobody_only_who_has_matured_since_is_due_at_once() -> None:
    held, stream = [version("old"), version("new", 1)], Stream("t", accounted=10)
    assert due(held, [], stream, 20, {"old": False, "new": True}) == [0, 20 + PAUSE]
    assert due(held, [Try("x", "r1", 12, 20)], stream, 20, {"old": False, "new": True}) == [0, 0]
