"""A model forged: from a base or from nothing, taught the rows of the train side, written as an artifact."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.contract.training import FULL, Scratch, Train
from sentinel.domain.refusal import refuse
from sentinel.domain.task import Prompt, Task, task_of
from sentinel.model import base as folder_of
from sentinel.model import scratch as from_nothing
from sentinel.model.prompt import Row
from sentinel.model.tokens import encode
from sentinel.model.train import lora
from sentinel.model.train.learn import Attempt, learn
from sentinel.model.train.plan import FEWEST, is_held_out

MOST_TOKENS = 1024
CHANCE = 2**31 - 1
"""A seed as every library takes it."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is to be learned: rows of one form with their digests, and the labels among them."""

    form: str
    rows: Sequence[Row]
    digests: Sequence[str]
    labels: Sequence[str]
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Start:
    """What it is learned from: a base with its digest, or the sizes of a model from nothing."""

    base: Path | None
    digest: str | None
    sizes: Scratch | None


def forge(start: Start, lesson: Lesson, prompt: Prompt, settings: Train, at: Attempt, out: Path, seed: int) -> bool:
    """Train, and write the folders `model` and, where one was trained, `adapter` into `out`. Gives whether it was."""
    seed %= CHANCE
    task = _task(start, lesson, prompt)
    model, words = _begun(start, lesson, seed)
    room = _room(settings, model)
    kept = [is_held_out(row, settings.held_out) for row in lesson.digests]
    if sum(kept) < FEWEST:
        kept = [False] * len(kept)
    learned = encode([row for row, aside in zip(lesson.rows, kept, strict=True) if not aside], task, words, room)
    aside = encode([row for row, aside in zip(lesson.rows, kept, strict=True) if aside], task, words, room)
    cut, left_out = learned.cut + aside.cut, learned.left_out + aside.left_out
    if cut:
        at.say(f"{cut} of {len(lesson.rows)} rows were cut to {room} tokens, from the right; no answer was")
    if left_out:
        at.say(f"{left_out} of {len(lesson.rows)} rows hold nothing to learn within {room} tokens")
    if not learned.samples:
        raise refuse("E-forge-rows", "no row holds anything to learn.", todo="See what the rows say.")
    fill = words.pad_token_id if words.pad_token_id is not None else words.eos_token_id or 0
    model, told = learn(model, learned.samples, aside.samples, settings, at, seed=seed, fill=fill)
    record = {"version": 1, "seed": seed, "room": room, "cut": cut, "left_out": left_out, **told}
    if settings.method != FULL:
        lora.save(model, out / "adapter", str(start.digest))
        model = lora.merged(model)
    folder_of.save(model, words, out / "model", task, record)
    return settings.method != FULL


def _task(start: Start, lesson: Lesson, prompt: Prompt) -> Task:
    """The labels are those of the rows, and those that the base knew before."""
    known = folder_of.task_of(start.base) if start.base is not None else None
    before = known.labels if known is not None and known.form == lesson.form else ()
    return task_of(lesson.form, prompt, [*before, *lesson.labels])


def _begun(start: Start, lesson: Lesson, seed: int) -> tuple[Any, Any]:
    if start.base is not None:
        return folder_of.load(start.base)
    sizes = start.sizes or Scratch()
    words = from_nothing.tokenizer(lesson.texts, sizes.vocabulary)
    return from_nothing.model(sizes, words, seed), words


def _room(settings: Train, model: Any) -> int:
    """Tokens of a row. Refused where more are asked for than the model can hold."""
    most = folder_of.context(model)
    if settings.max_tokens is None:
        return min(most or MOST_TOKENS, MOST_TOKENS)
    if most is not None and settings.max_tokens > most:
        what = f"rows of {settings.max_tokens} tokens are asked for, and the model holds {most}."
        raise refuse("E-context", what, where="max_tokens", todo=f"Ask for {most} at most.")
    return settings.max_tokens
