"""No new failures: nothing breaks that the champion holds, on a set of items that must not break."""

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import both, named, not_comparable, several

NAME = "no_new_failures"


@check(NAME, comparative=True)
def no_new_failures(at: Look, candidate: EvalReport, champion: EvalReport | None, *, set: Name) -> Finding:
    """Nothing of a set breaks that the champion holds; where answers are sampled, twice over, on fresh draws.

    A confirmed break freezes the candidate.
    """
    from sentinel.data.report import NotComparable, failures
    from sentinel.evidence.adversarial import REPEATS, Item, sampled_flips, single_flips
    from sentinel.evidence.power import rate_below

    try:
        new, old = both(candidate, champion, set)
    except NotComparable as why:
        return not_comparable(NAME, why)
    sampled = new.sampled or old.sampled
    asked = {new.repeats, old.repeats}
    if sampled and asked != {REPEATS}:
        what = f"Answers of `{set}` are sampled, and items were asked {' and '.join(map(str, sorted(asked)))} times."
        return Finding(NAME, "error", what, todo=f"Evaluate it with `repeats: {REPEATS}`.", comparative=True)
    try:
        first, again, theirs = failures(new), failures(new, 2), failures(old)
    except NotComparable as why:
        return not_comparable(NAME, why)
    items = [Item(key[0], failed or 0, theirs[key] or 0, again[key]) for key, failed in sorted(first.items())]
    flips = sampled_flips(items) if sampled else single_flips(items)
    mended = [item.doc for item in items if item.champion > item.candidate == 0]
    evidence: dict[str, Json] = {
        "set": set, "documents": new.digest, "n": len(items), "new_failures": list(flips.confirmed),
        "not_asked_again": list(flips.unasked),
        "failed": sum(item.candidate > 0 for item in items), "mended": mended, "sampled": sampled,
        "rate_below": rate_below(len(items)),
    }  # fmt: skip
    if flips.confirmed:
        broken = named([doc[:12] for doc in flips.confirmed])
        what = (
            f"{several(len(flips.confirmed), 'item', 'is', 'are')} newly broken, of {len(items)} of `{set}`: {broken}."
        )
        return Finding(
            NAME, "freeze", what, evidence, "The evidence names them all: look at what the candidate answers there."
        )
    if flips.unasked:
        look = several(len(flips.unasked), "item", "looks", "look")
        what = f"{look} broken, of {len(items)} of `{set}`, and not asked afresh."
        return Finding(NAME, "inconclusive", what, evidence, "Evaluate them again, as a second block.")
    bound = f"which bounds the rate of new failures only below {rate_below(len(items)):.1%}"
    return Finding(NAME, "pass", f"None of {len(items)} items of `{set}` is newly broken, {bound}.", evidence)
