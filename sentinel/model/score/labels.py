"""Which of a few labels a model answers: one forward pass a document, by the first token of each answer.

Where two answers begin with the same token, each answer is scored whole, upon a prompt that was computed once. Like the
multiple choice of lm-eval, this compares the sums of the log-probabilities of the answers' tokens; other than there, an
answer whose tokens begin another's counts for no more than what is likely of it alone.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from sentinel.domain.refusal import refuse
from sentinel.model.score.lengths import in_batches, padded_left
from sentinel.model.score.loaded import Loaded
from sentinel.model.score.nested import alone, longer
from sentinel.model.score.put import Put, put
from sentinel.model.tokens import ending, following

_TOKENS = 2**14
"""Tokens, those in the cache with them, that answers may hold which are scored at once."""
Tick = Callable[[int], None]


def chances(held: Loaded, texts: Sequence[str], tick: Tick = lambda _: None) -> list[list[float]]:
    """How likely each label is of each text: shares that sum to one, in the order of the task's labels."""
    import torch

    answers = answer_tokens(held)
    nested = longer(answers)
    asked = [each.tokens for each in asked_for_labels(held, texts)]
    found: list[list[float]] = [[] for _ in texts]
    done = 0
    rows = min(held.batch, max(1, held.judged // max(map(len, answers), default=1)))
    for places in in_batches([len(each) for each in asked], rows):
        with torch.inference_mode():
            sums = _scored(held, padded_left([asked[place] for place in places], held.device), answers)
            shares = torch.softmax(torch.from_numpy(alone(sums.double().cpu().numpy(), nested)), dim=-1)
        if not bool(torch.isfinite(shares).all()):
            raise refuse("E-model-numbers", "the model gives numbers that are no numbers.",
                         todo="Look at its training: a loss that ran away leaves such weights.")  # fmt: skip
        for place, row in zip(places, shares.tolist(), strict=True):
            found[place] = row
        done += len(places)
        tick(done)
    return found


def asked_for_labels(held: Loaded, texts: Sequence[str]) -> list[Put]:
    """The prompts of texts, each with room for the longest of the labels."""
    longest = max(map(len, answer_tokens(held)), default=1) + ending(held.task, held.words)
    return put(held, texts, [longest] * len(texts))


def answer_tokens(held: Loaded) -> list[list[int]]:
    """The tokens of each answer as they were learned. Refused where a label has none, or two have the same."""
    found = following(held.task.answers, held.task, held.words)
    silent = [label for label, tokens in zip(held.task.labels, found, strict=True) if not tokens]
    if silent or len({tuple(tokens) for tokens in found}) < len(found):
        what = f"the label `{silent[0]}` has no token" if silent else "two labels have the very same tokens"
        raise refuse("E-answer-tokens", f"{what} in this model's tokenizer.",
                     todo="Rename the label, or take another base.")  # fmt: skip
    return found


def _scored(held: Loaded, asked: dict[str, Any], answers: Sequence[Sequence[int]]) -> Any:
    """The sum of the log-probabilities of each answer, for each prompt of a batch."""
    import torch

    first = [tokens[0] for tokens in answers]
    whole = len(set(first)) < len(first)
    given = held.model(**asked, logits_to_keep=1, use_cache=whole)
    logs = torch.log_softmax(given.logits[:, -1].float(), dim=-1)[:, first]
    if not whole:
        return logs
    return logs + _rests(held, asked, given, answers)


def _rests(held: Loaded, asked: dict[str, Any], given: Any, answers: Sequence[Sequence[int]]) -> Any:
    """What the tokens of each answer after its first add, upon the prompt's own cache: as much at once as fits.

    Answers that are alike but for their last token are read once. Shorter ones are filled up behind, where nothing
    that counts looks.
    """
    import torch

    rows, width = asked["input_ids"].shape
    sums = torch.zeros((rows, len(answers)), device=held.device)
    read: dict[tuple[int, ...], list[int]] = {}
    for place, tokens in enumerate(answers):
        if len(tokens) > 1:
            read.setdefault(tuple(tokens[:-1]), []).append(place)
    order = sorted(read, key=len)
    longest = rows * len(order[-1])
    at_once = max(1, min(_TOKENS // (rows * width + longest), held.judged // longest))
    last = asked["position_ids"][:, -1:]
    for start in range(0, len(order), at_once):
        heads = order[start : start + at_once]
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(head) for head in heads], batch_first=True)
        ids = padded.to(held.device).repeat(rows, 1)
        cache = deepcopy(given.past_key_values)
        cache.batch_repeat_interleave(len(heads))
        mask = torch.cat([asked["attention_mask"].repeat_interleave(len(heads), 0), torch.ones_like(ids)], dim=1)
        positions = last.repeat_interleave(len(heads), 0) + 1 + torch.arange(ids.shape[1], device=held.device)
        out = held.model(input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache)
        logs = torch.log_softmax(out.logits.float(), dim=-1)
        for number, head in enumerate(heads):
            steps = torch.arange(len(head), device=held.device)
            for place in read[head]:
                then = torch.tensor(answers[place][1:], device=held.device)
                sums[:, place] = logs[number :: len(heads), steps, then].sum(dim=1)
    return sums
