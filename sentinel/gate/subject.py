"""Which artifact a check that takes any kind looks at."""

from sentinel.contract.at import Look
from sentinel.contract.kinds import Kind

_CANDIDATE = "candidate"


def subject(at: Look, port: str | None) -> tuple[str, tuple[Kind, ...]]:
    """The port that is named, else `candidate`, else the only one; and its artifacts, none where it is unclear."""
    bound = {name: held for name, held in at.inputs.items() if held}
    name = port or (_CANDIDATE if _CANDIDATE in bound or len(bound) != 1 else next(iter(bound)))
    return name, bound.get(name, ())
