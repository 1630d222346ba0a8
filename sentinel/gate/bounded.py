"""A measure held against a fixed bound: what `floor` and `ceiling` have in common."""

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding


def bounded(check: str, at: Look, candidate: EvalReport, name: str, bound: float) -> Finding:
    """What a floor or a ceiling finds: the estimate may reach it, but its interval has to."""
    from sentinel.data.report import NotComparable, documents
    from sentinel.evidence.level import level
    from sentinel.evidence.power import documents_to_clear
    from sentinel.evidence.promotion import reaches, stays_below

    try:
        held = documents(candidate.path, name)
    except NotComparable as why:
        return Finding(check, "error", str(why), todo=f"Evaluate the candidate on `{name}`.")
    above = check == "floor"
    found = level(held.values, held.weights, held.groups, alpha=at.alpha, seed=at.seed)
    verdict = (reaches if above else stays_below)(found, bound)
    needed = documents_to_clear(found.estimate, bound, alpha=at.alpha)
    evidence: dict[str, Json] = {
        "set": name, "documents": held.digest, "metric": held.metric, "estimate": found.estimate,
        "lower": found.lower, "upper": found.upper, "n": found.n, "alpha": at.alpha, "bound": bound, "n_needed": needed,
    }  # fmt: skip
    measure = f"{held.metric or 'The measure'} on `{name}` is {found.estimate:.3f} on {found.n} documents"
    side, limit = ("at least", found.lower) if above else ("at most", found.upper)
    if verdict == "fail":
        short = found.upper if above else found.lower
        return Finding(check, verdict, f"{measure}, {'at most' if above else 'at least'} {short:.3f}; it has to be "
                       f"{side} {bound:g}.", evidence)  # fmt: skip
    sentence = f"{measure}, {side} {limit:.3f} beyond doubt; it has to be {side} {bound:g}."
    if verdict == "pass":
        return Finding(check, verdict, sentence, evidence)
    if (found.estimate < bound) == above or needed is None:
        todo = (
            "It lies on the wrong side of the bound, though not beyond doubt: make a better candidate, or label more."
        )
    elif needed > found.n:
        evidence["n_more"] = needed - found.n
        todo = f"About {needed} documents tell, if it is what it seems: label {needed - found.n} more."
    else:
        todo = f"It lies so near the bound that {found.n} documents do not tell: label as many again."
    return Finding(check, verdict, sentence, evidence, todo)
