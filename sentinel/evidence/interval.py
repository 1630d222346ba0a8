"""Intervals of shares and means that need no more than arithmetic, so that the daemon can show them."""

import math

from sentinel.evidence.tails import beta_quantile, normal_quantile


def of_counts(right: float, n: float, alpha: float = 0.05) -> tuple[float, float]:
    """Where a share lies but for `alpha` of the time: exact, and so never too narrow."""
    low = beta_quantile(right, n - right + 1, alpha / 2) if right > 0 else 0.0
    high = beta_quantile(right + 1, n - right, 1 - alpha / 2) if right < n else 1.0
    return low, high


def of_means(mean: float, variance: float, n: float, alpha: float = 0.05) -> tuple[float, float]:
    """Where a mean in 0..1 lies but for `alpha` of the time, by the variance of its rows."""
    room = normal_quantile(1 - alpha / 2) * math.sqrt(variance / n)
    return max(0.0, mean - room), min(1.0, mean + room)


def variance_at(gap: float, wins: float, losses: float, n: float = 1.0) -> float:
    """The variance of one document's difference where the true mean is `gap`, at the likeliest share of losses."""
    b = -wins - losses + (2 * n - wins + losses) * gap
    c = -losses * gap * (1 - gap)
    share = (math.sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
    return max(0.0, 2 * share + gap * (1 - gap))
