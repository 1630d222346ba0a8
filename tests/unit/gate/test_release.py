"""Release: no worse than the last accepted version, nor than the first; and nothing drifts that nobody answers."""

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.contract.kinds import EvalReport
from sentinel.domain.digest import Json
from sentinel.gate.release import release
from tests.unit.gate.reports import LOOK, report

N = 1500


def watched(standing: str, feed: str = "router.canary.accuracy") -> Json:
    """How one trigger stands."""
    return {"recipe": "lifecycle", "set": feed.split(".")[1], "feed": feed, "standing": standing,
            "since": 1_764_000_000_000, "reason": "", "silent": False}  # fmt: skip


def reads(*drift: Json, fired: tuple[str, ...] = ()) -> Json:
    """How a line stands, and which feeds asked for this run."""
    return {"drift": list(drift), "decision": {"fired": [{"kind": "drift", "feed": feed} for feed in fired]}}


def right(folder: Path, share: float) -> EvalReport:
    """A model that has the first so many of fifteen hundred right."""
    return report(folder / f"{share}", [1.0] * round(N * share) + [0.0] * (N - round(N * share)))


QUIET = replace(LOOK, reads=reads(watched("ok")))


def test_what_is_no_worse_than_both_passes(tmp_path: Path) -> None:
    one, other = right(tmp_path, 0.91), right(tmp_path, 0.905)
    held = release(QUIET, other, one, one, set="regression")
    assert held.verdict == "pass"
    assert held.sentence.startswith("Against the champion: it is worse, within the margin: -0.5 points")
    assert held.sentence.endswith("Nothing else drifts.")
    assert held.todo == ""


def test_small_steps_down_do_not_add_up(tmp_path: Path) -> None:
    """Each step passes against the one before; the anchor remembers where it began."""
    anchor, champion, candidate = (right(tmp_path, share) for share in (0.91, 0.90, 0.89))
    assert release(QUIET, champion, anchor, anchor, set="regression").verdict == "pass"
    held = release(QUIET, candidate, champion, anchor, set="regression")
    assert held.verdict == "fail"
    assert "Against the champion: it is worse, within the margin" in held.sentence
    assert "Against the anchor: it is worse: -2.0 points" in held.sentence
    assert held.evidence["anchor"]["estimate"] == pytest.approx(-0.02)


def test_without_the_anchor_it_is_an_error(tmp_path: Path) -> None:
    one = right(tmp_path, 0.91)
    held = release(QUIET, one, one, None, set="regression")
    assert held.verdict == "error"
    assert "`anchor.model?`" in held.todo
    assert release(QUIET, one, one, report(tmp_path / "x", [1.0] * 3), set="regression").verdict == "error"
    assert release(QUIET, one, None, one, set="regression").verdict == "error"


def test_a_line_that_drifts_is_not_released_on_until_that_is_answered(tmp_path: Path) -> None:
    one = right(tmp_path, 0.91)
    firing = watched("firing")
    held = release(replace(LOOK, reads=reads(firing)), one, one, one, set="regression")
    assert held.verdict == "inconclusive"
    assert "`canary` drifts since 2025-11-24, and this run was not asked for by that." in held.sentence
    assert held.todo == "Let lifecycle answer the drift first: `sentinel drift LINE` says how it stands."
    answering = reads(firing, fired=("router.canary.accuracy",))
    assert release(replace(LOOK, reads=answering), one, one, one, set="regression").verdict == "pass"
    pending = reads(watched("pending"))
    assert release(replace(LOOK, reads=pending), one, one, one, set="regression").verdict == "pass"


def test_a_line_that_nobody_watches_is_told_of(tmp_path: Path) -> None:
    one = right(tmp_path, 0.91)
    assert release(LOOK, one, one, one, set="regression").sentence.endswith("No drift trigger watches the line.")


def test_the_next_act_asks_for_the_most_that_either_needs(tmp_path: Path) -> None:
    old = report(tmp_path / "old", [1.0] * 100)
    new = report(tmp_path / "new", [1.0] * 99 + [0.0])
    held = release(QUIET, new, old, old, set="regression")
    assert held.verdict == "inconclusive"
    assert held.evidence["n_more"] > 0 and "label" in held.todo
