"""How many documents or outcomes it takes to see what one wants to see."""

import math
from statistics import NormalDist

from sentinel.evidence.interval import variance_at

_NORMAL = NormalDist()
_SMALLEST_GAP = 1e-4


def documents_needed(
    disagreement: float, margin: float, *, power: float = 0.8, true: float = 0.0, looks: int = 1, alpha: float = 0.05
) -> int | None:
    """Documents for a comparison within a margin to pass that often, where the candidate is better by `true`.

    Chance is weighed at the margin, as the score limits weigh it: there more disagree than in truth, and a formula that
    goes by the truth alone promises up to a tenth more than comes. Each of several looks is at its share of α. None
    where the truth lies beyond the margin.
    """
    room = margin + true
    if room <= 0:
        return None
    once = _NORMAL.inv_cdf(1 - alpha / looks)
    apart = max(disagreement, abs(true))
    bound = math.sqrt(variance_at(-margin, (apart + true) / 2, (apart - true) / 2))
    n = ((once * bound + _NORMAL.inv_cdf(power) * math.sqrt(apart - true * true)) / room) ** 2
    # where hardly any disagree, what has not been seen yet is what it takes
    return math.ceil(max(n, once * once * (1 - margin) / margin))


def outcomes_needed(rate: float, drop: float, *, share: float = 0.01, power: float = 0.8, alpha: float = 0.05) -> int:
    """Outcomes in an arm that gets this share of the traffic, to tell a drop from chance that often."""
    low = rate - drop
    z = _NORMAL.inv_cdf(1 - alpha) + _NORMAL.inv_cdf(power)
    return math.ceil(z * z * (low * (1 - low) + rate * (1 - rate) * share / (1 - share)) / drop**2)


def documents_to_clear(rate: float, bound: float, *, power: float = 0.8, alpha: float = 0.05) -> int | None:
    """Documents for a share to be told from a bound that often. None where it lies on the bound, or all but."""
    gap = abs(rate - bound)
    if gap < _SMALLEST_GAP:
        return None
    at_bound, at_rate = bound * (1 - bound), rate * (1 - rate)
    z = _NORMAL.inv_cdf(1 - alpha) * math.sqrt(at_bound) + _NORMAL.inv_cdf(power) * math.sqrt(at_rate)
    return math.ceil((z / gap) ** 2)


def documents_to_win(disagreement: float, gain: float, *, power: float = 0.8, alpha: float = 0.05) -> int | None:
    """Documents for a gain of this size to be told from chance that often. None where there is next to none."""
    if gain < _SMALLEST_GAP:
        return None
    z = _NORMAL.inv_cdf(1 - alpha) + _NORMAL.inv_cdf(power)
    return math.ceil(z * z * max(disagreement - gain * gain, gain) / gain**2)


def paired_guard(disagreement: float, drop: float) -> int:
    """Outcomes that score both models, after which a watch for harm has seen a true drop four times of five.

    A watch may be looked at always, and takes twice what one look takes.
    """
    return math.ceil(2 * (documents_to_win(max(disagreement, drop), drop) or 0))


def arm_guard(rate: float, drop: float, share: float) -> int:
    """The same, where an outcome scores only the arm that served it: outcomes of the canary's, at its share of them."""
    return math.ceil(2.5 * outcomes_needed(rate, drop, share=min(share, 0.99)))


def rate_below(trials: int, alpha: float = 0.05) -> float:
    """What no failure in so many trials proves of the rate: it lies below this."""
    return 1 - alpha ** (1 / trials) if trials else 1.0
