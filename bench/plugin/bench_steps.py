"""Steps that do next to nothing, so that what is measured is all that happens around a step."""

from sentinel.contract.at import At
from sentinel.contract.registry import step


@step("bench-nothing")
def nothing(at: At, *, number: int) -> None:
    """Do nothing. The number makes each run another, so that no result is reused."""


@step("bench-torch", preload=("torch",))
def torch_sum(at: At, *, number: int) -> None:
    """Need torch for something small."""
    import torch

    at.say(f"{torch.ones(number + 1).sum()}")
