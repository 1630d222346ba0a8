"""What is said of a divergence that a step has measured, text by text: within so many nats a token, or not."""

import json
from pathlib import Path

from sentinel.contract.at import Look
from sentinel.domain.verdict import Finding

_FEW = 50
"""On fewer texts the limits would promise more than they hold, where a few texts hold most of the divergence."""


def within_nats(check: str, at: Look, file: Path, at_most: float, of: str, again: str, mend: str) -> Finding:
    """What a check finds in a file of divergences: `of` is what it is apart from, `again` how it is measured, `mend`
    what helps where it is too far.
    """
    import numpy as np

    from sentinel.evidence.bootstrap import studentised

    try:
        told = json.loads(file.read_bytes())
        tokens, nats, same = (np.array(column, float) for column in zip(*told["texts"], strict=True))
    except FileNotFoundError:
        return Finding(check, "error", f"Nobody has compared the weights with {of}.", todo=again)
    except (ValueError, KeyError, TypeError) as error:
        return Finding(check, "error", f"{file.name} cannot be read: {type(error).__name__}.", todo=again)
    if not (np.isfinite(nats).all() and np.isfinite(tokens).all() and (tokens > 0).all()):
        return Finding(check, "error", f"{file.name} holds what is no number.", todo=again)
    if len(nats) < _FEW:
        todo = f"Compare on {_FEW} texts at least: bind a dataset with more rows on the gate's side."
        return Finding(check, "inconclusive", f"{len(nats)} texts are too few to tell.", {"n": len(nats)}, todo)
    lower, upper = studentised(tokens * nats, tokens, at.alpha, at.seed)
    mean = float(tokens @ nats / tokens.sum())
    evidence = {
        "estimate": mean, "lower": lower, "upper": upper, "n": len(nats), "tokens": int(tokens.sum()), "bound": at_most,
        "alpha": at.alpha, "same": float(tokens @ same / tokens.sum()), "model": told.get("model"),
    }  # fmt: skip
    measure = f"{mean:.4g} nats a token apart from {of} on {len(nats)} texts"
    if upper <= at_most:
        sentence = f"It is {measure}, at most {upper:.4g} beyond doubt; {at_most:g} are allowed."
        return Finding(check, "pass", sentence, evidence)
    if lower > at_most:
        sentence = f"It is {measure}, at least {lower:.4g} beyond doubt; {at_most:g} are allowed."
        return Finding(check, "fail", sentence, evidence, mend)
    sentence = f"It is {measure}, between {lower:.4g} and {upper:.4g}; {at_most:g} are allowed."
    return Finding(check, "inconclusive", sentence, evidence, "Compare on more texts: raise `compare` of the step.")
