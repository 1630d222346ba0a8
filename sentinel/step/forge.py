"""Forge: a model is trained, from a base or from nothing, on the rows of the train side."""

from typing import NamedTuple

from sentinel.contract.at import At, NothingTrained
from sentinel.contract.kinds import Adapter, Dataset, Model
from sentinel.contract.registry import step
from sentinel.contract.training import FULL, Prune, Scratch, Train
from sentinel.domain.needs import MIB, Needs
from sentinel.domain.refusal import refuse


class Forged(NamedTuple):
    """The model and, where only an adapter was trained, that adapter for the base."""

    model: Model
    adapter: Adapter | None


@step(
    "forge",
    version=2,
    makes="version",
    reads=("line",),
    needs=Needs(memory=2048 * MIB),
    preload=("torch", "transformers", "peft", "accelerate", "polars"),
    distributions=("accelerate", "numpy", "peft", "polars", "safetensors", "tokenizers", "torch", "transformers"),
)
def forge(
    at: At,
    base: Model | None,
    data: Dataset,
    *,
    scratch: Scratch | None = None,
    prune: Prune | None = None,
    train: Train = Train(),
) -> Forged:
    """Trains a model on the rows of the dataset's train side; those of the gate's side never come near it.

    It begins with `base`, or with nothing at the sizes of `scratch`. `prune` makes it smaller first, for good: layers,
    units and heads that matter least are cut out, and the rest is healed. `train` says how it learns: `method` full,
    lora or dora, the rest has defaults. With lora and dora the port `adapter` has what was learned, and `model` the
    base with it merged in; where `prune` cut the base first, there is `model` alone. What it does on so many threads is
    the same each time, a kill in the middle included.
    """
    return trained(at, base, data, scratch, prune, train)


def trained(
    at: At, base: Model | None, data: Dataset, scratch: Scratch | None, prune: Prune | None, train: Train
) -> Forged:
    """A model trained by these settings: what the steps forge and reforge come to."""
    from sentinel.data.dataset import NotADataset
    from sentinel.data.training import NotTrainable, training
    from sentinel.domain.form import from_json
    from sentinel.domain.task import Prompt
    from sentinel.model.train.forge import Job, Lesson, Start
    from sentinel.model.train.forge import forge as forged
    from sentinel.step.room import within_contract

    if (base is None) == (scratch is None):
        raise refuse("E-forge-start", "a model is trained from a base or from nothing, and from one of them.",
                     where=at.step, todo="Bind `base`, or say `scratch: {}`.")  # fmt: skip
    if base is None and train.method != FULL:
        raise refuse("E-forge-method", f"{train.method} adapts a base, and there is none.", where=at.step,
                     todo="Bind `base`, or say `train: {method: full}`.")  # fmt: skip
    try:
        rows = training(data.path)
    except (NotADataset, NotTrainable) as error:
        raise refuse("E-forge-rows", str(error), where=at.step, todo="See what made the dataset.") from error
    if rows.lacking:
        at.say(f"{rows.lacking} rows of the train side lack a text or a label, and are left out")
    if not rows.rows:
        raise NothingTrained("the dataset has no row on the train side")
    line = (at.reads or {}).get("line") or {}
    train = within_contract(train, line, at.step)
    prompt = from_json(Prompt, line["prompt"]) if "prompt" in line else Prompt(after="\nAnswer:")
    start = Start(base.path if base else None, base.digest if base else None, scratch)
    lesson = Lesson(rows.form, rows.rows, rows.digests, rows.labels, rows.texts)
    has_adapter = forged(Job(start, lesson, prompt, train, at.out, at.seed, prune), at)
    return Forged(Model.made(at.out / "model"), Adapter.made(at.out / "adapter") if has_adapter else None)
