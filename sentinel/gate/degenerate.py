"""Degenerate: answers that have collapsed, to one class or to nothing, beyond what is true of the documents."""

from collections import Counter
from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import check
from sentinel.contract.scalars import Name, Share, Whole
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding

NAME = "degenerate"


@check(NAME)
def degenerate(
    at: Look, candidate: EvalReport, *, set: Name, one_answer: Annotated[Share, Field(gt=0)] = 0.3,
    empty: Annotated[Share, Field(gt=0)] = 0.05, at_least: Annotated[Whole, Field(ge=2)] = 20,
) -> Finding:  # fmt: skip
    """No answer is given much more often than it is true, and few answers are empty: `one_answer` and `empty` bound the
    share of documents beyond what is true of them. A broken model can score well where one class is most of a set.
    """
    from sentinel.data.report import NotComparable, answers

    try:
        held = answers(candidate.path, set)
    except NotComparable as why:
        return Finding(NAME, "error", str(why), todo=f"Evaluate the candidate on `{set}`.")
    n = len(held)
    evidence: dict[str, Json] = {"set": set, "n": n, "one_answer": one_answer, "empty": empty}
    if n < at_least:
        what = f"`{set}` has {n} documents, too few to say that its answers have collapsed."
        return Finding(NAME, "inconclusive", what, evidence, f"Evaluate it on {at_least} at least.")
    truly = Counter(truth for truth, _ in held)
    said = Counter(answer for _, answer in held)
    blank = (said[""] - truly[""]) / n
    beyond, answer = max(((count - truly[word]) / n, word) for word, count in said.items())
    evidence |= {"blank": max(0.0, blank), "beyond": beyond, "answer": answer[:80], "answers": len(said),
                 "truths": len(truly)}  # fmt: skip
    todo = "Look at what it answers, and at the end of its training: an answer for everything is no answer."
    if blank > empty:
        return Finding(
            NAME, "fail", f"{blank:.0%} of {n} answers on `{set}` are empty that should not be.", evidence, todo
        )
    if beyond > one_answer:
        what = f"`{answer[:80]}` is answered to {said[answer]} of {n} documents of `{set}`"
        what += f", and is true of {truly[answer]}."
        return Finding(NAME, "fail", what, evidence, todo)
    what = f"{len(said)} different answers to {n} documents of `{set}`, none much more often than it is true."
    return Finding(NAME, "pass", what, evidence)
