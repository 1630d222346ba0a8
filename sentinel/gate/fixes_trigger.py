"""Fixes trigger: what drift fired on is mended, on rows that the candidate was not trained on."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import both, compared, not_comparable, numbers, points
from sentinel.gate.margin import within_margin

if TYPE_CHECKING:
    from sentinel.data.report import Documents

NAME = "fixes_trigger"


@check(NAME, comparative=True, reads=("decision", "baseline"))
def fixes_trigger(
    at: Look, candidate: EvalReport, champion: EvalReport | None, *,
    set: Name = "canary", margin: Annotated[Share, Field(gt=0)] = 0.02,
) -> Finding:  # fmt: skip
    """The candidate wins back at least half of what the line had lost on the set that drift fired on, and is better
    than the champion beyond doubt; in a run that drift did not ask for, it is no worse there by `margin`.

    This function reads reports, the run's decision and the line's baseline; the rule is `evidence.promotion.fixes`.
    """
    from sentinel.data.report import NotComparable

    try:
        new, old = both(candidate, champion, set)
    except NotComparable as why:
        return not_comparable(NAME, why)
    fired = _fired_on(at.reads, set)
    if fired is None:
        found = within_margin(NAME, at, new, old, margin)
        return replace(found, sentence=f"Drift on `{set}` did not ask for this run. {found.sentence}")
    if fired != new.metric:
        what = f"Drift fired on the {fired} of `{set}`, and the reports measure {new.metric or 'nothing'} there."
        return Finding(NAME, "error", what, todo=f"Evaluate both by {fired}.", comparative=True)
    rate = _baseline(at.reads, set, new.metric)
    if rate is None:
        what = f"The line has no baseline on `{set}` yet, so nobody knows what it had lost."
        return Finding(NAME, "error", what, todo="`sentinel drift LINE` says what a baseline takes.", comparative=True)
    return _mends(at, new, old, rate, margin)


def _fired_on(reads: Json, name: str) -> str | None:
    """The metric by which drift fired on a set into this run; None where it did not."""
    fired: list[Any] = ((reads or {}).get("decision") or {}).get("fired") or []
    return next((each["metric"] for each in fired if each["kind"] == "drift" and each["set"] == name), None)


def _baseline(reads: Json, name: str, metric: str) -> float | None:
    held: Json = (((reads or {}).get("baseline") or {}).get(name) or {}).get(metric) or {}
    rate: float | None = held.get("rate")
    return rate


def _mends(at: Look, new: "Documents", old: "Documents", baseline: float, margin: float) -> Finding:
    from sentinel.evidence.level import level
    from sentinel.evidence.power import documents_to_win
    from sentinel.evidence.promotion import FAIL, PASS, fixes

    held = compared(new, old, at.alpha, at.seed)
    theirs, ours = (level(each.values, each.weights, each.groups, alpha=at.alpha, seed=at.seed) for each in (old, new))
    lost = baseline - theirs.estimate
    verdict = fixes(held, lost)
    partial = ours.lower < baseline - margin
    gain = lost if held.estimate < lost / 2 else held.estimate
    needed = documents_to_win(held.disagreement, gain, alpha=at.alpha)
    more = max(needed - held.n, 0) if needed is not None else None
    evidence = numbers(
        held, new, alpha=at.alpha, margin=margin, baseline=baseline, champion=theirs.estimate, candidate=ours.estimate,
        candidate_lower=ours.lower, lost=lost, partial=partial, n_needed=needed,
    )  # fmt: skip
    won = f"{points(held.estimate)} points on {held.n} documents"
    stood = f"the champion stands at {theirs.estimate:.3f}, the candidate at {ours.estimate:.3f}"
    stood += f", the baseline at {baseline:.3f}"
    if verdict == PASS:
        what = f"It mends what fired: {won}, at least {points(held.lower)}; {stood}."
        return Finding(NAME, verdict, what + (_partial(margin, ours.lower) if partial else ""), evidence)
    if verdict == FAIL:
        what = f"It mends nothing: {won}, at most {points(held.upper)}; {stood}."
        return Finding(NAME, verdict, what, evidence, "Look at what the new rows hold, and train on more of them.")
    what = f"It may not mend what fired: {won}, at least {points(held.lower)}; {stood}."
    if held.estimate < lost / 2:
        todo = "It wins back less than half of what was lost, though that may be chance: train on more of the new rows"
    else:
        todo = "What it wins may be chance"
    if more:
        evidence["n_more"] = more
        return Finding(NAME, verdict, what, evidence, f"{todo}, or label {more} more of `{new.set}`.")
    return Finding(NAME, verdict, what, evidence, f"{todo}, or label as many again.")


def _partial(margin: float, lower: float) -> str:
    below = f"{100 * margin:g} points below the baseline"
    stays = "so the line stays degraded and its baseline stays as it is"
    return f" Partial: it may stay more than {below} (at least {lower:.3f}), {stays}."
