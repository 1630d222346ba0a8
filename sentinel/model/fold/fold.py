"""The fold itself: adapters read, a plan made, files written, and what was done told in `fold.json`.

A kill loses no more than what was written since the last checkpoint. Its parts lie beside the checkpoint and not in it,
since they are as large as the model; the checkpoint proves them.
"""

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from sentinel.contract.attempt import CHECKPOINT, AttemptIn
from sentinel.domain.digest import Json, digest_of
from sentinel.domain.refusal import Refused, refuse
from sentinel.model.fold.adapter import Held, read_adapter
from sentinel.model.fold.plan import Plan, plan_of
from sentinel.model.fold.stream import Part, Proof, Ways, laid_out, parts_of, proofs_of, proven, write
from sentinel.model.pack import KEPT

FOLD = "fold.json"
EVERY = 4 * 2**30
"""Bytes between two checkpoints: what is less is folded anew sooner than it is proven."""
_PLACE, _DONE = "folding", "parts.json"
_RULES = 1
"""Goes up when the same adapters would make other bits."""


class Attempt(Protocol):
    """What of an attempt a fold uses."""

    @property
    def told(self) -> AttemptIn: ...
    @property
    def folder(self) -> Path: ...
    @property
    def checkpoint(self) -> Path | None: ...
    def save_checkpoint(self) -> AbstractContextManager[Path]: ...
    def progress(self, done: float, total: float | None = None, **figures: float | str) -> None: ...
    def say(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Folding:
    """What is folded into what: folders, each with its digest; a weight for each adapter."""

    base: tuple[Path, str]
    adapters: tuple[tuple[Path, str], ...]
    weights: tuple[float, ...]


def fold(what: Folding, target: Path, at: Attempt, every: int = EVERY) -> Path:
    """Write the folder `target`, a Model with the adapters in it. Refused where they and the base do not go together;
    then nothing of it remains.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)  # the threads that write are ours, and those of the library would only wait for each other
    try:
        return _fold(what, target, at, every)
    finally:
        torch.set_num_threads(before)


def _fold(what: Folding, target: Path, at: Attempt, every: int) -> Path:
    names = [f"adapter {digest[:12]}" for _, digest in what.adapters]
    adapters = [read_adapter(path, name) for (path, _), name in zip(what.adapters, names, strict=True)]
    _look(what, adapters, names, at)
    plan = plan_of(what.base[0], adapters, what.weights, names)
    size = sum(each.size for each in plan.files)
    place = target if size <= every else at.folder / CHECKPOINT / _PLACE
    try:
        _stream(what, plan, place, at, every if size > every else size)
        _rest(what, adapters, plan, place)
        if place != target:
            place.rename(target)
    except BaseException as error:
        if place == target or isinstance(error, Refused | OSError):  # else the next attempt goes on from it
            shutil.rmtree(place, ignore_errors=True)
        raise
    return target


def _look(what: Folding, adapters: Sequence[Held], names: Sequence[str], at: Attempt) -> None:
    """Refuse adapters of another base, by the digest that they name."""
    for each, name in zip(adapters, names, strict=True):
        if each.base is None:
            at.say(f"{name} does not say which base it is of; its modules and shapes are all that is held against this")
        elif each.base != what.base[1]:
            raise refuse("E-fold-other", f"it was trained on the model {each.base[:12]}, and this base is "
                         f"{what.base[1][:12]}.", where=name,
                         todo="Bind the model that it was trained on, or train it again on this one.")  # fmt: skip


def _stream(what: Folding, plan: Plan, place: Path, at: Attempt, every: int) -> None:
    key = _key(what, every)
    ways, threads = Ways(), max(1, at.told.needs.cpus)
    ways.find(plan, threads)
    todo = parts_of(plan, ways, every)
    proofs: list[Proof] = []
    if len(todo) > 1:
        todo, proofs = _taken_up(plan, todo, place, key, at)
    laid_out(plan, place)

    def done(part: Part) -> None:
        proofs.extend(proofs_of(plan, place, part))
        _save(at, key, proofs)

    if len(todo) > 1 and at.checkpoint is None:
        _save(at, key, proofs)  # so that the next attempt finds this one, and takes over what lies here
    write(plan, place, todo, ways, threads, done, at.progress)


def _taken_up(plan: Plan, todo: list[Part], place: Path, key: str, at: Attempt) -> tuple[list[Part], list[Proof]]:
    """What an earlier attempt has written, where that can be proven; and what is left to do."""
    held, earlier = at.checkpoint, at.told.checkpoint_from
    if held is None:
        return todo, []
    if earlier is not None and not place.exists() and (Path(earlier) / CHECKPOINT / _PLACE).is_dir():
        try:
            os.rename(Path(earlier) / CHECKPOINT / _PLACE, place)
        except OSError:
            return todo, []  # on another disk: making it again is no dearer than bringing it
    try:
        told = json.loads((held / _DONE).read_bytes())
        known = [Proof(**each) for each in told["proofs"]] if told["key"] == key else []
    except (OSError, ValueError, KeyError, TypeError):
        return todo, []
    by_place = {(each.file, each.start, each.end): each for each in known}
    left, proofs = [], []
    for part in todo:
        of_part = [by_place.get((each.file, each.start, each.end)) for each in part.ranges]
        sure = [each for each in of_part if each is not None]
        if len(sure) == len(of_part) and proven(plan, place, sure):
            proofs += sure
        else:
            left.append(part)
    at.say(f"goes on after {len(todo) - len(left)} of {len(todo)} parts")
    return left, proofs


def _save(at: Attempt, key: str, proofs: Sequence[Proof]) -> None:
    with at.save_checkpoint() as folder:
        (folder / _DONE).write_text(json.dumps({"key": key, "proofs": [asdict(each) for each in proofs]}))


def _key(what: Folding, every: int) -> str:
    import torch

    return digest_of([_RULES, torch.__version__, what.base[1], [digest for _, digest in what.adapters],
                      [repr(each) for each in what.weights], every])  # fmt: skip


def _rest(what: Folding, adapters: Sequence[Held], plan: Plan, place: Path) -> None:
    """All besides the weights: the base's own files, and what was folded."""
    names = {each.path.name for each in plan.files}
    for name in KEPT:
        if name != FOLD and (what.base[0] / name).is_file():
            shutil.copyfile(what.base[0] / name, place / name)
            names.add(name)
    told: dict[str, Json] = {
        "version": 1, "base": what.base[1], "tensors": len(plan.touched),
        "adapters": [
            {
                "digest": digest, "weight": weight, "base": each.base, "method": each.method, "rslora": each.rslora,
                "rank": each.rank, "alpha": each.alpha, "targets": len(each.low), "whole": sorted(each.whole),
            }
            for (_, digest), weight, each in zip(what.adapters, what.weights, adapters, strict=True)
        ],
    }  # fmt: skip
    (place / FOLD).write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    for left in place.iterdir():
        if left.name not in {*names, FOLD}:
            left.unlink()  # of an earlier attempt that was to fold something else
