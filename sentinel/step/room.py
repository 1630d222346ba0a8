"""The room of a row: a training learns rows as long as the line's contract lets requests be, and no longer ones."""

from typing import Any

from sentinel.contract.training import Train
from sentinel.domain.refusal import refuse


def contracted(line: Any) -> int | None:
    """The most tokens that a request to a line may have, where its contract says."""
    told: int | None = (line.get("contract") or {}).get("max_tokens")
    return told


def within_contract(train: Train, line: Any, where: str) -> Train:
    """The settings with the contract's `max_tokens` where they say nothing. Refused where they ask for more."""
    most = contracted(line)
    if most is None:
        return train
    if train.max_tokens is not None and train.max_tokens > most:
        what = f"rows of {train.max_tokens} tokens are asked for, and the line's contract ends at {most}."
        raise refuse("E-context", what, where=where, todo=f"Ask for {most} at most, or raise `contract.max_tokens`.")
    return train.model_copy(update={"max_tokens": train.max_tokens or most})
