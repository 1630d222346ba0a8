"""The canary's checks: harm is seen as it comes, too few outcomes never pass, and the order is that of settling."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.worlds.bound import at_least, at_most
from sentinel.contract.kinds import EvalReport
from sentinel.domain.digest import Json
from sentinel.gate.arms import arms
from sentinel.gate.paired import paired
from tests.unit.gate.reports import LOOK, report


def both(folder: Path, gaps: list[int], **columns: list[object]) -> tuple[EvalReport, EvalReport]:
    """A candidate and a champion: 1 where only the one is right, -1 where only the other, 0 where both are."""
    folder.mkdir(exist_ok=True)
    docs = [f"{number * 7919 % 100003:06}" for number in range(len(gaps))]  # their names say nothing of their order
    new = report(folder / "new", [float(gap >= 0) for gap in gaps], name="canary", docs=docs, **columns)
    return new, report(folder / "old", [float(gap <= 0) for gap in gaps], name="canary", docs=docs, **columns)


def test_harm_is_seen_as_soon_as_the_evidence_is_there_and_stays_seen(tmp_path: Path) -> None:
    held = paired(LOOK, *both(tmp_path, [-1] * 12 + [0] * 100))
    assert held.verdict == "fail"
    assert held.evidence["at"] < 12
    later = paired(LOOK, *both(tmp_path / "later", [-1] * 12 + [0] * 100 + [1] * 60))
    assert (later.verdict, later.evidence["at"]) == ("fail", held.evidence["at"])


def test_the_order_is_that_in_which_the_outcomes_settled(tmp_path: Path) -> None:
    """The same documents the other way round: what was won first pays for what is lost later."""
    held = paired(LOOK, *both(tmp_path, [1] * 30 + [-1] * 12 + [0] * 300))
    assert held.verdict == "inconclusive" and held.evidence["evidence"] == 1.0


def test_before_the_guard_count_nothing_passes(tmp_path: Path) -> None:
    held = paired(LOOK, *both(tmp_path, [0] * 60))
    assert held.verdict == "inconclusive"
    assert held.evidence["guard"] == 60 + held.evidence["n_more"]
    assert held.todo.startswith(f"{held.evidence['guard']} outcomes are enough to see a drop of 6 points: wait for")
    enough = paired(LOOK, *both(tmp_path / "enough", [0] * held.evidence["guard"]))
    assert enough.verdict == "pass"
    assert "a drop of 6 points would be seen four times of five" in enough.sentence


def test_no_data_is_an_error(tmp_path: Path) -> None:
    new, old = both(tmp_path, [0] * 60)
    assert paired(LOOK, new, None).verdict == "error"
    assert paired(LOOK, new, old, set="other").verdict == "error"
    assert arms(LOOK, new).verdict == "error"


def test_documents_that_belong_together_are_one_outcome(tmp_path: Path) -> None:
    alone = paired(LOOK, *both(tmp_path, [-1] * 12 + [0] * 100))
    group: list[object] = ["g"] * 12 + [f"h{number}" for number in range(100)]
    together = paired(LOOK, *both(tmp_path / "group", [-1] * 12 + [0] * 100, group=group))
    assert (alone.verdict, together.verdict) == ("fail", "inconclusive")
    assert together.evidence["n"] == 101


@pytest.mark.parametrize(("drop", "disagreement"), [(0.06, 0.08), (0.06, 0.16), (0.13, 0.2)])
def test_a_paired_canary_that_fell_by_the_drop_passes_at_most_one_time_in_five(
    drop: float, disagreement: float
) -> None:
    from sentinel.evidence.harm import Paired
    from sentinel.evidence.power import paired_guard

    chance, times, caught = np.random.default_rng(3), 300, 0
    shares = [(disagreement - drop) / 2, (disagreement + drop) / 2, 1 - disagreement]
    for _ in range(times):
        held = Paired()
        for gap in chance.choice([1, -1, 0], p=shares, size=paired_guard(disagreement, drop)):
            held = held.after(float(gap))
            if held.log >= np.log(20):
                caught += 1
                break
    assert at_least(caught, times, 0.8), caught / times


def blocks(chance: np.random.Generator, champion: float, canary: float, share: float, n: int) -> list[Json]:
    """Blocks of a day, until the canary's arm has had so many outcomes."""
    found: list[Json] = []
    while sum(block[3] for block in found) < n:
        of_canary = int(chance.binomial(40, share))
        held = [int(chance.binomial(40 - of_canary, champion)), 40 - of_canary]
        found.append([*held, int(chance.binomial(of_canary, canary)), of_canary])
    return found


def of_arms(folder: Path, told: Json) -> EvalReport:
    """A report that tells of two arms."""
    return report(folder, [1.0], name="canary", told={"arms": told})


def test_an_arm_that_fell_is_seen_and_one_that_did_not_passes_at_its_guard_count(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    bad = arms(LOOK, of_arms(tmp_path / "bad", blocks(chance, 0.91, 0.7, 0.2, 400)))
    assert bad.verdict == "fail" and bad.evidence["at"] < 200
    few = arms(LOOK, of_arms(tmp_path / "few", blocks(chance, 0.91, 0.91, 0.2, 20)))
    assert few.verdict == "inconclusive" and few.evidence["n_more"] > 0
    good = arms(LOOK, of_arms(tmp_path / "good", blocks(chance, 0.91, 0.91, 0.2, 900)))
    assert good.verdict == "pass"


@pytest.mark.parametrize("told", [None, [], "many", [[1, 2, 3]], [[3, 2, 1, 1]], [[1, 2, -1, 1]], [[1.0, 2, 1, 1]]])
def test_arms_that_are_none_are_no_pass(tmp_path: Path, told: Json) -> None:
    assert arms(LOOK, of_arms(tmp_path / "x", told)).verdict == "error"


def test_an_arm_without_outcomes_is_no_pass(tmp_path: Path) -> None:
    held = arms(LOOK, of_arms(tmp_path / "x", [[90, 100, 0, 0]] * 50))
    assert (held.verdict, held.sentence) == (
        "error", "One of the arms on `canary` has had no outcome, so there is nothing to compare.",
    )  # fmt: skip


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_alike_arms_hardly_fail_and_fallen_ones_hardly_pass(tmp_path: Path, share: float) -> None:
    from sentinel.evidence.power import arm_guard

    chance, times = np.random.default_rng(11), 60
    known = replace(LOOK, reads={"baseline": {"canary": {"accuracy": {"rate": 0.91, "rows": 400}}}})
    n = arm_guard(0.91, 0.06, share)
    found: dict[float, list[str]] = {0.91: [], 0.85: []}
    for canary, verdicts in found.items():
        for number in range(times):
            told = blocks(chance, 0.91, canary, share, n + 40)
            verdicts.append(arms(known, of_arms(tmp_path / f"{canary}-{number}", told)).verdict)
    assert at_most(found[0.91].count("fail"), times, 0.05), found
    assert at_least(found[0.85].count("fail"), times, 0.8), found
