"""A gate takes the worst of what its checks found, and never passes on what is missing."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract import kinds
from sentinel.contract.at import At, Look
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import EvalReport, Kind, Model, form_faults
from sentinel.contract.registry import check
from sentinel.contract.scalars import Share
from sentinel.contract.types import Registry
from sentinel.domain.form import from_json, to_json
from sentinel.domain.plan import GatePlan, PlannedCheck
from sentinel.domain.refusal import Refused
from sentinel.domain.verdict import Finding, Verdict
from sentinel.step import gate as gate_step
from sentinel.step.gate import gate, judged


@check("says")
def says(look: Look, candidate: EvalReport, *, verdict: str = "pass") -> Finding:
    """Finds what it is told to find."""
    return Finding("says", verdict, f"It is {verdict}.", {"subject": look.subject, "against": look.against})


@check("better", comparative=True)
def better(look: Look, candidate: EvalReport, champion: EvalReport, *, margin: Share = 0.02) -> Finding:
    """Compares with the champion."""
    return Finding("better", "pass", f"{candidate.digest} is better than {champion.digest} by {margin}.")


@check("breaks")
def breaks(look: Look, candidate: EvalReport) -> Finding:
    """Cannot judge."""
    raise ZeroDivisionError("no documents\nat all")


@check("mumbles")
def mumbles(look: Look, candidate: EvalReport) -> Finding:
    """Gives what is no finding."""
    return Finding("mumbles", "probably", "It seems fine.")


@check("many")
def many(look: Look, reports: list[EvalReport], extra: Model | None) -> Finding:
    """Takes many, and one that may be left out."""
    return Finding("another-name", "pass", f"{len(reports)} reports, extra {extra}.")


REGISTRY = Registry.of([says, better, breaks, mumbles, many])


def report(folder: Path, name: str, model: str = "m" * 64) -> EvalReport:
    (folder / name).mkdir()
    (folder / name / "report.json").write_text(json.dumps({"model": model, "task": "t", "settings": {}, "sets": []}))
    return EvalReport(name, folder / name)


def attempt(tmp_path: Path, *checks: PlannedCheck, champion: bool = True, **more: tuple[Kind, ...]) -> At:
    plan = GatePlan("promotion", "d", checks, "candidate", "champion", {})
    inputs: dict[str, tuple[Kind, ...]] = {"candidate": (report(tmp_path, "new"),), **more}
    if champion:
        inputs["champion"] = (report(tmp_path, "old"),)
    model = "m" * 64 if champion else None
    held = {
        "plan": to_json(plan), "round": 2, "champion": "v1" if champion else None, "champion_model": model, "looks": 1,
    }  # fmt: skip
    told = AttemptIn("a1", "r1", "proof", "gate", {}, {}, str(tmp_path), str(tmp_path), gate=held)
    (tmp_path / "out").mkdir()
    return At(told, tmp_path, inputs)


def planned(use: str, **params: Any) -> PlannedCheck:
    return PlannedCheck(use, 1, params)


def test_a_verdict_says_who_was_judged_against_whom_in_which_round(tmp_path: Path) -> None:
    verdict = judged(attempt(tmp_path, planned("says"), planned("better", margin=0.05)), REGISTRY)
    assert (verdict.gate, verdict.subject, verdict.against, verdict.round) == ("promotion", "m" * 64, "v1", 2)
    assert verdict.sentence == "All 2 checks passed."
    assert [finding.sentence for finding in verdict.findings] == ["It is pass.", "new is better than old by 0.05."]
    assert verdict.findings[0].evidence == {"subject": "m" * 64, "against": "v1"}


@pytest.mark.parametrize("worst", ["pass", "inconclusive", "error", "fail", "freeze"])
def test_a_gate_takes_the_worst_of_its_checks(tmp_path: Path, worst: str) -> None:
    verdict = judged(attempt(tmp_path, planned("says"), planned("says", verdict=worst), planned("says")), REGISTRY)
    assert verdict.verdict == worst
    if worst != "pass":
        assert verdict.sentence == f"1 of 3 checks say {worst}. says: It is {worst}."


@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        ("breaks", "The check crashed with ZeroDivisionError: no documents at all."),
        ("mumbles", "The check gave no finding."),
        ("absent", "No check is called `absent` here."),
        ("many", "There is nothing on `reports`, which this check judges by."),
    ],
)
def test_a_check_that_cannot_judge_is_an_error_and_not_a_failure(tmp_path: Path, use: str, sentence: str) -> None:
    verdict = judged(attempt(tmp_path, planned("says"), planned(use)), REGISTRY)
    assert (verdict.verdict, verdict.findings[1].verdict) == ("error", "error")
    assert verdict.findings[1].sentence == sentence


def test_parameters_that_do_not_fit_make_the_check_an_error(tmp_path: Path) -> None:
    assert judged(attempt(tmp_path, planned("better", margin="wide")), REGISTRY).verdict == "error"


def test_the_traceback_of_a_check_goes_to_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    judged(attempt(tmp_path, planned("breaks")), REGISTRY)
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_without_a_champion_a_comparative_check_rests_and_does_not_count(tmp_path: Path) -> None:
    verdict = judged(attempt(tmp_path, planned("says"), planned("better"), champion=False), REGISTRY)
    assert verdict.verdict == "pass"
    assert verdict.against is None
    assert verdict.sentence == "The check passed, 1 rest for want of a champion."
    assert verdict.findings[1].sentence == "There is no champion to compare with, so this check rests."


def test_a_gate_whose_every_check_rests_is_an_error(tmp_path: Path) -> None:
    verdict = judged(attempt(tmp_path, planned("better"), champion=False), REGISTRY)
    assert verdict.verdict == "error"
    assert verdict.sentence == "None of the 1 checks can judge without a champion."


def test_a_gate_without_checks_is_an_error(tmp_path: Path) -> None:
    assert judged(attempt(tmp_path), REGISTRY).verdict == "error"


def test_a_check_takes_many_and_bears_its_registered_name(tmp_path: Path) -> None:
    reports = (EvalReport("1", tmp_path), EvalReport("2", tmp_path))
    verdict = judged(attempt(tmp_path, planned("many"), reports=reports), REGISTRY)
    assert (verdict.findings[0].check, verdict.findings[0].sentence) == ("many", "2 reports, extra None.")


def test_what_is_no_report_is_judged_itself(tmp_path: Path) -> None:
    at = attempt(tmp_path, planned("says"))
    model = At(at.told, at.folder, {"candidate": (Model("w" * 64, tmp_path),)})
    assert judged(model, REGISTRY).subject == "w" * 64


def test_the_verdict_is_written_as_an_artifact_of_its_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_step, "load", lambda: REGISTRY)
    made = gate(attempt(tmp_path, planned("says", verdict="fail")))
    assert isinstance(made, kinds.Verdict)
    assert form_faults("Verdict", made.path) == []
    assert from_json(Verdict, json.loads((made.path / "verdict.json").read_text())).verdict == "fail"


def test_an_attempt_that_was_told_no_gate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="E-gate-unset"):
        gate(At(AttemptIn("a1", "r1", "proof", "gate", {}, {}, "", ""), tmp_path))


def told_champion(at: At, model: str, **more: Any) -> At:
    """The same attempt on a line whose champion has this model."""
    held = replace(at.told, gate={**at.told.gate, "champion_model": model}, **more)
    return replace(at, told=held)


def test_a_verdict_against_another_models_report_is_against_no_champion(tmp_path: Path) -> None:
    """Otherwise a candidate held against something weak would be promoted over the champion."""
    at = attempt(tmp_path, planned("says"), planned("better"))
    assert judged(told_champion(at, "m" * 64), REGISTRY).against == "v1"
    assert judged(told_champion(at, "c" * 64), REGISTRY).against is None


def test_a_gate_without_a_champions_port_holds_nothing_against_the_champion(tmp_path: Path) -> None:
    """Its own bars may let a first champion pass; what compares may not rest for want of a port."""
    at = attempt(tmp_path, planned("says"), planned("better"))
    plan = {**at.told.gate["plan"], "against": None}
    told = replace(at.told, takes={"candidate": "EvalReport"}, gate={**at.told.gate, "plan": plan})
    verdict = judged(replace(at, told=told), REGISTRY)
    assert [finding.verdict for finding in verdict.findings] == ["pass", "error"]
    assert verdict.against is None


def test_a_champion_that_is_left_out_is_missing_data_and_no_first_champion(tmp_path: Path) -> None:
    at = attempt(tmp_path, planned("says"), planned("better"), champion=False)
    kinds_of = {"candidate": "EvalReport", "champion": "EvalReport"}
    left = replace(at.told, takes=kinds_of, gate={**at.told.gate, "champion": "v1"})
    verdict = judged(replace(at, told=left), REGISTRY)
    assert [finding.verdict for finding in verdict.findings] == ["pass", "error"]
    assert verdict.findings[1].sentence == "v1 is champion, and there is no report of it to compare with."
