"""How likely a model takes a continuation to be, token by token: texts, and answers that are held side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sentinel.domain.refusal import refuse
from sentinel.model.score.lengths import in_batches, padded_left
from sentinel.model.score.loaded import Loaded

Pair = tuple[list[int], list[int]]
"""What stands before, and what goes on from it."""


@dataclass(frozen=True, slots=True)
class Likely:
    """What the tokens of a continuation came to."""

    tokens: int
    right: int
    """How many of them the model would have said itself."""
    log: float
    """The sum of their log-probabilities."""

    @property
    def mean(self) -> float:
        """The mean log-probability of a token."""
        return self.log / max(1, self.tokens)


def likely(held: Loaded, pairs: Sequence[Pair], tick: Callable[[int], None] = lambda _: None) -> list[Likely]:
    """What each continuation comes to after what stands before it; a first token after nothing is not counted.

    Where the two are longer than the model can look at, what stands before loses its beginning.
    """
    import torch

    cut = [_cut(before, after, held.longest) for before, after in pairs]
    found = [Likely(0, 0, 0.0)] * len(pairs)
    done = 0
    for places in in_batches([len(ids) for ids, _ in cut], held.batch, held.judged):
        sequences = [cut[place][0] or [0] for place in places]
        with torch.inference_mode():
            logits = held.model(**padded_left(sequences, held.device), use_cache=False).logits
        width = logits.shape[1]
        for row, place in enumerate(places):
            ids, start = cut[place]
            said = torch.tensor(ids[start:], device=held.device)
            if len(said):
                logs = torch.log_softmax(logits[row, width - len(said) - 1 : width - 1].float(), dim=-1)
                right = int((logs.argmax(-1) == said).sum())
                found[place] = Likely(len(said), right, float(logs.gather(-1, said.unsqueeze(-1)).sum()))
        done += len(places)
        tick(done)
    if any(each.log != each.log for each in found):
        raise refuse("E-model-numbers", "the model gives numbers that are no numbers.",
                     todo="Look at its training: a loss that ran away leaves such weights.")  # fmt: skip
    return found


def _cut(before: list[int], after: list[int], longest: int) -> tuple[list[int], int]:
    """Both in one, and where the second begins."""
    kept = before[-max(1, longest - len(after)) :]
    return (kept + after)[:longest], max(1, len(kept))
