"""Parity: packed weights say what the model says, token by token, but for so much."""

import json
from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import Bundle
from sentinel.contract.registry import check
from sentinel.contract.scalars import Number
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding

NAME = "parity"
_FILE = "parity.json"
_FEW = 50
"""On fewer texts the limits would promise more than they hold, where a few texts hold most of the divergence."""
_AGAIN = "Package it with rows bound on `texts`."


@check(NAME)
def parity(at: Look, bundle: Bundle, *, at_most: Annotated[Number, Field(gt=0)] = 0.1) -> Finding:
    """What a bundle's weights say next is, beyond doubt, no further from its model than `at_most` nats a token.

    This function reads the bundle; `package` has measured it, where rows were bound on its port `texts`.
    """
    import numpy as np

    from sentinel.evidence.bootstrap import studentised
    from sentinel.model.bundle import verify

    faults = verify(bundle.path)
    if faults:
        evidence: dict[str, Json] = {"faults": faults[:8]}
        todo = "Package the model again."
        return Finding(NAME, "fail", f"The bundle is not what was packed: {faults[0]}", evidence, todo)
    try:
        told = json.loads((bundle.path / _FILE).read_bytes())
        tokens, nats, same = (np.array(column, float) for column in zip(*told["texts"], strict=True))
    except FileNotFoundError:
        return Finding(NAME, "error", "Nobody has compared the packed weights with the model.", todo=_AGAIN)
    except (ValueError, KeyError, TypeError) as error:
        return Finding(NAME, "error", f"{_FILE} cannot be read: {type(error).__name__}.", todo=_AGAIN)
    if not (np.isfinite(nats).all() and (tokens > 0).all()):
        return Finding(NAME, "error", f"{_FILE} holds what is no number.", todo=_AGAIN)
    if len(nats) < _FEW:
        todo = f"Compare on {_FEW} texts at least: bind a dataset with more rows on the gate's side."
        return Finding(NAME, "inconclusive", f"{len(nats)} texts are too few to tell.", {"n": len(nats)}, todo)
    lower, upper = studentised(tokens * nats, tokens, at.alpha, at.seed)
    mean = float(tokens @ nats / tokens.sum())
    evidence = {
        "estimate": mean, "lower": lower, "upper": upper, "n": len(nats), "tokens": int(tokens.sum()), "bound": at_most,
        "alpha": at.alpha, "same": float(tokens @ same / tokens.sum()), "model": told.get("model"),
    }  # fmt: skip
    measure = f"{mean:.4f} nats a token apart from its model on {len(nats)} texts"
    if upper <= at_most:
        sentence = f"It is {measure}, at most {upper:.4f} beyond doubt; {at_most:g} are allowed."
        return Finding(NAME, "pass", sentence, evidence)
    if lower > at_most:
        sentence = f"It is {measure}, at least {lower:.4f} beyond doubt; {at_most:g} are allowed."
        return Finding(NAME, "fail", sentence, evidence, "Keep the weights in more bits.")
    sentence = f"It is {measure}, between {lower:.4f} and {upper:.4f}; {at_most:g} are allowed."
    return Finding(NAME, "inconclusive", sentence, evidence, "Compare on more texts: `compare` of `package`.")
