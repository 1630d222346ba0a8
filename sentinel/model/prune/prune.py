"""Pruning: cut a little, heal, and again, until the model is as small as was asked for.

What is cut is gone from the weights, so no later training and no merge can bring it back; that it is, is asserted on
the file. A kill in the middle costs what came after the last checkpoint: each says how far the cuts were by then.
"""

import json
import time
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
from sentinel.model.train import state
from sentinel.model.train.learn import ALONE, Attempt, Team, learn
from sentinel.model.train.loop import Teacher
from sentinel.model.train.plan import rate
from sentinel.model.train.spent import Spent

STAGE, CONFIG, FROZEN = "stage.json", "config.json", "frozen.safetensors"
AT_ONCE = 8
GENTLE = 3.0


@dataclass(frozen=True, slots=True)
class Healing:
    """What healing took after a cycle's cuts, what ended it, and the loss on the calibration rows after it."""

    steps: int
    tokens: int
    ended_by: str
    loss: float

    @property
    def told(self) -> str:
        """The healing in one line."""
        cap = f", ended by {self.ended_by} after {self.steps} steps" if self.ended_by.startswith("budget.") else ""
        return f"loss {self.loss:.3f}{cap}"


@dataclass(slots=True)
class Pruning:
    """How far a pruning is, and what it did."""

    settings: Prune
    whole: int
    """The weights that there were."""
    first: Shape
    cuts: list[Cut] = field(default_factory=list)
    healed: list[Healing] = field(default_factory=list)
    """One for each cycle that is over."""
    spent: Spent = field(default_factory=Spent)
    """What cutting and healing took of the training's budget."""

    @property
    def record(self) -> Json:
        """What `training.json` says of it."""
        return {
            "asked": self.settings.parameters, "parameters": self.whole,
            "left": self.cuts[-1].parameters if self.cuts else self.whole,
            "cuts": [
                {**asdict(cut), "before": round(cut.before, 5), "after": round(cut.after, 5)} for cut in self.cuts
            ],
            "healed": [{**asdict(each), "loss": round(each.loss, 5)} for each in self.healed],
        }  # fmt: skip

    @property
    def kept(self) -> Json:
        """What a checkpoint keeps."""
        cuts, healed = [asdict(cut) for cut in self.cuts], [asdict(each) for each in self.healed]
        return {"cuts": cuts, "healed": healed, "spent": asdict(self.spent)}

    def go_on(self, kept: Json) -> None:
        """Be as far as at a checkpoint."""
        self.cuts = [Cut(**each) for each in kept["cuts"]]
        self.healed = [Healing(**each) for each in kept["healed"]]
        self.spent = Spent(**kept["spent"])

    def left(self, train: Train) -> Budget:
        """What is left of the training's budget."""
        import torch

        return self.spent.left(train.budget, train.processes * torch.cuda.is_available())


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
        return found if found is not None and stage_of(found)["stage"] == self.stage else None

    def progress(self, done: float, total: float | None = None, **figures: float | str) -> None:
        """Tell how far it is."""
        self.at.progress(done, total, stage=self.stage, **figures)

    def say(self, text: str) -> None:
        """Tell a person a line."""
        self.at.say(text)

    def alarm(self, text: str) -> None:
        """Tell a person a line that cannot wait."""
        self.at.alarm(text)

    @contextmanager
    def save_checkpoint(self) -> Iterator[Path]:
        """A checkpoint with what it takes to make the model of this stage again."""
        with self.at.save_checkpoint() as folder:
            yield folder
            (folder / STAGE).write_text(json.dumps({"stage": self.stage, **self.pruning.kept}))
            self.model.config.to_json_file(folder / CONFIG, use_diff=False)
            frozen = _frozen(self.model)
            if frozen:
                from safetensors.torch import save_file

                save_file(frozen, folder / FROZEN)


def stage_of(checkpoint: Path) -> Json:
    """How far it was at a checkpoint."""
    return json.loads((checkpoint / STAGE).read_bytes())


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
        then = stage_of(at.checkpoint)
        done = then["stage"]
        pruning.go_on(then)
        model = _as_it_was(model, at.checkpoint)
    for cycle in range(max(done, 1), settings.cycles + 1):
        if cycle != done:
            began = time.monotonic()
            model = _cut(model, batches, pruning, at, share=settings.parameters * cycle / settings.cycles)
            pruning.spent = pruning.spent.more(seconds=time.monotonic() - began)
        stage = Staged(at, cycle, model, pruning)
        model = _heal(stage, rows, batches, train, seed=seed + cycle, fill=fill, teacher=teacher, team=team)
        at.say(f"cycle {cycle} of {settings.cycles} is healed: {pruning.healed[-1].told}")
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


def _heal(
    at: Staged, rows: Sequence[Sample], batches: Sequence[Batch], train: Train, *, seed: int, fill: int,
    teacher: Teacher | None, team: Team,
) -> Any:  # fmt: skip
    """The model after a cycle's cuts, healed within what is left of the budget; taken down in the pruning."""
    began, before, pruning = time.monotonic(), _seconds(at.checkpoint), at.pruning
    settings = _healing(pruning, train, at.model)
    model, told = learn(at.model, rows, (), settings, at, seed=seed, fill=fill, teacher=teacher, team=team)
    model.eval()
    steps, tokens = told["steps"], told["tokens"]
    pruning.healed.append(Healing(steps, tokens, told["ended_by"], loss_of(model, batches)))
    pruning.spent = pruning.spent.more(steps=steps, tokens=tokens, seconds=before + time.monotonic() - began)
    return model


def _seconds(checkpoint: Path | None) -> float:
    """What a stage had taken before it was cut off."""
    return float(state.diary(checkpoint)["seconds"]) if checkpoint is not None else 0.0


def _healing(pruning: Pruning, train: Train, model: Any) -> Train:
    settings = pruning.settings
    gentle = rate(train.model_copy(update={"method": "full"}), model.config.hidden_size) / GENTLE
    return train.model_copy(update={
        "method": "full", "steps": settings.heal, "lr": settings.lr if settings.lr is not None else gentle,
        "early_stop": None, "held_out": 0.0, "budget": pruning.left(train),
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
