"""What checks that compare reports have in common: the documents, or the finding that there is nothing to compare."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sentinel.contract.kinds import EvalReport
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding

if TYPE_CHECKING:
    from sentinel.data.report import Documents
    from sentinel.evidence.paired import Difference

EVALUATE = "Evaluate both on the same documents, with the same prompt and task."


def both(candidate: EvalReport, champion: EvalReport | None, name: str) -> "tuple[Documents, Documents]":
    """A set of two reports that answer the same questions."""
    from sentinel.data.report import NotComparable, documents, same_questions

    if champion is None:
        raise NotComparable("There is no champion's report to compare with.")
    new, old = documents(candidate.path, name), documents(champion.path, name)
    same_questions(new, old)
    return new, old


def compared(new: "Documents", old: "Documents", alpha: float, seed: int) -> "Difference":
    """Candidate minus champion, document by document."""
    from sentinel.evidence.paired import difference

    return difference(new.values, old.values, new.weights, new.groups, alpha=alpha, seed=seed)


def numbers(held: "Difference", new: "Documents", **more: Json) -> dict[str, Json]:
    """The evidence of a comparison; the digest of its documents is what a look at the set is counted by."""
    return {
        "set": new.set, "documents": new.digest, "metric": new.metric, "estimate": held.estimate,
        "lower": held.lower, "upper": held.upper, "n": held.n,
        "wins": held.wins, "losses": held.losses, "disagreement": held.disagreement, "p": held.p, "how": held.how,
        **more,
    }  # fmt: skip


def not_comparable(check: str, why: Exception) -> Finding:
    """Missing data never passes."""
    return Finding(check, "error", str(why), todo=EVALUATE, comparative=True)


def points(value: float) -> str:
    """A difference of shares as people say it: in points of a hundred, with its sign."""
    return f"{100 * value:+.1f}"


def several(number: int, noun: str, one: str, many: str) -> str:
    """A number of things that do something: `1 item is broken`, `3 items are broken`."""
    return f"{number} {noun} {one}" if number == 1 else f"{number} {noun}s {many}"


def named(names: Sequence[str], most: int = 5) -> str:
    """A few names, and how many more there are."""
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
