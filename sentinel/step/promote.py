"""Promote: the move of an alias, on a gate's word."""

from typing import Literal

from sentinel.contract.at import At
from sentinel.contract.kinds import Model, Verdict
from sentinel.contract.registry import step


@step("promote", daemon=True, subject="model")
def promote(
    at: At,
    model: Model,
    verdict: Verdict,
    *,
    alias: Literal["champion", "challenger", "shadow"] = "champion",
) -> None:
    """Moves an alias to the version of this model, citing the verdict that let it pass.

    This function carries the promise; the daemon moves aliases, in one transaction with the proof.
    """
