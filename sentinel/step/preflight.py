"""Preflight: whether a training fits what it is given and where it is to be, and what it will take, beforehand."""

import json
from typing import Annotated, NamedTuple

from pydantic import Field

from sentinel.contract.at import At, NothingTrained
from sentinel.contract.kinds import Dataset, Model, Preflight, TrainPlan
from sentinel.contract.registry import step
from sentinel.contract.scalars import Flag, Number
from sentinel.contract.training import Prune, Scratch, Train
from sentinel.domain.form import from_json, to_json
from sentinel.domain.needs import MIB, Needs, Slots
from sentinel.domain.refusal import refuse
from sentinel.domain.task import Prompt

LIBRARIES = ("accelerate", "numpy", "peft", "polars", "safetensors", "torch", "transformers")
"""What `forge` imports."""


class Preflighted(NamedTuple):
    """What was found, and what the training would do."""

    preflight: Preflight
    plan: TrainPlan


@step(
    "preflight",
    reads=("line", "hub", "nodes", "world"),
    secrets=("hub.token",),
    needs=Needs(memory=4096 * MIB),
    preload=("torch", "transformers", "peft", "accelerate", "polars"),
    distributions=LIBRARIES,
)
def preflight(
    at: At, base: Model | None, data: Dataset, *, scratch: Scratch | None = None, prune: Prune | None = None,
    train: Train = Train(), probe: Flag = True, price: Annotated[Number, Field(ge=0)] | None = None,
) -> Preflighted:  # fmt: skip
    """Looks whether base, rows, settings and node fit a training, and what it would take; it trains nothing.

    Give it the base, the data, the `prune`, the `train` and the `needs` of the `forge` step that it speaks for. Each
    point is ok, warn or no, with its figures and what to do next; the gate `capability` judges them. `probe` takes a
    few real steps and throws them away, which tells time, and cost at so much an hour (`price`). It measures this
    machine at this moment, so its result is never reused.
    """
    from sentinel.data.dataset import NotADataset
    from sentinel.data.training import NotTrainable, training
    from sentinel.model.preflight import Given, Place
    from sentinel.model.preflight import preflight as looked
    from sentinel.model.probe import STEPS
    from sentinel.step.room import contracted

    if (base is None) == (scratch is None):
        raise refuse("E-forge-start", "a model is trained from a base or from nothing, and from one of them.",
                     where=at.step, todo="Bind `base`, or say `scratch: {}`.")  # fmt: skip
    try:
        rows = training(data.path)
    except (NotADataset, NotTrainable) as error:
        raise refuse("E-forge-rows", str(error), where=at.step, todo="See what made the dataset.") from error
    if not rows.rows:
        raise NothingTrained("the dataset has no row on the train side")
    reads = at.reads or {}
    line = reads.get("line") or {}
    prompt = from_json(Prompt, line["prompt"]) if "prompt" in line else Prompt(after="\nAnswer:")
    given = Given(
        base.path if base else None, scratch or Scratch(), rows.form, rows.rows, rows.digests, rows.labels,
        rows.lacking, prompt, train, at.seed, contracted(line), prune,
    )  # fmt: skip
    nodes = {name: from_json(Slots, held) for name, held in (reads.get("nodes") or {}).items()}
    token = (reads.get("hub") or {}).get("token")
    where = Place(at.told.needs, nodes, at.folder, LIBRARIES, line.get("base") or {}, token, at.secret)
    found, plan = looked(given, where, steps=STEPS * probe, price=price, say=at.say, resident=_resident())
    for each in found.points:
        at.say(f"{each.standing}: {each.what}: {each.says}" + (f" {each.todo}" if each.todo else ""))
    for name, told in (("preflight", to_json(found)), ("plan", plan)):
        folder = at.out / name
        folder.mkdir()
        text = json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return Preflighted(Preflight.made(at.out / "preflight"), TrainPlan.made(at.out / "plan"))


def _resident() -> int:
    """What this process holds by now: libraries and rows."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096
