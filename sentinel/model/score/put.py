"""A text as it is put to a model: its prompt within the room that a row had in training, cut as it was cut there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sentinel.model.prompt import Said, around
from sentinel.model.score.asked import tokens_of
from sentinel.model.score.loaded import Loaded
from sentinel.model.tokens import fitted


@dataclass(frozen=True, slots=True)
class Put:
    """A prompt, its tokens, and whether the end of its text had to go."""

    prompt: str
    tokens: list[int]
    was_cut: bool


def put(held: Loaded, texts: Sequence[str], answers: Sequence[int]) -> list[Put]:
    """The prompt of each text, with room behind it for an answer of so many tokens. Only the text is cut."""
    before, after = around(held.task, held.words)
    found = []
    for text, answer in zip(texts, answers, strict=True):
        told = Said(before, text, after, None)
        tokens, left = _tokens(held, told), max(0, held.room - answer)
        was_cut = len(tokens) > left
        if was_cut:
            start = len(tokens) - len(held.words(told.prompt, add_special_tokens=False)["input_ids"])
            told = fitted(told, held.words, left - start)
            tokens = _tokens(held, told)
        found.append(Put(told.prompt, tokens, was_cut))
    return found


def frame(held: Loaded) -> int:
    """The tokens that stand around any text."""
    before, after = around(held.task, held.words)
    return len(_tokens(held, Said(before, "", after, None)))


def _tokens(held: Loaded, told: Said) -> list[int]:
    return tokens_of(told.prompt, held.words, held.task.prompt.chat)
