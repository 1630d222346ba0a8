"""Gate: the checks of a gate file, each a function, folded into one verdict that only says what they found."""

import json
import sys
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sentinel.contract import kinds
from sentinel.contract.at import At, Look
from sentinel.contract.kinds import Kind
from sentinel.contract.registry import load, step
from sentinel.contract.signature import arguments_of
from sentinel.contract.types import CheckType, Registry
from sentinel.domain.artifact import REPORTS
from sentinel.domain.form import from_json, to_json
from sentinel.domain.plan import VERDICTS, GatePlan, PlannedCheck
from sentinel.domain.refusal import refuse
from sentinel.domain.verdict import Finding, Verdict, worst
from sentinel.step.afterword import with_afterword

ALPHA = 0.05
RESTS = {"rests": True}
"""The evidence of a finding that does not count: there was nothing to compare with."""


@step("gate", open_ports=True, reads=("line", "looks", "baseline"))
def gate(at: At) -> kinds.Verdict:
    """Judges what is on its ports by the checks of a gate file, and writes the verdict with all its evidence."""
    if at.gate is None:
        raise refuse("E-gate-unset", "this attempt was not told which gate judges.", where=at.step)
    verdict = judged(at, load())
    folder = at.out / "verdict"
    folder.mkdir()
    (folder / "verdict.json").write_text(
        json.dumps(to_json(verdict), indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    at.say(f"{verdict.verdict}: {verdict.sentence}")
    return kinds.Verdict.made(folder)


def judged(at: At, registry: Registry) -> Verdict:
    """The verdict on what is on the ports. A check that cannot judge makes it an error, and so does having none."""
    plan = from_json(GatePlan, at.gate["plan"])
    round, champion = at.gate["round"], _against(at, plan)
    subject = _subject(at.inputs.get(plan.judges, ()))
    alpha = ALPHA if plan.wait is None else ALPHA / 2  # each of two looks is paid for
    look = Look(
        plan.gate, round, subject, champion, alpha, at.reads, at.seed, at.inputs, Path(at.told.store), at.workspace
    )  # fmt: skip
    alone = plan.against is None or not at.inputs.get(plan.against)
    # a champion that is left out is no first champion: what would have compared with it may not rest
    compares = at.takes.get(plan.against or plan.judges) in REPORTS
    left_out = at.gate["champion"] if alone and compares else None
    found = (_found(registry, check, look, alone, left_out) for check in plan.checks)
    findings = tuple(with_afterword(each, at.reads) for each in found)
    counted = [finding for finding in findings if not _rests(finding)]
    verdict = worst([finding.verdict for finding in counted])
    return Verdict(plan.gate, verdict, _sentence(verdict, counted, len(findings)), subject, champion, round, findings)


def _against(at: At, plan: GatePlan) -> str | None:
    """The champion that the subject is held against: only where it is what stands on the port, itself or its report."""
    champion: str | None = at.gate["champion"]
    held = at.inputs.get(plan.against, ()) if plan.against is not None else ()
    return champion if held and _subject(held) == at.gate.get("champion_model") else None


def _found(registry: Registry, planned: PlannedCheck, look: Look, alone: bool, left_out: str | None = None) -> Finding:
    check = registry.checks.get(planned.use)
    if check is None:
        return Finding(planned.use, "error", f"No check is called `{planned.use}` here.", todo="Install what has it.")
    if check.comparative and left_out is not None:
        what = f"{left_out} is champion, and there is no report of it to compare with."
        todo = "Evaluate `champion.model?` on the same documents, and bind its report."
        return Finding(check.name, "error", what, todo=todo, comparative=True)
    if check.comparative and alone:
        return Finding(check.name, "inconclusive", "There is no champion to compare with, so this check rests.",
                       RESTS, comparative=True)  # fmt: skip
    missing = [name for name, port in check.ports.items() if not port.optional and not look.inputs.get(name)]
    if missing:
        return Finding(check.name, "error", f"There is nothing on `{missing[0]}`, which this check judges by.",
                       comparative=check.comparative)  # fmt: skip
    try:
        found = check.function(look, *_ports(check, look.inputs), **_params(check, planned))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        gist = " ".join(str(error).split())[:200]
        return Finding(check.name, "error", f"The check crashed with {type(error).__name__}: {gist.rstrip('.')}.",
                       todo="The traceback is in the attempt's log.", comparative=check.comparative)  # fmt: skip
    if not isinstance(found, Finding) or found.verdict not in VERDICTS:
        return Finding(check.name, "error", "The check gave no finding.", comparative=check.comparative)
    return replace(found, check=check.name, comparative=check.comparative)


def _ports(check: CheckType, inputs: Mapping[str, tuple[Kind, ...]]) -> list[Any]:
    held = {name: list(inputs.get(name, ())) for name in check.ports}
    return [held[name] if port.many else next(iter(held[name]), None) for name, port in check.ports.items()]


def _params(check: CheckType, planned: PlannedCheck) -> dict[str, Any]:
    return arguments_of(check.params.model_validate(planned.params or {}))


def _subject(held: tuple[Kind, ...]) -> str | None:
    """Who is judged: what a report speaks of, else the artifact itself."""
    if not held:
        return None
    if type(held[0]).__name__ not in REPORTS:
        return held[0].digest
    model = json.loads((held[0].path / "report.json").read_bytes())["model"]
    return str(model)


def _rests(finding: Finding) -> bool:
    return finding.comparative and finding.evidence == RESTS


def _sentence(verdict: str, counted: list[Finding], asked: int) -> str:
    if not counted:
        return f"None of the {asked} checks can judge without a champion."
    deciding = [finding for finding in counted if finding.verdict == verdict]
    rest = f", {asked - len(counted)} rest for want of a champion" if asked > len(counted) else ""
    if verdict == "pass":
        return f"{'The check' if len(counted) == 1 else f'All {len(counted)} checks'} passed{rest}."
    return f"{len(deciding)} of {len(counted)} checks say {verdict}{rest}. {deciding[0].check}: {deciding[0].sentence}"
