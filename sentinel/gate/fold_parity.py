"""Fold parity: folded weights say what the base says with the adapters upon it, token by token, but for so much."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import Model
from sentinel.contract.registry import check
from sentinel.contract.scalars import Number
from sentinel.domain.verdict import Finding
from sentinel.gate.divergence import within_nats

NAME = "fold_parity"
_FILE = "fold-parity.json"


@check(NAME)
def fold_parity(at: Look, model: Model, *, at_most: Annotated[Number, Field(gt=0)] = 0.01) -> Finding:
    """What a folded model says next is, beyond doubt, no further than `at_most` nats a token from its base with the
    adapters upon it, both in full precision.

    This function reads the model; `fold` has measured it, where rows were bound on its port `texts`.
    """
    return within_nats(NAME, at, model.path / _FILE, at_most, "its base with the adapters upon it",
                       "Fold it with rows bound on `texts`.", "Fold into the base in more bits.")  # fmt: skip
