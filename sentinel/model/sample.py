"""Bases or settings tried on samples of the rows: each is trained a little, and scored on rows kept aside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from sentinel.contract.training import FULL, Budget, Train
from sentinel.domain.refusal import Refused, refuse
from sentinel.domain.task import CLASSIFICATION, TEXT, Prompt, Task, task_of
from sentinel.model import base as folder_of
from sentinel.model.batches import padded
from sentinel.model.fit import config_of
from sentinel.model.prompt import Row
from sentinel.model.score.labels import chances
from sentinel.model.score.loaded import Loaded
from sentinel.model.shape import NoShape, shape_of
from sentinel.model.tokens import Sample, encode, opening
from sentinel.model.train import lora
from sentinel.model.train.counted import summed
from sentinel.model.train.forge import CHANCE, MOST_TOKENS
from sentinel.model.train.holds import tensors
from sentinel.model.train.learn import learn

ACCURACY, BITS = "accuracy", "bits"
ASIDE = 0.2
_LN2 = 0.6931471805599453


@dataclass(frozen=True, slots=True)
class Arm:
    """One of those that are tried."""

    name: str
    base: Path
    digest: str
    settings: Train


@dataclass(frozen=True, slots=True)
class Lesson:
    """What they are tried on: rows to learn from in the order in which samples grow, and rows to be scored on."""

    form: str
    prompt: Prompt
    labels: Sequence[str]
    learned: Sequence[Row]
    scored: Sequence[Row]
    room: int = MOST_TOKENS
    """The tokens within which every arm reads each of the rows that it is scored on whole."""

    @property
    def metric(self) -> str:
        """Right or wrong where there are labels; else the bits that what is to be said takes, below nought."""
        return ACCURACY if self.form == CLASSIFICATION else BITS


def lesson(
    form: str, prompt: Prompt, labels: Sequence[str], rows: Sequence[Row], digests: Sequence[str], most: int
) -> Lesson:
    """Rows by a hash of their digests: a larger sample holds every row of a smaller one, whatever rows there are."""
    order = sorted(zip(map(_place, digests), range(len(rows)), strict=True))
    aside = [rows[row] for place, row in order if place < ASIDE * 2**64]
    learned = [rows[row] for place, row in order if place >= ASIDE * 2**64]
    return Lesson(form, prompt, labels, learned, aside[:most])


def comparable(arms: Iterable[Arm], given: Lesson) -> Lesson:
    """The lesson scored only on rows that every arm reads whole: who reads less of a row takes fewer bits for it.

    Of labelled rows the answers are judged, and what is read of the texts is each arm's own affair.
    """
    if given.form == CLASSIFICATION:
        return given
    task, bases = task_of(given.form, given.prompt), {arm.digest: arm.base for arm in arms}
    known = [(_context(folder), folder_of.tokenizer(folder)) for folder in bases.values()]
    room = min(MOST_TOKENS, *(context or MOST_TOKENS for context, _ in known)) - 1
    scored = [row for row in given.scored if all(_is_whole(row, task, words, room) for _, words in known)]
    return replace(given, scored=scored, room=room)


def tried(arm: Arm, given: Lesson, rows: int, steps: int, seed: int, say: Callable[[str], None]) -> list[float]:
    """What an arm scores on each row kept aside, after so many steps on so many rows."""
    seed %= CHANCE
    model, words = folder_of.load(arm.base)
    known = folder_of.task_of(arm.base)
    before = known.labels if known is not None and known.form == given.form else ()
    task = task_of(given.form, given.prompt, [*before, *given.labels])
    most = folder_of.context(model)
    room = min(arm.settings.max_tokens or MOST_TOKENS, most or MOST_TOKENS)
    settings = arm.settings.model_copy(
        update={
            "steps": steps, "held_out": 0.0, "checkpoint_every": steps + 1, "budget": Budget(), "early_stop": None,
            "processes": 1,
        }
    )  # fmt: skip
    samples = encode(given.learned[:rows], task, words, room).samples
    if not samples:
        what = f"of {min(rows, len(given.learned))} rows none holds anything to learn within {room} tokens."
        raise refuse("E-sample-rows", what, where=arm.name, todo="See what the rows say, or give `max_tokens` more.")
    fill = words.pad_token_id if words.pad_token_id is not None else words.eos_token_id or 0
    model, _ = learn(model, samples, (), settings, _Alone(say), seed=seed, fill=fill)
    if settings.method != FULL:
        model = lora.merged(model)
    model.eval()
    if given.form == CLASSIFICATION:
        return _right(Loaded(model, words, task, device=str(model.device), taught=room), given.scored)
    return _bits(model, words, task, given, fill)


def _right(held: Loaded, rows: Sequence[Row]) -> list[float]:
    found = chances(held, [str(row["text"]) for row in rows])
    best = (max(range(len(shares)), key=shares.__getitem__) for shares in found)
    return [float(held.task.labels[place] == row["label"]) for place, row in zip(best, rows, strict=True)]


def _bits(model: Any, words: Any, task: Task, given: Lesson, fill: int) -> list[float]:
    """Of whole rows, so that models with other tokens are compared on the same: the fewer bits, the better."""
    import torch

    found = []
    with torch.no_grad():
        for row in given.scored:
            samples = [_begun(each, task, words) for each in encode([row], task, words, given.room).samples]
            found.append(-summed(model, tensors(padded(samples, fill), model.device)).item() / _LN2)
    return found


def _begun(sample: Sample, task: Task, words: Any) -> Sample:
    """A whole text with something before it, so that its first token counts whatever the tokenizer begins with."""
    start = words.bos_token_id if words.bos_token_id is not None else words.eos_token_id
    if task.form != TEXT or opening(words) or start is None:
        return sample
    return Sample((start, *sample.ids), (False, *sample.counts))


def _is_whole(row: Row, task: Task, words: Any, room: int) -> bool:
    """Whether a row fits with all that it says, and holds something to say."""
    try:
        held = encode([row], task, words, room)
    except Refused as error:
        if error.refusal.code not in ("E-label-length", "E-room"):
            raise
        return False
    return bool(held.samples) and not held.cut


def _context(folder: Path) -> int | None:
    config = config_of(folder)
    try:
        return shape_of(config.held).context if config is not None else None
    except NoShape:
        return None


def _place(digest: str) -> int:
    return int.from_bytes(sha256(f"sample\0{digest}".encode()).digest()[:8], "big")


@dataclass(frozen=True, slots=True)
class _Alone:
    """An attempt for a training that is over before anybody would go on from it."""

    say: Callable[[str], None]

    @property
    def checkpoint(self) -> Path | None:
        return None

    def save_checkpoint(self) -> AbstractContextManager[Path]:
        raise RuntimeError("a trial keeps nothing to go on from")

    def alarm(self, text: str) -> None:
        """An arm that does badly loses, and worries nobody."""
        self.say(text)

    def progress(self, *_: Any, **__: Any) -> None:
        """Nothing."""


def tags(arms: Sequence[Arm], data: str, given: Lesson, seed: int, versions: Mapping[str, str]) -> dict[str, Any]:
    """What it takes to find the very same order again."""
    task = task_of(given.form, given.prompt, given.labels)
    return {
        "seed": seed, "data": data, "task": task.digest, "bases": {arm.name: arm.digest for arm in arms},
        "versions": dict(versions),
    }  # fmt: skip
