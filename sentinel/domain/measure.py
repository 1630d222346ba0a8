"""How good something was by its rows, which may count for more or less, and may belong together."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """So much right of n; or a mean, the variance of its rows, and how many rows alike it is worth."""

    value: float
    n: float
    variance: float | None


def measured(
    values: Sequence[float], counts: bool, weights: Sequence[float] | None = None,
    groups: Sequence[Hashable] | None = None,
) -> Measured:  # fmt: skip
    """How good these were. `counts` says that each was right or wrong; those of one group stand or fall together.

    Rows of unlike weights, or that belong together, say less than as many alike: n is what as many alike ones would be
    worth, and is no more than what their spread bears out.
    """
    held = list(weights) if weights is not None else [1.0] * len(values)
    if counts and groups is None and min(held) == max(held):
        return Measured(float(sum(values)), float(len(values)), None)
    total = sum(held)
    mean = min(sum(weight * value for weight, value in zip(held, values, strict=True)) / total, 1.0)
    spread = sum(weight * (value - mean) ** 2 for weight, value in zip(held, values, strict=True)) / total
    units: dict[Hashable, tuple[float, float]] = {}
    for place, (weight, value) in enumerate(zip(held, values, strict=True)):
        name = place if groups is None else groups[place]
        heavy, apart = units.get(name, (0.0, 0.0))
        units[name] = heavy + weight, apart + weight * (value - mean)
    n = total * total / sum(heavy * heavy for heavy, _ in units.values())
    blur = sum(apart * apart for _, apart in units.values()) / (total * total)
    if blur > 0:
        n = min(n, spread / blur)  # where the rare ones are also those that differ, they are worth fewer still
    if counts:
        return Measured(mean * n, n, None)
    return Measured(mean, n, spread * (n / (n - 1) if n > 1 else 1.0))
