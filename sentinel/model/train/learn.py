"""One training from its rows to its weights: planned, tried, taken step by step, resumed where it was cut off."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from sentinel.contract.training import FULL, Train
from sentinel.domain.digest import Json
from sentinel.model.tokens import Sample
from sentinel.model.train import lora, state
from sentinel.model.train.diary import Diary, told
from sentinel.model.train.holds import Holds, tried
from sentinel.model.train.loop import Loop, Teacher
from sentinel.model.train.plan import FEWEST, Plan, plan
from sentinel.model.train.watch import Watch


class Attempt(Protocol):
    """What a training wants of its attempt."""

    @property
    def checkpoint(self) -> Path | None:
        """What to go on from."""

    def save_checkpoint(self) -> AbstractContextManager[Path]:
        """Where to put what one could go on from."""

    def progress(self, done: float, total: float | None = None, **figures: float | str) -> None:
        """Tell how far it is."""

    def say(self, text: str) -> None:
        """Tell a person a line."""

    def alarm(self, text: str) -> None:
        """Tell a person a line that cannot wait."""


@dataclass(frozen=True, slots=True)
class Team:
    """The processes that train together, seen by one of them."""

    rank: int = 0
    agree: Callable[[Any], Any] = lambda value: value
    add: Callable[[float], float] = lambda value: value


ALONE = Team()


def learn(
    model: Any, samples: Sequence[Sample], held_out: Sequence[Sample], settings: Train, at: Attempt, *, seed: int,
    fill: int, team: Team = ALONE, teacher: Teacher | None = None,
) -> tuple[Any, Json]:  # fmt: skip
    """The trained model, an adapter still on it where one was trained, and what `training.json` says of it."""
    import torch

    torch.manual_seed(seed)
    begun = at.checkpoint
    diary = Diary.from_json(state.diary(begun)) if begun is not None else Diary()
    if diary.holds is None:
        diary.holds = tried(settings, model, samples, len(held_out))
        for each in diary.holds.notes:
            at.say(each)
    holds = diary.holds
    if settings.method != FULL:
        model = lora.adapted(model, settings, seed)
    coming = plan(samples, settings, _width(model), seed)
    aside = held_out if len(held_out) >= FEWEST else ()
    watch = Watch(
        coming, settings, aside, fill, diary, at.progress, at.alarm, team.agree, team.add,
        settings.processes * torch.cuda.is_available(), kept=state.best(begun) if begun is not None else None,
    )  # fmt: skip
    _take(model, samples, coming, settings, watch, begun, at, seed=seed, holds=holds, fill=fill, rank=team.rank,
          teacher=teacher)  # fmt: skip
    if watch.kept is not None:
        state.put_back(model, watch.kept)
    return model, {
        "method": settings.method, "precision": holds.precision, "packed": holds.packs,
        "planned": len(coming.steps), "rate": coming.rate, "rows": len(samples), "kept_aside": len(aside),
        "given": diary.looks[diary.best][0] if watch.kept is not None and diary.best is not None else None,
        "notes": holds.notes, **told(diary),
    }  # fmt: skip


def _take(
    model: Any, samples: Sequence[Sample], coming: Plan, settings: Train, watch: Watch, begun: Path | None,
    at: Attempt, *, seed: int, holds: Holds, fill: int, rank: int, teacher: Teacher | None,
) -> None:  # fmt: skip
    with TemporaryDirectory() as place:
        loop = Loop(
            model, samples, coming, settings, watch, seed=seed, precision=holds.precision, packs=holds.packs, fill=fill,
            place=Path(place), saving=at.save_checkpoint, rank=rank, teacher=teacher,
        )  # fmt: skip
        if begun is not None:
            if watch.diary.ended_by is not None:
                state.put_back(model, state.weights(begun))
                return
            at.say(f"it goes on after step {len(watch.diary.losses)}")
            loop.train(resume_from_checkpoint=str(begun))
            return
        watch.begin(model)
        loop.train()


def _width(model: Any) -> int:
    config = model.config.get_text_config()
    return int(config.hidden_size)
