"""What a model says by itself, word after word: the likeliest each time, or drawn by a seed of the document's own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentinel.model.score.lengths import in_batches, padded_left
from sentinel.model.score.loaded import Loaded


@dataclass(frozen=True, slots=True)
class Speech:
    """A prompt to go on from, by how many tokens at most, and the seed of its draws; none for the likeliest."""

    prompt: list[int]
    most: int
    seed: int | None = None


def spoken(
    held: Loaded, speeches: Sequence[Speech], tick: Callable[[int], None] = lambda _: None
) -> list[tuple[str, float]]:
    """What the model says after each prompt until it ends, and how likely it took that to be, per token."""
    import torch

    found: list[tuple[str, float]] = [("", 1.0)] * len(speeches)
    done = 0
    for places in in_batches([len(each.prompt) + each.most for each in speeches], min(held.batch, held.judged)):
        with torch.inference_mode():
            said = _together(held, [speeches[place] for place in places])
        for place, told in zip(places, said, strict=True):
            found[place] = told
        done += len(places)
        tick(done)
    return found


def _together(held: Loaded, speeches: Sequence[Speech]) -> list[tuple[str, float]]:
    import torch

    room = held.longest - max(each.most for each in speeches)
    asked = padded_left([each.prompt[-max(1, room) :] or [0] for each in speeches], held.device)
    ends = _ends(held)
    draws = [np.random.default_rng(each.seed) if each.seed is not None else None for each in speeches]
    told: list[list[int]] = [[] for _ in speeches]
    logs = [0.0] * len(speeches)
    open_ = set(range(len(speeches)))
    ids, mask, last, cache = asked["input_ids"], asked["attention_mask"], asked["position_ids"], None
    while open_:
        out = held.model(input_ids=ids, attention_mask=mask, position_ids=last, past_key_values=cache, use_cache=True,
                         logits_to_keep=1)  # fmt: skip
        cache = out.past_key_values
        chances = torch.log_softmax(out.logits[:, -1].float(), dim=-1)
        following = [_next(chances[row], draws[row]) for row in range(len(speeches))]
        for row in sorted(open_):
            token = following[row]
            logs[row] += float(chances[row, token])
            if token in ends:
                open_.discard(row)
                continue
            told[row].append(token)
            if len(told[row]) >= speeches[row].most:
                open_.discard(row)
        ids = torch.tensor(following, device=held.device).unsqueeze(1)
        mask = torch.cat([mask, torch.ones_like(ids)], dim=1)
        last = last[:, -1:] + 1
    decode: Any = held.words.decode
    return [
        (str(decode(tokens, skip_special_tokens=True)), float(np.exp(log / (len(tokens) + 1))))
        for tokens, log in zip(told, logs, strict=True)
    ]


def _next(chances: Any, draw: np.random.Generator | None) -> int:
    """The likeliest token, or one drawn by the chances: the likeliest after noise that makes it so."""
    if draw is None:
        return int(chances.argmax())
    return int(np.argmax(chances.cpu().numpy() + draw.gumbel(size=len(chances))))


def _ends(held: Loaded) -> set[int]:
    told = getattr(held.model.generation_config, "eos_token_id", None)
    ends = set(told) if isinstance(told, list | tuple) else {told}
    return {each for each in (*ends, held.words.eos_token_id) if each is not None}
