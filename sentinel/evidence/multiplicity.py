"""Many tests at once: what each p-value counts for when there were so many chances to be unlucky."""

from collections.abc import Sequence


def holm(values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order that they came in."""
    order = sorted(range(len(values)), key=values.__getitem__)
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, values[index] * (len(values) - rank)))
        adjusted[index] = highest
    return adjusted
