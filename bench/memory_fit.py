"""How near the estimate of a training's memory comes to its measured peak: forge itself, a process for each way.

The real small model is used where `SMOLLM2` names its folder; what needs it is skipped elsewhere.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.figure import Figure, Skipped, tell

MODEL = "SMOLLM2"
LOW, HIGH = 0.75, 1.25
_MIB = 2**20


@dataclass(frozen=True)
class Way:
    """A way to train or to load, and the rows for it: texts of so many words, at least and at most."""

    name: str
    real: bool
    words: tuple[int, int]
    train: dict[str, Any] | None
    form: str = "classification"
    rows: int = 240
    """Of which a twentieth is kept aside, enough to be looked at."""


WAYS = (
    Way("from nothing, full, 16 × short rows", False, (10, 30), {"batch": 16, "steps": 20}),
    Way("from nothing, full, whole texts, 64 × 200 words", False, (200, 200), {"batch": 64, "steps": 3}, "text"),
    Way("from nothing, full, whole texts, 16 × 40 to 200 words", False, (40, 200), {"batch": 16, "steps": 20}, "text"),
    Way("SmolLM2-135M, loaded", True, (0, 0), None),
    Way("SmolLM2-135M, lora 8, whole texts, 1 × 200 words", True, (200, 200),
        {"method": "lora", "rank": 8, "batch": 1, "steps": 2}, "text"),
    Way("SmolLM2-135M, lora 8, 4 × 20 words", True, (20, 20), {"method": "lora", "rank": 8, "batch": 4}),
    Way("SmolLM2-135M, lora 8, 12 × 40 words", True, (40, 40), {"method": "lora", "rank": 8, "batch": 12}),
    Way("SmolLM2-135M, lora 16, 6 × 5 to 25 words", True, (5, 25),
        {"method": "lora", "rank": 16, "batch": 6, "steps": 6}),
    Way("SmolLM2-135M, full, 4 × 20 words", True, (20, 20), {"batch": 4}),
    Way("SmolLM2-135M, lora 8, bf16, 4 × 20 words", True, (20, 20),
        {"method": "lora", "rank": 8, "batch": 4, "precision": "bf16"}),
    Way("SmolLM2-135M, dora 8, 4 × 20 words", True, (20, 20), {"method": "dora", "rank": 8, "batch": 4}),
)  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Measure and tell; `--one` is one of the processes that it starts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--one", help="the place of a way")
    told = parser.parse_args(argv)
    if told.one is not None:
        print(json.dumps(_one(WAYS[int(told.one)])))
        return
    tell(_figures(told.tiny))


def _figures(tiny: bool) -> Iterator[Figure | Skipped]:
    for place, way in enumerate(WAYS[:1] if tiny else WAYS):
        name = f"memory of a training: {way.name}"
        if way.real and MODEL not in os.environ:
            yield Skipped(name, f"{MODEL} names no folder with the model")
            continue
        argv = [sys.executable, "-m", "bench.memory_fit", "--one", str(place)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-500:]
        told = json.loads(done.stdout.splitlines()[-1])
        share = told["estimate"] / told["peak"]
        where = f"a process of its own, {'within a quarter' if LOW <= share <= HIGH else 'OFF by more than a quarter'}"
        yield from both(name, told["estimate"] / _MIB, told["peak"] / _MIB, where, told["note"])


def both(name: str, estimate: float, peak: float, where: str, note: str) -> tuple[Figure, Figure]:
    """An estimate is held from both sides: one too small ends a training, one too large forbids it."""
    given = (name, "MiB", estimate, "its measured peak", peak)
    return (
        Figure(*given, at_most=HIGH, where=where, note=note),
        Figure(f"{name}, from below", *given[1:], at_least=LOW, where=where, note=note),
    )


def _one(way: Way) -> dict[str, Any]:
    warnings.simplefilter("ignore")
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.set_num_threads(1)
    folder = Path(os.environ[MODEL]) if way.real else None
    if way.train is None:
        return _loaded(folder)  # type: ignore[arg-type]
    from sentinel.contract.at import At
    from sentinel.contract.attempt import AttemptIn
    from sentinel.contract.training import Scratch, Train
    from sentinel.domain.needs import Needs
    from sentinel.domain.task import Prompt
    from sentinel.model.preflight import Given, Place, preflight
    from sentinel.model.train.forge import Job, Lesson, Start, forge

    chance = random.Random(0)
    known = [f"word{number}" for number in range(300)]
    rows = [
        {"text": " ".join(chance.choices(known, k=chance.randint(*way.words))), "label": chance.choice("abc")}
        for _ in range(way.rows)
    ]
    if way.form == "text":
        rows = [{"text": row["text"]} for row in rows]
    labels, digests = ([] if way.form == "text" else ["a", "b", "c"]), [f"{number:064x}" for number in range(way.rows)]
    train = Train.model_validate({"steps": 4, **way.train})
    prompt, sizes = Prompt(after="\nAnswer:"), Scratch()
    given = Given(folder, sizes, way.form, rows, digests, labels, 0, prompt, train, 1)
    with TemporaryDirectory() as place:
        out = Path(place)
        where = Place(Needs(memory=2**40), {}, out, (), {}, None, str)
        # as before anything is read: nothing of this process is known to the estimate
        _, plan = preflight(given, where, steps=0, price=None, say=_quiet)
        told = AttemptIn("a1", "r1", "tuned", "forge", {}, {}, place, place, seed=1)
        texts = [value for row in rows for value in row.values()]
        lesson = Lesson(way.form, rows, digests, labels, texts)
        start = Start(folder, "d" * 64 if folder else None, None if folder else sizes)
        forge(Job(start, lesson, prompt, train, out, 1), At(told, out))
    batch = plan["largest_batch"]
    return {"estimate": plan["memory"], "peak": _peak(), "note": f"{batch['rows']} × {batch['width']} tokens at once"}


def _loaded(folder: Path) -> dict[str, Any]:
    """A model that is loaded and read through."""
    from sentinel.model.base import load
    from sentinel.model.fit import config_of
    from sentinel.model.memory import loading
    from sentinel.model.shape import shape_of

    config = config_of(folder)
    assert config is not None
    memory = loading(shape_of(config.held))
    model, _ = load(folder)
    sum(float(each.sum()) for each in model.parameters())
    return {"estimate": memory.total, "peak": _peak(), "note": json.dumps(asdict(memory)["parts"])}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _quiet(_: str) -> None:
    """Nothing is said."""


if __name__ == "__main__":
    main()
