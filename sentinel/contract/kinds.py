"""The kinds of artifact as steps hold them, and the form that each kind's file tree must have."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Kind:
    """An artifact in a step's hands: read-only files at `path`, named by `digest`."""

    digest: str
    path: Path

    @classmethod
    def made(cls, path: Path) -> Self:
        """What a step gives: files that it wrote, whose digest the store finds when it takes them in."""
        return cls("", path)


class RawSnapshot(Kind):
    """Rows as a source gave them."""

    __slots__ = ()


class Dataset(Kind):
    """Rows in one schema, each on its side."""

    __slots__ = ()


class Preflight(Kind):
    """What was found out before training: what fits, how long it takes."""

    __slots__ = ()


class Shortlist(Kind):
    """The candidates that are worth training in full."""

    __slots__ = ()


class TrainPlan(Kind):
    """What a training will do, settled before it begins."""

    __slots__ = ()


class Checkpoints(Kind):
    """States of a training that it can go on from."""

    __slots__ = ()


class Model(Kind):
    """A model's configuration, tokenizer and weights."""

    __slots__ = ()


class Adapter(Kind):
    """A LoRA adapter for one base."""

    __slots__ = ()


class EvalReport(Kind):
    """How one model did on each document of its sets."""

    __slots__ = ()


class Curriculum(Kind):
    """What is to be learned, in which order."""

    __slots__ = ()


class ExamReport(Kind):
    """How a model did in an exam."""

    __slots__ = ()


class UsageSlice(Kind):
    """What was asked and answered over a stretch of time."""

    __slots__ = ()


class Bundle(Kind):
    """A model in the form in which it is delivered."""

    __slots__ = ()


class Card(Kind):
    """What a model is, where it comes from and how it was judged, for people."""

    __slots__ = ()


class Deployment(Kind):
    """What was put where."""

    __slots__ = ()


class Submission(Kind):
    """What is to be sent to the Hub; the outbox has its answer."""

    __slots__ = ()


class Spec(Kind):
    """A challenger's definition, from the zoo."""

    __slots__ = ()


class Verdict(Kind):
    """What a gate said of its subject."""

    __slots__ = ()


KIND_CLASSES: dict[str, type[Kind]] = {
    kind.__name__: kind
    for kind in (
        RawSnapshot, Dataset, Preflight, Shortlist, TrainPlan, Checkpoints, Model, Adapter, EvalReport,
        Curriculum, ExamReport, UsageSlice, Bundle, Card, Deployment, Submission, Spec, Verdict,
    )
}  # fmt: skip

FORMS: dict[str, tuple[str, ...]] = {
    "Bundle": ("manifest.json",),
    "Dataset": ("rows.parquet", "schema.json", "profile.json", "sides.parquet"),
    "EvalReport": ("report.json", "documents.parquet"),
    "Model": ("config.json",),
    "Preflight": ("preflight.json",),
    "Shortlist": ("shortlist.json",),
    "Spec": ("spec.json",),
    "Submission": ("submission.json",),
    "TrainPlan": ("plan.json",),
    "Verdict": ("verdict.json",),
}
"""The files that a kind's tree must hold, where the design fixes them."""

_KEYS: dict[str, tuple[str, ...]] = {
    "manifest.json": ("format", "model", "files"),
    "report.json": ("model", "task", "settings", "sets"),
    "plan.json": ("steps", "tokens", "rows", "train"),
    "preflight.json": ("points",),
    "shortlist.json": ("ranked", "certain", "tags"),
    "spec.json": ("spec", "label", "recipe", "overrides"),
    "submission.json": ("act", "repo", "model"),
    "schema.json": ("fields", "label"),
    "profile.json": ("rows", "fields", "numbers", "values", "labels"),
    "verdict.json": ("gate", "subject", "against", "round"),
}
_LARGEST_JSON = 64 * 2**20


def form_faults(kind: str, path: Path) -> list[str]:
    """What keeps the tree at `path` from being of this kind, one sentence each; none means that it is."""
    if kind not in KIND_CLASSES:
        return [f"There is no kind `{kind}`."]
    if path.is_symlink() or not path.is_dir():
        return [f"{kind} is a folder, and {path.name} is not."]
    found = [f"{item.relative_to(path)} is neither a file nor a folder." for item in _strange(path)]
    if not any(path.iterdir()):
        return [f"{kind} is empty."]
    for name in FORMS.get(kind, ()):
        if not (path / name).is_file():
            found.append(f"{kind} lacks {name}.")
        elif name.endswith(".json"):
            found.extend(_json_faults(path / name))
    return found


def _strange(path: Path) -> list[Path]:
    return sorted(item for item in path.rglob("*") if item.is_symlink() or not (item.is_file() or item.is_dir()))


def _json_faults(path: Path) -> list[str]:
    if path.stat().st_size > _LARGEST_JSON:
        return [f"{path.name} is larger than 64 MiB."]
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return [f"{path.name} is not JSON."]
    if not isinstance(value, dict):
        return [f"{path.name} is not a JSON object."]
    return [f"{path.name} lacks `{key}`." for key in _KEYS.get(path.name, ()) if key not in value]
