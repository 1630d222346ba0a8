"""What was spent of a budget, where a training comes in several parts, and what that leaves for the next."""

from dataclasses import dataclass

from sentinel.contract.training import Budget

_LEAST = 1e-6
"""GPU-minutes that are over with the first step."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Steps, tokens and time that went into the parts until now."""

    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def more(self, *, steps: int = 0, tokens: int = 0, seconds: float = 0.0) -> "Spent":
        """This, and so much more."""
        return Spent(self.steps + steps, self.tokens + tokens, self.seconds + seconds)

    def left(self, budget: Budget, gpus: int) -> Budget:
        """The budget of the next part, on so many GPUs. A budget that is spent leaves each part one step, as it would
        leave a training that comes in one.
        """
        minutes = budget.gpu_minutes
        return Budget(
            steps=max(1, budget.steps - self.steps) if budget.steps is not None else None,
            tokens=max(1, budget.tokens - self.tokens) if budget.tokens is not None else None,
            time=max(1, budget.time - round(1000 * self.seconds)) if budget.time is not None else None,
            gpu_minutes=max(_LEAST, minutes - gpus * self.seconds / 60) if minutes is not None else None,
        )
