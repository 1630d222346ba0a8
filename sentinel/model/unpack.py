"""A bundle back as a Model folder, with exactly the weights that were packed: what is delivered can be scored."""

import json
import shutil
from pathlib import Path
from typing import Any

from sentinel.domain.refusal import refuse
from sentinel.model.bundle import MANIFEST, PARITY, SOURCE, opened
from sentinel.model.pack import FILE
from sentinel.model.target import GGUF

_ROOM = 2_000_000_000
"""So many bytes of weights are one file."""


def unpack(bundle: Path, folder: Path) -> Path:
    """Write the model of a bundle to a folder. Refused where a byte is not what the manifest says."""
    manifest = opened(bundle)
    folder.mkdir(parents=True)
    inner = bundle / SOURCE if manifest["format"] == GGUF else bundle
    for path in sorted(inner.iterdir()):
        if path.is_file() and path.name not in (MANIFEST, PARITY):
            shutil.copyfile(path, folder / path.name)
    if manifest["format"] == GGUF:
        _weights(bundle / FILE, folder)
    return folder


def _weights(file: Path, folder: Path) -> None:
    """The weights of a GGUF file as they are after every scale is applied, in full precision."""
    from sentinel.model.gguf.read import read_gguf
    from sentinel.model.gguf.shape import shape_of

    if not file.is_file():
        raise refuse("E-bundle", f"there is no {FILE} in it.", where=file.parent.name, todo="Package the model again.")
    shards: list[list[str]] = []
    held: dict[str, Any] = {}
    for name, weights in read_gguf(file, shape_of(folder)):
        if held and sum(each.nbytes for each in held.values()) + weights.nbytes > _ROOM:
            shards.append(_save(held, folder, len(shards)))
            held = {}
        held[name] = weights
    shards.append(_save(held, folder, len(shards)))
    _index(shards, folder)
    config = json.loads((folder / "config.json").read_bytes())
    config["dtype"] = "float32"
    config.pop("torch_dtype", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _save(held: dict[str, Any], folder: Path, number: int) -> list[str]:
    import numpy as np
    from safetensors.numpy import save_file

    whole = {name: np.ascontiguousarray(weights) for name, weights in sorted(held.items())}
    save_file(whole, folder / _name(number), metadata={"format": "pt"})
    return sorted(held)


def _index(shards: list[list[str]], folder: Path) -> None:
    if len(shards) == 1:
        (folder / _name(0)).rename(folder / "model.safetensors")
        return
    weight_map = {name: _name(number) for number, names in enumerate(shards) for name in names}
    size = sum((folder / _name(number)).stat().st_size for number in range(len(shards)))
    text = json.dumps({"metadata": {"total_size": size}, "weight_map": weight_map}, indent=2, sort_keys=True)
    (folder / "model.safetensors.index.json").write_text(text + "\n", encoding="utf-8")


def _name(number: int) -> str:
    return f"model-{number + 1:05}.safetensors"
