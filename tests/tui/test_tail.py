"""Logs: whatever was written, cut up however it came, is the last of its lines."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused
from sentinel.tui.known.tail import Lines, Tail, Which, Written

TEXT = st.text(st.sampled_from("ab\n"), max_size=60)


@given(TEXT, st.lists(st.integers(0, 60), max_size=6))
def test_lines_are_the_same_however_they_were_cut(text: str, cuts: list[int]) -> None:
    lines, places = Lines(), sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    for start, end in pairwise(places):
        lines.take("r1.a.a1", text[start:end])
    lines.end()
    assert [row.what for row in lines.rows] == text.removesuffix("\n").split("\n") if text else not lines.rows


@given(st.lists(st.integers(0, 40), max_size=12))
def test_no_more_than_the_last_lines_are_kept_and_all_are_counted(counts: list[int]) -> None:
    lines, written = Lines(most=10), [str(number) for number in range(sum(counts))]
    for count in counts:
        at = lines.count
        lines.take("r1.a.a1", "".join(f"{line}\n" for line in written[at : at + count]))
    assert [row.what for row in lines.rows] == written[-10:]
    assert lines.count == len(written)
    assert [int(row.key) for row in lines.rows] == list(range(len(written)))[-10:]


def test_writers_do_not_break_each_others_lines() -> None:
    lines = Lines()
    lines.take("r1.a.a1", "one ")
    lines.take("r1.b.a1", "two\n")
    lines.take("r1.a.a1", "line\n")
    assert [row.what for row in lines.rows] == ["two", "one line"]


def test_of_a_line_written_over_and_over_the_last_is_seen_and_one_without_an_end_is_cut() -> None:
    lines = Lines()
    lines.take("r1.a.a1", " 1%\r 2%\r100%\r\n" + "x" * 10_000)
    assert [row.what[:4] for row in lines.rows] == ["100%", "xxxx", "xxxx"]
    assert sum(len(row.what) for row in lines.rows) < 10_000
    lines.end()
    assert sum(len(row.what) for row in lines.rows) == 10_004


class Door:
    """A daemon that tells one list each time that it is asked; with a refusal in it, it says no."""

    def __init__(self, *answers: list[Json] | Refusal) -> None:
        self.answers = list(answers)
        self.given: list[dict[str, Json]] = []

    async def ask(self, route: str, **given: Json) -> Json:
        """Nothing is asked."""
        raise AssertionError(route)

    def follow(self, route: str, quiet: float | None = None, **given: Json) -> Any:
        """Tell the next list."""
        self.given.append(given)
        return self._tell(self.answers.pop(0))

    async def _tell(self, answer: list[Json] | Refusal) -> AsyncIterator[Json]:
        if isinstance(answer, Refusal):
            raise Refused(answer)
        for each in answer:
            if isinstance(each, Refusal):
                raise Refused(each)
            yield each


GONE = Refusal("E-gone-away", "The daemon went down.")


def test_what_was_read_stays_while_the_line_is_broken_and_is_not_there_twice_after() -> None:
    said: list[object] = []
    one = {"attempt": "r1.a.a1", "line": "one\n"}
    door = Door([one, GONE], GONE, [one, {"attempt": "r1.a.a1", "line": "two"}])
    tail = Tail(door, Which("r1", "a"), said.append)
    asyncio.run(asyncio.wait_for(tail.listen(), 20))
    assert [row.what for row in tail.lines.rows] == ["one", "two"]
    assert tail.ended and tail.refusal is None
    assert said and all(isinstance(each, Written) for each in said)
    assert door.given[0] == {"run": "r1", "step": "a", "attempt": None, "follow": True, "last": 2**20}


def test_a_refusal_ends_it_and_is_kept() -> None:
    no = Refusal("E-unknown-step", "r1 has no step 'a'.")
    tail = Tail(Door(no), Which("r1", "a"), lambda _: None)
    asyncio.run(asyncio.wait_for(tail.listen(), 5))
    assert tail.refusal == no and not tail.ended
