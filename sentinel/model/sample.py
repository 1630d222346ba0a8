"""Bases or settings tried on samples of the rows: each is trained a little, and scored on rows kept aside."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sentinel.contract.training import FULL, Budget, Train
from sentinel.domain.task import CLASSIFICATION, Prompt, Task, task_of
from sentinel.model import base as folder_of
from sentinel.model.batches import padded
from sentinel.model.prompt import Row
from sentinel.model.score.labels import chances
from sentinel.model.score.loaded import Loaded
from sentinel.model.tokens import encode
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
        update={"steps": steps, "held_out": 0.0, "checkpoint_every": steps + 1, "budget": Budget(), "early_stop": None}
    )
    samples = encode(given.learned[:rows], task, words, room).samples
    fill = words.pad_token_id if words.pad_token_id is not None else words.eos_token_id or 0
    model, _ = learn(model, samples, (), settings, _Alone(say), seed=seed, fill=fill)
    if settings.method != FULL:
        model = lora.merged(model)
    model.eval()
    return _right(model, words, task, given.scored) if given.form == CLASSIFICATION else (
        _bits(model, words, task, given.scored, room, fill)
    )  # fmt: skip


def _right(model: Any, words: Any, task: Task, rows: Sequence[Row]) -> list[float]:
    found = chances(Loaded(model, words, task), [str(row["text"]) for row in rows])
    best = (max(range(len(shares)), key=shares.__getitem__) for shares in found)
    return [float(task.labels[place] == row["label"]) for place, row in zip(best, rows, strict=True)]


def _bits(model: Any, words: Any, task: Task, rows: Sequence[Row], room: int, fill: int) -> list[float]:
    """Of whole rows, so that models with other tokens are compared on the same: the fewer bits, the better."""
    import torch

    found = []
    with torch.no_grad():
        for row in rows:
            samples = encode([row], task, words, room).samples
            held = tensors(padded(samples, fill), model.device) if samples else None
            found.append(-summed(model, held).item() / _LN2 if held is not None else 0.0)
    return found


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

    def progress(self, *_: Any, **__: Any) -> None:
        """Nothing."""


def tags(arms: Sequence[Arm], data: str, given: Lesson, seed: int, versions: Mapping[str, str]) -> dict[str, Any]:
    """What it takes to find the very same order again."""
    task = task_of(given.form, given.prompt, given.labels)
    return {
        "seed": seed, "data": data, "task": task.digest, "bases": {arm.name: arm.digest for arm in arms},
        "versions": dict(versions),
    }  # fmt: skip
