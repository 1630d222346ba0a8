"""A model's answers to the questions of a set, by the form of its rows, and how good each is."""

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sentinel.domain.question import Question, Said
from sentinel.domain.task import CHAT, CLASSIFICATION, PREFERENCE, TEXT
from sentinel.model.score.asked import last_message, prompt_of, tokens_of
from sentinel.model.score.labels import asked_for_labels, chances
from sentinel.model.score.likely import Pair, likely
from sentinel.model.score.loaded import Loaded
from sentinel.model.score.put import frame, put
from sentinel.model.score.spoken import Speech, spoken
from sentinel.model.tokens import ending, following

METRICS = {TEXT: "token_accuracy", CLASSIFICATION: "accuracy", CHAT: "exact_match", PREFERENCE: "preferred"}
"""What is measured of each form, always from 0 to 1: how many tokens, labels, messages or choices are right."""
BEYOND = 8
"""Tokens that an answer may be longer than the true one: enough to tell that it does not end there."""
_DIGITS = 6
Tick = Callable[[int], None]


def said(
    held: Loaded, questions: Sequence[Question], repeats: Sequence[int], seed: int | None, tick: Tick = lambda _: None
) -> list[list[Said]]:
    """What is said to each question at each of these repeats. Without a seed what is likeliest, each time the same."""
    if held.task.form == CLASSIFICATION:
        return list(_labelled(held, questions, repeats, seed, tick))
    if held.task.form == CHAT:
        return _spoken(held, questions, repeats, seed, tick)
    found = _preferred(held, questions, tick) if held.task.form == PREFERENCE else _read(held, questions, tick)
    return [[each] * len(repeats) for each in found]


def cut(held: Loaded, questions: Sequence[Question]) -> int:
    """How many questions do not fit, so that the ends of their texts, or of an answer that is judged, are not read."""
    texts = [each.text for each in questions]
    if held.task.form == CLASSIFICATION:
        return sum(each.was_cut for each in asked_for_labels(held, texts))
    if held.task.form == PREFERENCE:
        pairs = [was_cut for _, was_cut in _pairs(held, questions)]
        return sum(map(any, zip(pairs[::2], pairs[1::2], strict=True)))
    if held.task.form == TEXT:
        return sum(len(tokens_of(text, held.words, False)) > held.longest for text in texts)
    return 0


def seed_of(seed: int, doc: str, repeat: int) -> int:
    """The seed of one draw: it depends on its document and repeat, and on nothing that is asked beside it."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{doc}\0{repeat}".encode()).digest()[:8], "big")


def _labelled(
    held: Loaded, questions: Sequence[Question], repeats: Sequence[int], seed: int | None, tick: Tick
) -> Iterator[list[Said]]:
    labels = held.task.labels
    texts = [each.text for each in questions]
    for question, shares in zip(questions, chances(held, texts, tick), strict=True):
        likeliest = int(np.argmax(shares))
        told = []
        for repeat in repeats:
            which = likeliest
            if seed is not None:  # one forward pass tells all draws
                draw = np.random.default_rng(seed_of(seed, question.doc, repeat)).random()
                which = min(int(np.searchsorted(np.cumsum(shares), draw, side="right")), len(labels) - 1)
            told.append(Said(float(labels[which] == question.truth), labels[which], round(shares[which], _DIGITS)))
        yield told


def _spoken(
    held: Loaded, questions: Sequence[Question], repeats: Sequence[int], seed: int | None, tick: Tick
) -> list[list[Said]]:
    speeches, truths = [], []
    for question in questions:
        asked = tokens_of(prompt_of(question, held.task, held.words), held.words, bool(held.words.chat_template))
        truth = last_message(question)
        most = len(held.words(truth, add_special_tokens=False)["input_ids"]) + BEYOND
        truths.append(truth.strip())
        own = repeats if seed is not None else repeats[:1]
        speeches += [
            Speech(asked, most, None if seed is None else seed_of(seed, question.doc, repeat)) for repeat in own
        ]
    answers = spoken(held, speeches, tick)
    each = len(speeches) // max(1, len(questions))
    found = []
    for number, truth in enumerate(truths):
        told = [
            Said(float(text.strip() == truth), text.strip(), round(chance, _DIGITS))
            for text, chance in answers[number * each : (number + 1) * each]
        ]
        found.append(told if seed is not None else told * len(repeats))
    return found


def _preferred(held: Loaded, questions: Sequence[Question], tick: Tick) -> list[Said]:
    found = likely(held, [pair for pair, _ in _pairs(held, questions)], lambda done: tick(done // 2))
    told = []
    for chosen, rejected in zip(found[::2], found[1::2], strict=True):
        ahead = chosen.mean - rejected.mean  # per token: a longer answer is not less likely for its length alone
        chance = 1 / (1 + math.exp(-max(-60.0, min(60.0, ahead))))
        word = "chosen" if ahead > 0 else "rejected"
        told.append(Said(float(ahead > 0), word, round(max(chance, 1 - chance), _DIGITS)))
    return told


def _pairs(held: Loaded, questions: Sequence[Question]) -> list[tuple[Pair, bool]]:
    """Each prompt with the one answer and with the other, and whether any of it is cut: the same prompt for both."""
    task, words = held.task, held.words
    texts = [task.answer(answer) for each in questions for answer in (each.truth, each.other)]
    answers = following(texts, task, words)
    most = max(1, held.room - frame(held))
    ends = ending(task, words)
    rooms = [min(most, max(map(len, answers[place : place + 2])) + ends) for place in range(0, len(answers), 2)]
    found: list[tuple[Pair, bool]] = []
    for number, asked in enumerate(put(held, [each.text for each in questions], rooms)):
        left = held.room - len(asked.tokens)
        for answer in answers[2 * number : 2 * number + 2]:
            found.append(((asked.tokens, answer[:left]), asked.was_cut or len(answer) > left))
    return found


def _read(held: Loaded, questions: Sequence[Question], tick: Tick) -> list[Said]:
    pairs: list[Pair] = [([], list(tokens_of(question.text, held.words, False))) for question in questions]
    told = []
    for each in likely(held, pairs, tick):
        share = each.right / each.tokens if each.tokens else 0.0
        told.append(Said(share, "", round(math.exp(each.mean), _DIGITS), float(max(1, each.tokens))))
    return told
