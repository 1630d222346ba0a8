"""Sets: datasets that judge and never train, each with a name and how it is to be asked.

A set is a Dataset with one more file, `set.json`. All its rows are on the gate's side.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from sentinel.data.dataset import Held, NotADataset, write_dataset
from sentinel.domain.digest import Json

SET = "set.json"
_KEYS = {"set": str, "sampled": bool, "repeats": int}


@dataclass(frozen=True)
class HeldSet(Held):
    """A set, read as far as it is asked for."""

    name: str = ""
    sampled: bool = False
    """Whether its answers are drawn by chance, so that they differ from one time to the next."""
    repeats: int = 1
    """How often each of its documents is asked."""
    source: Json = None
    """Where its rows come from: a file of the workspace, or outcomes of a window."""


def held_set(folder: Path) -> HeldSet:
    """The set of a folder. NotADataset where its set.json is not what the form says."""
    try:
        told = {"sampled": False, "repeats": 1, "from": None, **json.loads((folder / SET).read_bytes())}
        strange = [key for key, kind in _KEYS.items() if type(told[key]) is not kind]
        source = told["from"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        gist = f"{type(error).__name__}: {' '.join(str(error).split())[:80]}"
        raise NotADataset(f"Its {SET} is not what the form says: {gist}.") from error
    if strange or told["repeats"] < 1:
        raise NotADataset(f"Its {SET} is not what the form says: `{(strange or ['repeats'])[0]}`.")
    return HeldSet(folder, told["set"], told["sampled"], told["repeats"], source)


def write_set(
    folder: Path, name: str, rows: pl.DataFrame, source: Json, *, sampled: bool = False, repeats: int = 1,
    label: str | None = None, group: str | None = None, form: str | None = None, id: str | None = None,
    time: str | None = None, weight: str | None = None,
) -> HeldSet:  # fmt: skip
    """Write a set of these rows. What it holds depends on the rows alone, so that one that did not change is known."""
    write_dataset(folder, rows, b"", 1.0, label=label, group=group, form=form, id=id, time=time, weight=weight)
    told = {"set": name, "sampled": sampled, "repeats": repeats, "from": source}
    (folder / SET).write_text(json.dumps(told, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    return held_set(folder)
