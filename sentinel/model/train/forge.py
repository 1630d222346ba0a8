"""A model forged: from a base or from nothing, taught the rows of the train side, written as an artifact."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.contract.at import At
from sentinel.contract.training import FULL, Prune, Scratch, Train
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.domain.task import Prompt, Task, task_of
from sentinel.model import base as folder_of
from sentinel.model import scratch as from_nothing
from sentinel.model.prompt import Row
from sentinel.model.tokens import encode
from sentinel.model.train import lora
from sentinel.model.train.learn import ALONE, Attempt, Team, learn
from sentinel.model.train.plan import FEWEST, is_held_out
from sentinel.model.train.processes import together

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


@dataclass(frozen=True, slots=True)
class Job:
    """A whole training, as a value that can be handed to the processes that do it."""

    start: Start
    lesson: Lesson
    prompt: Prompt
    settings: Train
    out: Path
    seed: int
    prune: Prune | None = None

    def __call__(self, at: At, team: Team) -> bool:
        """Do it, as one of the team."""
        return _forge(self, at if not team.rank else _Hushed(at), team)


def forge(job: Job, at: At) -> bool:
    """Prune where that is asked for, train, and write the folders `model` and, where there is one, `adapter`.

    Gives whether there is.
    """
    count = job.settings.processes
    return job(at, ALONE) if count == 1 else together(job, at.told, at.folder, count)


@dataclass(frozen=True, slots=True)
class _Hushed:
    """The attempt for a process that leaves it to the first one to speak."""

    at: At

    @property
    def checkpoint(self) -> Path | None:
        return self.at.checkpoint

    def save_checkpoint(self) -> AbstractContextManager[Path]:
        raise RuntimeError("only the first process saves")

    def progress(self, *_: Any, **__: Any) -> None:
        """Nothing."""

    def alarm(self, text: str) -> None:
        """The first process speaks for all."""

    def say(self, text: str) -> None:
        """Nothing."""


def _forge(job: Job, at: Attempt, team: Team) -> bool:
    seed, lesson, settings = job.seed % CHANCE, job.lesson, job.settings
    task = _task(job.start, lesson, job.prompt)
    model, words = _begun(job.start, lesson, seed)
    room = _room(settings, model)
    learned, aside = (encode(rows, task, words, room) for rows in _parted(lesson, settings))
    cut, left_out = learned.cut + aside.cut, learned.left_out + aside.left_out
    if cut:
        at.say(f"{cut} of {len(lesson.rows)} rows were cut to {room} tokens, from the right; no answer was")
    if left_out:
        at.say(f"{left_out} of {len(lesson.rows)} rows hold nothing to learn within {room} tokens")
    if not learned.samples:
        raise refuse("E-forge-rows", "no row holds anything to learn.", todo="See what the rows say.")
    fill = words.pad_token_id if words.pad_token_id is not None else words.eos_token_id or 0
    record: dict[str, Json] = {"version": 1, "seed": seed, "room": room, "cut": cut, "left_out": left_out}
    if job.prune is not None:
        from sentinel.model.prune.prune import pruned

        model, at = pruned(model, learned.samples, job.prune, settings, at, seed=seed, fill=fill, team=team)
        record["prune"] = at.pruning.record
        settings = settings.model_copy(update={"budget": at.pruning.left(settings)})
    model, told = learn(model, learned.samples, aside.samples, settings, at, seed=seed, fill=fill, team=team)
    has_adapter = settings.method != FULL and job.prune is None
    if settings.method != FULL and not has_adapter:
        at.say("no adapter is given: what it was trained on is the pruned model, which lies nowhere by itself")
    if team.rank == 0:
        if has_adapter:
            lora.save(model, job.out / "adapter", str(job.start.digest))
        if settings.method != FULL:
            model = lora.merged(model)
        folder_of.save(model, words, job.out / "model", task, {**record, **told})
        if job.prune is not None:
            from sentinel.model.prune.prune import assured

            assured(job.out / "model", model)
    return has_adapter


def _parted(lesson: Lesson, settings: Train) -> tuple[list[Row], list[Row]]:
    """The rows to learn from, and those that are kept aside; all to learn from where these would be too few."""
    aside = [is_held_out(row, settings.held_out) for row in lesson.digests]
    if sum(aside) < FEWEST:
        return list(lesson.rows), []
    parts: tuple[list[Row], list[Row]] = ([], [])
    for row, is_aside in zip(lesson.rows, aside, strict=True):
        parts[is_aside].append(row)
    return parts


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
        raise refuse(
            "E-context", what, where="max_tokens", todo=f"Ask for {most} at most, in `train` or the line's contract."
        )
    return settings.max_tokens
