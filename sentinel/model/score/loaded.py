"""A model as it is scored: its weights, its tokenizer and its task, where it computes, and how much at once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.domain.refusal import refuse
from sentinel.domain.task import Task
from sentinel.model.base import TRAINING

_ADAPTER = "adapter_model.safetensors"
_LOGITS = 2**28
"""Bytes of logits that are made at once: for each token that is judged a number for each that there is."""
_ENDLESS = 2**20
"""A tokenizer that knows of no longest input names a number larger than any."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that a scorer needs of a model."""

    model: Any
    words: Any
    task: Task
    batch: int = 16
    device: str = "cpu"
    taught: int | None = None
    """Tokens that a row had in its training, where the model says."""

    @property
    def longest(self) -> int:
        """How many tokens it can look at."""
        config = self.model.config
        told = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None) or _ENDLESS
        return int(min(told, self.words.model_max_length or _ENDLESS))

    @property
    def judged(self) -> int:
        """How many tokens may be judged at once: at a large vocabulary their logits are the most that there is."""
        return max(1, _LOGITS // (4 * int(self.model.get_output_embeddings().weight.shape[0])))

    @property
    def room(self) -> int:
        """How many tokens a row has, prompt and answer: as many as it had in training."""
        return min(self.taught or self.longest, self.longest)


def load(
    folder: Path, words: Any, task: Task, adapters: Sequence[Path] = (), *, dtype: str = "float32", batch: int = 16,
    gpu: bool = False,
) -> Loaded:  # fmt: skip
    """The weights of a folder with adapters upon them, ready to be asked."""
    from sentinel.model import base

    model, _ = base.load(folder, dtype)
    if adapters:
        model = adapted(model, adapters)
    device = "cuda" if gpu else "cpu"
    model.to(device)
    model.eval()
    return Loaded(model, words, task, batch, device, _taught(folder))


def _taught(folder: Path) -> int | None:
    """The room that a row had in the model's training."""
    try:
        found = json.loads((folder / TRAINING).read_bytes())["room"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, int) and found > 0 else None


def adapted(model: Any, adapters: Sequence[Path], weights: Sequence[float] = ()) -> Any:
    """The model with these adapters upon it, each at its weight where weights are told."""
    from peft import PeftModel

    for folder in adapters:
        if not (folder / _ADAPTER).is_file():
            raise refuse("E-adapter-read", f"the adapter has no {_ADAPTER}.", where=folder.name,
                         todo="Save it as safetensors: nothing else is read.")  # fmt: skip
    names = [f"adapter-{number}" for number in range(len(adapters))]
    try:
        worn: Any = PeftModel.from_pretrained(model, adapters[0], names[0])
        for name, folder in zip(names[1:], adapters[1:], strict=True):
            worn.load_adapter(folder, name)
        worn.base_model.set_adapter(names)
        for name, weight in zip(names, weights, strict=False):
            for module in worn.modules() if weight != 1 else ():
                if hasattr(module, "set_scale"):
                    module.set_scale(name, weight)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        gist = " ".join(str(error).split())[:160] or type(error).__name__
        raise refuse("E-adapter-read", f"the adapter does not go with this model: {gist}.",
                     todo="Bind the model that it was trained on.") from error  # fmt: skip
    return worn
