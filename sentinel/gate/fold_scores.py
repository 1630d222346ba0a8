"""Fold scores: on what each folded adapter was evaluated on, the folded model is no worse than that adapter was."""

import json
from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport, Model
from sentinel.contract.registry import check
from sentinel.contract.scalars import Share
from sentinel.domain.digest import Json, digest_of
from sentinel.domain.verdict import Finding, worst
from sentinel.gate.comparing import not_comparable
from sentinel.gate.margin import within_margin

NAME = "fold_scores"
_FILE = "fold.json"
_EVALUATE = "Evaluate the base with each folded adapter alone upon it, on that adapter's sets, and bind every report."


@check(NAME)
def fold_scores(
    at: Look, model: Model, candidate: EvalReport, adapters: list[EvalReport], *,
    margin: Annotated[Share, Field(gt=0)] = 0.02,
) -> Finding:  # fmt: skip
    """For each adapter that was folded there is a report of the base with it, and on every set of that report the
    folded model is no worse by `margin`, beyond doubt, document by document.

    This function reads the model's `fold.json` and the reports; the rule itself is `evidence.promotion.no_worse`.
    """
    from sentinel.data.report import NotComparable, documents, model_of, same_questions, sets_of

    try:
        told = json.loads((model.path / _FILE).read_bytes())
        base, folded = str(told["base"]), [str(each["digest"]) for each in told["adapters"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"The model does not tell what was folded into it: {type(error).__name__}."
        return Finding(NAME, "error", what, todo="Bind a model that `fold` has made.")
    if model_of(candidate.path) != model.digest:
        return Finding(NAME, "error", "The report on `candidate` is not about the folded model.", todo=_EVALUATE)
    reports = {model_of(each.path): each for each in adapters}
    wanted = {digest: digest_of([base, digest]) for digest in folded}
    lacking = [digest[:12] for digest, subject in wanted.items() if subject not in reports]
    if lacking:
        what = f"Nobody has evaluated the folded adapter {', '.join(lacking)} by itself."
        return Finding(NAME, "error", what, {"lacking": lacking}, _EVALUATE)
    found: list[Finding] = []
    evidence: list[dict[str, Json]] = []
    for digest, subject in wanted.items():
        report = reports[subject]
        try:
            for name in sets_of(report.path):
                new, old = documents(candidate.path, name), documents(report.path, name)
                same_questions(new, old)
                each = within_margin(NAME, at, new, old, margin)
                found.append(each)
                evidence.append({"adapter": digest, "verdict": each.verdict, **(each.evidence or {})})
        except NotComparable as why:
            return not_comparable(NAME, why)
    if not found:
        return Finding(NAME, "error", "The reports hold no set.", todo=_EVALUATE)
    verdict = worst([each.verdict for each in found])
    said = [(each, told) for each, told in zip(found, evidence, strict=True) if each.verdict == verdict]
    first, of = said[0]
    count = f"{len(found)} comparison{'s' if len(found) > 1 else ''} with {len(wanted)} adapter" \
            f"{'s' if len(wanted) > 1 else ''}"  # fmt: skip
    sentence = f"Of {count}, on `{of['set']}` with {str(of['adapter'])[:12]}: {first.sentence}"
    more = [each["n_more"] for each in evidence if each.get("n_more") is not None and each["verdict"] != "pass"]
    all_of: dict[str, Json] = {"comparisons": evidence, "margin": margin, "n_more": max(more, default=None)}
    return Finding(NAME, verdict, sentence, all_of, first.todo)
