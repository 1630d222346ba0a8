"""Release: held against the last accepted version, against a fixed anchor, and against how the line stands now."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding, worst
from sentinel.gate.comparing import both, not_comparable
from sentinel.gate.margin import within_margin

NAME = "release"
BIND = "Evaluate `anchor.model?` on the same documents, and bind its report to `anchor`."


@check(NAME, comparative=True, reads=("drift", "decision"))
def release(
    at: Look, candidate: EvalReport, champion: EvalReport | None, anchor: EvalReport | None, *,
    set: Name, margin: Annotated[Share, Field(gt=0)] = 0.02,
) -> Finding:  # fmt: skip
    """The candidate is no worse by `margin` than the champion, nor than the anchor, so that small steps down cannot add
    up; and nothing of the line drifts that this run was not asked to mend.

    The anchor is the first champion that the line ever had: whatever came between, it stays the same.
    """
    from sentinel.data.report import NotComparable

    if anchor is None:
        what = "There is no anchor's report to compare with, and small steps down could add up."
        return Finding(NAME, "error", what, todo=BIND, comparative=True)
    try:
        new, last = both(candidate, champion, set)
        _, first = both(candidate, anchor, set)
    except NotComparable as why:
        return not_comparable(NAME, why)
    found = [within_margin(NAME, at, new, old, margin) for old in (last, first)]
    loose = _loose(at.reads)
    verdict = worst([*(each.verdict for each in found), *(["inconclusive"] if loose else [])])
    evidence: dict[str, Json] = {**(found[0].evidence or {}), "anchor": found[1].evidence, "drifts": loose}
    sentence = f"Against the champion: {_small(found[0].sentence)} Against the anchor: {_small(found[1].sentence)}"
    more = [each.evidence["n_more"] for each in found if each.verdict == "inconclusive" and each.evidence]
    # the numbers of both stand in the evidence; the most that either asks for is what is asked of people
    evidence["n_more"] = max(more, default=None)
    todo = next((each.todo for each in found if each.verdict == verdict and each.todo), "")
    if loose:
        first_of = loose[0]
        since = datetime.fromtimestamp(first_of["since"] / 1000, UTC).date()
        sentence += f" `{first_of['set']}` drifts since {since}, and this run was not asked for by that."
        todo = todo or f"Let {first_of['recipe']} answer the drift first: `sentinel drift LINE` says how it stands."
    elif not (at.reads or {}).get("drift"):
        sentence += " No drift trigger watches the line."
    else:
        sentence += " Nothing else drifts."
    return Finding(NAME, verdict, sentence, evidence, todo if verdict != "pass" else "")


def _loose(reads: Json) -> list[Any]:
    """What of the line drifts, besides what asked for this run."""
    told = reads or {}
    asked = {each["feed"] for each in (told.get("decision") or {}).get("fired") or []}
    held: list[Any] = told.get("drift") or []
    return [each for each in held if each["standing"] == "firing" and each["feed"] not in asked]


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
