"""The verdicts that are known: pages that meet, pages that were missed, and one from long ago."""

from typing import Any

from sentinel.tui.known.judged import Judged


def verdicts(*seqs: int) -> list[dict[str, Any]]:
    return [{"verdict_id": f"r{seq}.proof.a1", "seq": seq, "run": f"r{seq}", "step": "proof", "gate": "promotion",
             "recipe": "lifecycle", "line": None, "verdict": "pass", "sentence": "it is", "subject": None,
             "version": None, "against": None, "round": 1, "at": 0} for seq in seqs]  # fmt: skip


def seqs(judged: Judged) -> list[int]:
    return [row.what["seq"] for row in judged.rows([], 0)]


def test_pages_meet_and_the_newest_stand_on_top() -> None:
    judged = Judged()
    judged.newest(verdicts(9, 8), True)
    judged.older(verdicts(7, 6), True)
    judged.newest(verdicts(10, 9), True)
    assert (seqs(judged), judged.last, judged.more) == ([10, 9, 8, 7, 6], "r6.proof.a1", True)
    judged.older([], False)
    assert (judged.last, judged.more) == ("r6.proof.a1", False)


def test_where_some_between_were_missed_what_was_known_is_forgotten() -> None:
    judged = Judged()
    judged.newest(verdicts(2, 1), False)
    judged.newest(verdicts(9, 8), True)
    assert (seqs(judged), judged.last, judged.more) == ([9, 8], "r8.proof.a1", True)


def test_one_from_long_ago_hides_nothing_between() -> None:
    judged = Judged()
    judged.newest(verdicts(9, 8), True)
    judged.one(verdicts(3)[0])
    assert (seqs(judged), judged.last) == ([9, 8, 3], "r8.proof.a1")


def test_those_that_are_compared_have_a_letter() -> None:
    judged = Judged()
    judged.newest(verdicts(9, 8, 7), False)
    marks = [row.cells[0] for row in judged.rows(["r7.proof.a1", "r9.proof.a1"], 0)]
    assert [getattr(mark, "text", mark) for mark in marks] == ["B", "", "A"]
