"""How far two sets of weights say other things: the divergence of what each would say next, token by token.

A text is the unit, since its tokens hang together; what an interval is made of is left to who judges.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.model.base import load

MOST_TOKENS = 256
"""No more of a text is read: what is measured is the file, not how it does at length."""


@dataclass(frozen=True, slots=True)
class Apart:
    """One text: its tokens, the mean divergence in nats, and how often both would say the same next."""

    tokens: int
    nats: float
    same: float


def apart(
    model: Path, packed: Path, texts: Sequence[str], progress: Callable[[int, int], None] = lambda _done, _all: None
) -> list[Apart]:
    """The divergence of the packed weights from the model's own, both in full precision, for each text."""
    (mine, words), (theirs, _) = load(model), load(packed)
    return between(mine, theirs, words, texts, packed.name, progress)


def between(
    mine: Any, theirs: Any, words: Any, texts: Sequence[str], where: str,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Apart]:  # fmt: skip
    """The divergence of one loaded model from another that has the same words, for each text."""
    import torch

    found = []
    with torch.inference_mode():
        for done, text in enumerate(texts, 1):
            ids = words(text, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")["input_ids"]
            if ids.shape[1]:
                found.append(_apart(mine(ids).logits[0], theirs(ids).logits[0]))
            progress(done, len(texts))
    if not found:
        raise refuse("E-parity-texts", "there is no text to compare the weights on.", where=where,
                     todo="Bind a dataset whose rows have text.")  # fmt: skip
    return found


def told_of(found: Sequence[Apart], model: str, data: str) -> dict[str, Json]:
    """What was found, as it is kept for a check."""
    tokens = sum(each.tokens for each in found)
    return {
        "version": 1, "model": model, "data": data, "tokens": tokens,
        "nats": round(sum(each.tokens * each.nats for each in found) / tokens, 9),
        "texts": [[each.tokens, each.nats, each.same] for each in found],
    }  # fmt: skip


def _apart(mine: Any, theirs: Any) -> Apart:
    first, second = mine.double().log_softmax(-1), theirs.double().log_softmax(-1)
    nats = (first.exp() * (first - second)).sum(-1)
    same = (first.argmax(-1) == second.argmax(-1)).double()
    return Apart(len(nats), round(float(nats.mean()), 9), round(float(same.mean()), 6))
