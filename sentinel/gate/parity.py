"""Parity: packed weights say what the model says, token by token, but for so much."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import Bundle
from sentinel.contract.registry import check
from sentinel.contract.scalars import Number
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.divergence import within_nats

NAME = "parity"
_FILE = "parity.json"


@check(NAME)
def parity(at: Look, bundle: Bundle, *, at_most: Annotated[Number, Field(gt=0)] = 0.1) -> Finding:
    """What a bundle's weights say next is, beyond doubt, no further from its model than `at_most` nats a token.

    This function reads the bundle; `package` has measured it, where rows were bound on its port `texts`.
    """
    from sentinel.model.bundle import verify

    faults = verify(bundle.path)
    if faults:
        evidence: dict[str, Json] = {"faults": faults[:8]}
        todo = "Package the model again."
        return Finding(NAME, "fail", f"The bundle is not what was packed: {faults[0]}", evidence, todo)
    return within_nats(NAME, at, bundle.path / _FILE, at_most, "its model", "Package it with rows bound on `texts`.",
                       "Keep the weights in more bits.")  # fmt: skip
