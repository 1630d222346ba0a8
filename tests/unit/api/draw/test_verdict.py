"""A verdict on a terminal: the interval, the bar, what it rests on, and what to do next."""

import io

from sentinel.api.draw.pen import Pen
from sentinel.api.draw.verdict import draw_verdict, figures, interval, scale
from sentinel.api.draw.verdict_pair import changed, draw_verdict_pair
from sentinel.domain.digest import Json


def drawn(*checks: Json, full: bool = False) -> str:
    told = {"verdict_id": "r1.proof.a1", "gate": "promotion", "verdict": "inconclusive", "sentence": "1 of 2.",
            "subject": "a" * 64, "against": None, "round": 1, "at": 0, "checks": list(checks)}  # fmt: skip
    stream = io.StringIO()
    draw_verdict(Pen(stream, colours=False), told, full)
    return stream.getvalue()


EVIDENCE = {
    "set": "regression", "documents": "d" * 64, "metric": "accuracy", "estimate": -0.01, "lower": -0.029,
    "upper": 0.008, "n": 600, "margin": 0.02, "alpha": 0.025, "n_needed": 982, "wins": 12, "losses": 18,
    "disagreement": 0.05, "look": 3, "looks": 20, "custom": [1, 2],
}  # fmt: skip
CHECK = {"check": "no_regression", "verdict": "inconclusive", "sentence": "It may be worse.", "todo": "Label 382 more.",
         "evidence": EVIDENCE}  # fmt: skip


def test_a_comparison_is_drawn_with_its_interval_beside_the_margin() -> None:
    text = drawn(CHECK)
    scale = next(line for line in text.splitlines() if "━" in line)
    assert "-1.0 points in -2.9 … +0.8, the margin -2.0" in scale
    assert scale.index("┃") < scale.index("●")
    assert "n 600 of 982 needed · won 12, lost 18 (5.0% disagree) · α 0.025 · look 3 of 20" in text
    assert "→ Label 382 more." in text
    assert "inconclusive  no_regression on regression" in text
    assert "custom" not in text and "past its looks" not in text


def test_a_level_is_drawn_beside_its_bound_and_a_worn_set_is_flagged() -> None:
    floor = {"set": "regression", "estimate": 0.9, "lower": 0.873, "upper": 0.923, "n": 600, "alpha": 0.05,
             "bound": 0.8, "look": 21, "looks": 20}  # fmt: skip
    text = drawn({"check": "floor", "verdict": "pass", "sentence": "It is.", "todo": "", "evidence": floor})
    assert "0.900 in 0.873 … 0.923, the bar 0.800" in text
    assert "past its looks: put fresh documents in their place" in text
    assert "→" not in text


def test_all_that_was_put_down_is_shown_to_whom_asks() -> None:
    assert "custom [1, 2]" in drawn(CHECK, full=True)


def test_a_check_with_odd_evidence_or_none_is_drawn_all_the_same() -> None:
    for evidence in (None, "much", [], {"estimate": "high", "lower": 1, "upper": True}, {"n": 3, "set": 7},
                     {"estimate": 1, "lower": 1, "upper": 1, "margin": -1}):  # fmt: skip
        text = drawn({"check": "odd", "verdict": "error", "sentence": "x " * 200, "todo": "", "evidence": evidence})
        assert "odd" in text
        assert max(map(len, text.splitlines())) <= 120


def test_nothing_that_a_report_holds_drives_the_terminal() -> None:
    evil = {**CHECK, "sentence": "\x1b[2Jgone", "evidence": {"set": "\x1b]0;x\x07"}}
    assert "\x1b" not in drawn(evil)


def test_an_interval_is_a_scale_of_any_width_and_words_beside_it() -> None:
    for width in (12, 24, 41):
        drawn_so = scale(EVIDENCE, width)
        assert len(drawn_so) == width
        assert drawn_so.index("┃") < drawn_so.index("●")
    assert interval(EVIDENCE) == "-1.0 points in -2.9 … +0.8, the margin -2.0"
    assert figures(EVIDENCE).startswith("n 600 of 982 needed · won 12, lost 18")


def test_two_that_are_read_beside_each_other_have_one_scale() -> None:
    better = {**EVIDENCE, "lower": 0.03, "estimate": 0.04, "upper": 0.05}
    one, other = scale(EVIDENCE, 31, better), scale(better, 31, EVIDENCE)
    assert one.index("┃") == other.index("┃")
    assert one.rindex("━") < other.index("━")
    assert scale(EVIDENCE, 31, None) == scale(EVIDENCE, 31, "odd") == scale(EVIDENCE, 31)


def test_what_is_different_between_two_findings_is_said() -> None:
    later = {**CHECK, "verdict": "pass", "evidence": {**EVIDENCE, "estimate": 0.004, "n": 900, "documents": "e" * 64}}
    assert list(changed(CHECK, later)) == [
        "inconclusive became pass", "the estimate moved by +1.4 points", "n 600 became 900", "other documents",
    ]  # fmt: skip
    assert list(changed(CHECK, CHECK)) == []
    bare = {**CHECK, "evidence": None}
    assert list(changed(bare, {**bare, "verdict": "error"})) == ["inconclusive became error"]


def test_a_check_that_only_one_verdict_has_is_told_of_that_one() -> None:
    told = {"verdict_id": "r1.proof.a1", "gate": "promotion", "verdict": "pass", "sentence": "", "subject": None,
            "against": None, "round": 1, "at": 0}  # fmt: skip
    stream = io.StringIO()
    pair = {**told, "checks": [CHECK]}, {**told, "checks": [{**CHECK, "check": "floor"}]}
    draw_verdict_pair(Pen(stream, colours=False), *pair)
    text = stream.getvalue()
    assert text.count("has no such check") == 2
    assert text.index("no_regression on regression") < text.index("floor on regression")


def test_odd_evidence_has_neither() -> None:
    for evidence in (
        None,
        "much",
        [],
        {},
        {"look": 3},
        {"lower": 0, "estimate": float("nan"), "upper": 1, "bound": 0.5},
    ):
        assert (scale(evidence, 20), interval(evidence), figures(evidence)) == ("", "", "")
