"""A training's state on disk and back: after a kill the next step is the one that would have come anyway."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json

WEIGHTS, BEST, INSIDE, DIARY = "weights.safetensors", "best.safetensors", "inside.pt", "diary.json"


def trainable(model: Any) -> dict[str, Any]:
    """The parameters that are trained, by name, each once."""
    return {name: each for name, each in model.named_parameters() if each.requires_grad}


def copied(model: Any) -> dict[str, Any]:
    """A copy of them as they are now."""
    return {name: each.detach().to("cpu", copy=True) for name, each in trainable(model).items()}


def put_back(model: Any, held: Mapping[str, Any]) -> None:
    """Give a model the parameters that it had."""
    import torch

    with torch.no_grad():
        for name, each in trainable(model).items():
            each.copy_(held[name])


def write(folder: Path, model: Any, inside: Mapping[str, Any], best: Mapping[str, Any] | None, diary: Json) -> None:
    """Put all of a training into a folder; `inside` is what the optimiser and the schedule hold."""
    import torch
    from safetensors.torch import save_file

    save_file({name: each.contiguous() for name, each in copied(model).items()}, folder / WEIGHTS)
    if best is not None:
        save_file(dict(best), folder / BEST)
    torch.save({**inside, "chance": _chance()}, folder / INSIDE)
    (folder / DIARY).write_text(json.dumps(diary), encoding="utf-8")


def weights(folder: Path) -> dict[str, Any]:
    """The parameters of a checkpoint."""
    from safetensors.torch import load_file

    return dict(load_file(folder / WEIGHTS))


def best(folder: Path) -> dict[str, Any] | None:
    """The best parameters so far, where they were kept."""
    from safetensors.torch import load_file

    return dict(load_file(folder / BEST)) if (folder / BEST).exists() else None


def inside(folder: Path) -> dict[str, Any]:
    """What the optimiser and the schedule held."""
    import torch

    # tensors and plain values alone; and the folder is whole: whoever gave it has held it against its digest
    held: dict[str, Any] = torch.load(folder / INSIDE, map_location="cpu", weights_only=True)
    return held


def diary(folder: Path) -> Json:
    """What had been written down."""
    return json.loads((folder / DIARY).read_bytes())


def restore_chance(held: Mapping[str, Any]) -> None:
    """Set every source of chance to where it was."""
    import numpy as np
    import torch

    version, state, gauss = held["python"]
    random.setstate((version, tuple(state), gauss))
    name, keys, *rest = held["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), *rest))
    torch.set_rng_state(held["torch"])
    if held["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(held["cuda"])


def _chance() -> dict[str, Any]:
    import numpy as np
    import torch

    version, state, gauss = random.getstate()
    name, keys, *rest = np.random.get_state(legacy=True)
    return {
        "python": [version, list(state), gauss], "numpy": [name, np.asarray(keys).tolist(), *rest],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }  # fmt: skip
