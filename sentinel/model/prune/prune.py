"""Pruning: cut a little, heal, and again, until the model is as small as was asked for.

What is cut is gone from the weights, so no later training and no merge can bring it back; that it is, is asserted on
the file. A kill in the middle costs what came after the last checkpoint: each says how far the cuts were by then.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sentinel.contract.training import Budget, Prune, Train
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.model.batches import NOTHING, padded
from sentinel.model.prune.choose import Cut, next_cut
from sentinel.model.prune.measure import Batch, loss_of
from sentinel.model.prune.shape import Shape, layers_of, parameters, shape_of
from sentinel.model.tokens import Sample
from sentinel.model.train.learn import ALONE, Attempt, Team, learn
from sentinel.model.train.loop import Teacher
from sentinel.model.train.plan import rate

STAGE, CONFIG, FROZEN = "stage.json", "config.json", "frozen.safetensors"
AT_ONCE = 8
GENTLE = 3.0


@dataclass(slots=True)
class Pruning:
    """How far a pruning is, and what it did."""

    settings: Prune
    whole: int
    """The weights that there were."""
    first: Shape
    cuts: list[Cut] = field(default_factory=list)
    healed: list[float] = field(default_factory=list)
    """After each cycle the loss on the calibration rows."""

    @property
    def record(self) -> Json:
        """What `training.json` says of it."""
        return {
            "asked": self.settings.parameters, "parameters": self.whole,
            "left": self.cuts[-1].parameters if self.cuts else self.whole,
            "cuts": [
                {**asdict(cut), "before": round(cut.before, 5), "after": round(cut.after, 5)} for cut in self.cuts
            ],
            "healed": [round(loss, 5) for loss in self.healed],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Staged:
    """The attempt as one stage of it sees it: only checkpoints of this stage are its own, and each says the stage."""

    at: Attempt
    stage: int
    model: Any
    pruning: Pruning

    @property
    def checkpoint(self) -> Path | None:
        """What this stage goes on from."""
        found = self.at.checkpoint
        return found if found is not None and stage_of(found)[0] == self.stage else None

    def progress(self, done: float, total: float | None = None, **figures: float | str) -> None:
        """Tell how far it is."""
        self.at.progress(done, total, stage=self.stage, **figures)

    def say(self, text: str) -> None:
        """Tell a person a line."""
        self.at.say(text)

    @contextmanager
    def save_checkpoint(self) -> Iterator[Path]:
        """A checkpoint with what it takes to make the model of this stage again."""
        with self.at.save_checkpoint() as folder:
            yield folder
            cuts, healed = [asdict(cut) for cut in self.pruning.cuts], self.pruning.healed
            (folder / STAGE).write_text(json.dumps({"stage": self.stage, "cuts": cuts, "healed": healed}))
            self.model.config.to_json_file(folder / CONFIG, use_diff=False)
            frozen = _frozen(self.model)
            if frozen:
                from safetensors.torch import save_file

                save_file(frozen, folder / FROZEN)


def stage_of(checkpoint: Path) -> tuple[int, list[Cut], list[float]]:
    """How far the cuts were at a checkpoint."""
    told = json.loads((checkpoint / STAGE).read_bytes())
    return told["stage"], [Cut(**each) for each in told["cuts"]], told["healed"]


def pruned(
    model: Any, samples: Sequence[Sample], settings: Prune, train: Train, at: Attempt, *, seed: int, fill: int,
    team: Team = ALONE,
) -> tuple[Any, Staged]:  # fmt: skip
    """The smaller, healed model, and the attempt as what comes after sees it."""
    pruning = Pruning(settings, parameters(model), shape_of(model))
    teacher = Teacher(model, settings.distil) if settings.distil > 0 else None
    rows = _counted(samples, settings)
    batches = calibration(rows, settings.calibration, fill)
    done = 0
    if at.checkpoint is not None:
        done, pruning.cuts, pruning.healed = stage_of(at.checkpoint)
        model = _as_it_was(model, at.checkpoint)
    for cycle in range(max(done, 1), settings.cycles + 1):
        if cycle != done:
            model = _cut(model, batches, pruning, at, share=settings.parameters * cycle / settings.cycles)
        stage = Staged(at, cycle, model, pruning)
        model, _ = learn(model, rows, (), _healing(settings, train, model), stage, seed=seed + cycle, fill=fill,
                         teacher=teacher, team=team)  # fmt: skip
        model.eval()
        pruning.healed.append(loss_of(model, batches))
        at.say(f"cycle {cycle} of {settings.cycles} is healed: loss {pruning.healed[-1]:.3f}")
    return model, Staged(at, settings.cycles + 1, model, pruning)


def calibration(samples: Sequence[Sample], count: int, fill: int) -> list[Batch]:
    """Rows spread evenly over all, as batches of like length."""
    import torch

    step = max(1, len(samples) // count)
    chosen = sorted(samples[::step][:count], key=lambda each: len(each.ids))
    found = []
    for start in range(0, len(chosen), AT_ONCE):
        rows = chosen[start : start + AT_ONCE]
        held = padded(rows, fill)
        there = torch.zeros(held["input_ids"].shape, dtype=torch.long)
        for place, each in enumerate(rows):
            there[place, : len(each.ids)] = 1
        ids, targets = torch.from_numpy(held["input_ids"]), torch.from_numpy(held["targets"])
        labels = torch.cat([torch.full_like(ids[:, :1], NOTHING), targets[:, :-1]], dim=1)
        found.append(Batch(ids, there, labels))
    return found


def assured(folder: Path, model: Any) -> None:
    """Assert on the file that what was cut is gone: pruned stays pruned."""
    from safetensors import safe_open

    shape, size = shape_of(model), layers_of(model)[0].self_attn.head_dim
    keys, queries = shape.groups * size, model.config.num_attention_heads * size
    wanted = {
        "mlp.gate_proj": (0, shape.width), "mlp.up_proj": (0, shape.width), "mlp.down_proj": (1, shape.width),
        "self_attn.k_proj": (0, keys), "self_attn.v_proj": (0, keys),
        "self_attn.q_proj": (0, queries), "self_attn.o_proj": (1, queries),
    }  # fmt: skip
    layers: set[int] = set()
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as held:
            for name in held.keys():  # noqa: SIM118 - no mapping
                if not name.startswith("model.layers."):
                    continue
                _, _, number, part = name.removesuffix(".weight").split(".", 3)
                layers.add(int(number))
                axis, left = wanted.get(part, (0, None))
                there = held.get_slice(name).get_shape()[axis]
                if left is not None and there != left:
                    raise AssertionError(f"{name} has {there} {'columns' if axis else 'rows'}, and {left} were left")
    if layers != set(range(shape.layers)):
        raise AssertionError(f"the file has {len(layers)} layers, and {shape.layers} were left")


def _cut(model: Any, batches: Sequence[Batch], pruning: Pruning, at: Attempt, share: float) -> Any:
    """Cut until the share of the weights that this cycle is for has gone."""
    goal = pruning.whole * (1 - share)
    while parameters(model) > goal:
        found = next_cut(model, batches, pruning.first, pruning.settings)
        if found is None:
            left = 1 - parameters(model) / pruning.whole
            raise refuse("E-prune-floors", f"the floors let {left:.0%} of the weights go, and "
                         f"{pruning.settings.parameters:.0%} were asked for.", where="prune",
                         todo="Lower `floors`, or ask for less.")  # fmt: skip
        model, cut = found
        pruning.cuts.append(cut)
        at.say(f"cut {cut.told}")
    return model


def _healing(settings: Prune, train: Train, model: Any) -> Train:
    gentle = rate(train.model_copy(update={"method": "full"}), model.config.hidden_size) / GENTLE
    return train.model_copy(update={
        "method": "full", "steps": settings.heal, "lr": settings.lr if settings.lr is not None else gentle,
        "early_stop": None, "held_out": 0.0, "budget": Budget(time=train.budget.time),
    })  # fmt: skip


def _counted(samples: Sequence[Sample], settings: Prune) -> Sequence[Sample]:
    if settings.tokens == "answers":
        return samples
    return [replace(each, counts=(True,) * len(each.ids)) for each in samples]


def _frozen(model: Any) -> dict[str, Any]:
    """What an adapter is trained for, by the names that it had before the adapter was put on."""
    held = {name: each for name, each in model.named_parameters() if not each.requires_grad}
    return {name.replace(".base_layer.", "."): each.detach().contiguous() for name, each in held.items()}


def _as_it_was(model: Any, checkpoint: Path) -> Any:
    """A model of the shape that it had at a checkpoint; its weights are put back by who goes on from there."""
    from safetensors.torch import load_file

    config = type(model.config).from_json_file(checkpoint / CONFIG)
    held = type(model)(config).to(model.dtype).eval()
    frozen = checkpoint / FROZEN
    if frozen.exists():
        held.load_state_dict(load_file(frozen), strict=False)
    return held
