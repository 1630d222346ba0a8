"""What a gate said: its checks with their evidence, folded into the worst, and one sentence."""

from dataclasses import dataclass

from sentinel.domain.digest import Json
from sentinel.domain.plan import VERDICTS


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `evidence` holds the numbers; `sentence` says it in words; `todo` is the next act."""

    check: str
    verdict: str
    sentence: str
    evidence: Json = None
    todo: str = ""
    comparative: bool = False
    """Whether the check compares with a champion; without one it rests on the others."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate's judgement of one subject, in one round."""

    gate: str
    verdict: str
    sentence: str
    subject: str | None
    """The digest of the model or dataset that was judged."""
    against: str | None
    """The version that was champion when it was judged, or none."""
    round: int
    findings: tuple[Finding, ...]
    artifact: str | None = None
    """The digest of the Verdict artifact that holds the whole."""


def worst(verdicts: list[str]) -> str:
    """The worst of several verdicts; none at all is an error, since missing data never passes."""
    return max(verdicts, key=VERDICTS.index, default="error")
