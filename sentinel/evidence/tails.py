"""Tails of distributions, to the last digits: normal, chi-square, binomial, beta."""

import math
from collections.abc import Callable
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
_CLOSE = 1e-15
_MOST_TERMS = 100_000


def normal_quantile(share: float) -> float:
    """The value that this share of a standard normal lies below."""
    return _NORMAL.inv_cdf(share)


def normal_above(value: float) -> float:
    """The share of a standard normal above a value."""
    return math.erfc(value / math.sqrt(2)) / 2


def chi_square_above(value: float, degrees: int) -> float:
    """The share of a chi-square distribution above a value."""
    return gamma_above(degrees / 2, value / 2) if value > 0 else 1.0


def gamma_above(shape: float, value: float) -> float:
    """The regularised upper incomplete gamma function: by its series where that is quick, else by its fraction."""
    if value <= 0:
        return 1.0
    scale = math.exp(shape * math.log(value) - value - math.lgamma(shape))
    if value < shape + 1:
        term = total = 1 / shape
        for step in range(1, _MOST_TERMS):
            term *= value / (shape + step)
            total += term
            if term < total * _CLOSE:
                break
        return 1 - scale * total
    return scale * _fraction(value + 1 - shape, lambda step: (-step * (step - shape), value + 2 * step + 1 - shape))


def binomial_at_most(hits: int, trials: int, share: float) -> float:
    """The chance of at most so many hits in so many trials."""
    if hits < 0:
        return 0.0
    return beta_below(trials - hits, hits + 1, 1 - share) if hits < trials else 1.0


def beta_below(first: float, second: float, value: float) -> float:
    """The regularised incomplete beta function: the share of Beta(first, second) below a value."""
    if value <= 0 or value >= 1:
        return float(value >= 1)
    if value > (first + 1) / (first + second + 2):
        return 1 - beta_below(second, first, 1 - value)
    scale = math.exp(
        math.lgamma(first + second) - math.lgamma(first) - math.lgamma(second)
        + first * math.log(value) + second * math.log1p(-value)
    )  # fmt: skip

    def term(step: int) -> tuple[float, float]:
        half, odd = divmod(step, 2)
        if odd:
            above = -(first + half) * (first + second + half) * value
            return above / ((first + 2 * half) * (first + 2 * half + 1)), 1.0
        return half * (second - half) * value / ((first + 2 * half - 1) * (first + 2 * half)), 1.0

    return scale / first * _fraction(1.0, term)


def beta_quantile(first: float, second: float, share: float) -> float:
    """The value that this share of Beta(first, second) lies below, by halving."""
    low, high = 0.0, 1.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if beta_below(first, second, middle) < share else (low, middle)
    return (low + high) / 2


def _fraction(first: float, term: Callable[[int], tuple[float, float]]) -> float:
    """1 / (first + a₁/(b₁ + a₂/(b₂ + …))), by Lentz's way; `term` gives each a and b."""
    below = 1 / (first or _TINY)
    above, value = 1 / _TINY, below
    for step in range(1, _MOST_TERMS):
        a, b = term(step)
        below = 1 / ((b + a * below) or _TINY)
        above = (b + a / above) or _TINY
        factor = above * below
        value *= factor
        if abs(factor - 1) < _CLOSE:
            break
    return value
