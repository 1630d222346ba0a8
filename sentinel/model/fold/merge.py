"""The numbers: a base tensor with its adapters in it, in 32 bits, rounded at every step as peft rounds.

Rows are folded in blocks that stay in the processor's cache. Whether that gives the same bits as the whole tensor at
once depends on how the library cuts such a product, so it is tried on a tensor of each shape before it is relied on.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sentinel.model.fold.layout import all_finite
from sentinel.model.fold.plan import Term, Touched

FUSED, BLOCKS, WHOLE = "fused", "blocks", "whole"
"""Added while it is multiplied; as peft does it, in blocks of rows; as peft does it, all of the tensor at once."""
_BLOCK = 2**18
_FEWEST = 32
"""Of a few rows the product is made by another routine, which rounds otherwise."""


@dataclass(frozen=True, slots=True)
class Factors:
    """One term with its matrices in memory."""

    a: Any
    b: Any
    scaling: float
    magnitude: Any
    turned: bool
    scaled: Any
    """`b` times the scaling, where that is exact."""


def factors(term: Term) -> Factors:
    """Read a term's matrices."""
    a, b = term.a.read(), term.b.read()
    magnitude = term.magnitude.read() if term.magnitude is not None else None
    scaled = b * term.scaling if _is_exact(term.scaling, a, b) else None
    return Factors(a, b, term.scaling, magnitude, term.turned, scaled)


def blocks_of(touched: Touched, way: str) -> int:
    """How many rows are folded at once."""
    rows, *rest = touched.tensor.shape
    if way == WHOLE:
        return max(rows, 1)
    return min(max(rows, 1), max(_FEWEST, _BLOCK // max(1, math.prod(rest))))


def way_for(touched: Touched, terms: list[Factors]) -> str:
    """The quickest way that gives, for all of this very tensor, the bits that it gets when it is folded whole."""
    turned = any(each.turned for each in terms)
    if turned and any(each.magnitude is not None for each in terms):
        return WHOLE  # the norms are those of its columns
    fused = all(each.scaled is not None and each.magnitude is None and not each.turned for each in terms)
    for way in (FUSED, BLOCKS) if fused else (BLOCKS,):
        if all(_alike(touched, each, way) for each in terms):
            return way
    return WHOLE


def _alike(touched: Touched, each: Factors, way: str) -> bool:
    import torch

    rows = touched.tensor.shape[0]
    product = _product(each, slice(0, rows))
    delta = product * each.scaling if each.magnitude is not None else None
    base = touched.tensor.read() if each.magnitude is not None else None
    factor = _factor(each, base, delta, slice(0, rows)) if base is not None else None
    all_parts = parts(rows, blocks_of(touched, way))
    some = (all_parts[0], all_parts[-1])  # of one size, but for a row
    for part in all_parts:
        own = _product(each, part)
        if not torch.equal(own, product[part]):
            return False
        own *= each.scaling
        if way == FUSED and part in some:
            block = touched.tensor.read(part)
            if not torch.equal(block + own, block.addmm_(each.scaled[part], each.a)):
                return False
        if (
            base is not None
            and factor is not None
            and not torch.equal(_factor(each, base[part], own, part), factor[part])
        ):
            return False
    return True


def parts(rows: int, step: int) -> list[slice]:
    """The rows in blocks, as even as they come, so that none is a rest of a few."""
    count = max(1, rows // step)
    edges = [rows * number // count for number in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(edges)]


def fold(weights: Any, terms: list[Factors], part: slice, way: str) -> Any:
    """Some rows of a tensor with all terms in them; what is given is used up."""
    # one tensor of a shape may hold what the others do not: what is fused is known to go in blocks as well
    if way == FUSED and all(each.scaled is not None for each in terms):
        for each in terms:
            weights.addmm_(each.scaled[part], each.a)
        return weights
    return merged(weights, terms, part)


def merged(weights: Any, terms: list[Factors], part: slice) -> Any:
    """As peft merges one adapter after another.

    Before a DoRA it takes those before it out again, for the norms are of the base, and then puts them back: that is
    not the same to the last bit as never having touched them, and is done here as it does it.
    """
    done: list[tuple[Factors, Any, Any]] = []
    for each in terms:
        delta = _delta(each, part)
        if each.magnitude is None:
            weights += delta
            done.append((each, delta, None))
            continue
        for _, before, factor in reversed(done):
            weights = weights - before if factor is None else weights / factor - before
        base = weights.clone()
        again = []
        for earlier, before, factor in done:
            if factor is None:
                weights = weights + before
            else:
                factor = _factor(earlier, base, before, part)
                weights = factor * (weights + before)
            again.append((earlier, before, factor))
        factor = _factor(each, base, delta, part)
        weights = factor * (weights + delta)
        done = [*again, (each, delta, factor)]
    return weights


def bias_of(touched: Touched) -> Any:
    """A bias with what the adapters add to it."""
    bias = touched.tensor.read()
    for each in touched.shifts:
        bias += each.bias.read() * each.scaling
    return bias


def is_kept(values: Any, kept: Any) -> bool:
    """Whether what a base keeps of numbers is finite: none of them too large for it, nor no number at all."""
    import torch

    return (kept.dtype != torch.float16 and all_finite(values)) or bool(kept.isfinite().all())


def _delta(each: Factors, part: slice) -> Any:
    return _product(each, part).mul_(each.scaling)


def _product(each: Factors, part: slice) -> Any:
    return (each.b @ each.a[:, part]).T if each.turned else each.b[part] @ each.a


def _factor(each: Factors, base: Any, delta: Any, part: slice) -> Any:
    """What DoRA multiplies each row with, or each column where the base keeps the tensor turned."""
    import torch

    if each.turned:
        norm = torch.linalg.norm(base.T + delta.T, dim=1)
        return (each.magnitude / norm).view(1, -1)
    norm = torch.linalg.norm(base + delta, dim=1)
    return (each.magnitude[part] / norm).view(-1, 1)


def _is_exact(scaling: float, a: Any, b: Any) -> bool:
    """Whether multiplying before or after the product rounds alike: by a power of two, and far from the least number
    that there is.
    """
    if abs(math.frexp(scaling)[0]) != 0.5:
        return False
    return min(1.0, abs(scaling)) * _least(a) * _least(b) > 2.0**-100


def _least(values: Any) -> float:
    """The least of them that is not nought."""
    sizes = values.abs()
    return float(sizes.min()) or float(sizes.masked_fill_(sizes == 0, math.inf).min())
