"""A GGUF file back as the weights of a Model folder: what is scored is then what is in the file, quantised and all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sentinel.domain.refusal import Refused, refuse
from sentinel.model.gguf.shape import ARCHITECTURE, Shape
from sentinel.model.gguf.tensors import Weights, tensors_of, unpaired

_NUMBERS = {
    "block_count": "layers", "embedding_length": "hidden", "feed_forward_length": "inner",
    "attention.head_count": "heads", "attention.head_count_kv": "groups", "attention.key_length": "head",
    "context_length": "context", "vocab_size": "vocabulary",
}  # fmt: skip


def read_gguf(file: Path, shape: Shape) -> Iterator[tuple[str, Weights]]:
    """Each tensor of a file by its name in safetensors. Refused where the file is not of a llama of this shape."""
    from gguf import GGUFReader, dequantize

    try:
        reader = GGUFReader(file)
        held = {tensor.name: tensor for tensor in reader.tensors}
        faults = [*_faults(reader, shape), *_missing(held, shape)]
    except (OSError, ValueError, KeyError, IndexError, OverflowError, MemoryError) as error:
        raise _refused(file, [f"It is no GGUF file that can be read: {type(error).__name__}."]) from error
    if faults:
        raise _refused(file, faults)
    for each in tensors_of(shape):
        found = held[f"{each.gguf}.weight"]
        weights = np.asarray(dequantize(found.data, found.tensor_type), np.float32).reshape(each.shape)
        yield f"{each.name}.weight", unpaired(weights, each.heads) if each.heads else weights


def _faults(reader: Any, shape: Shape) -> list[str]:
    architecture = _value(reader, "general.architecture")
    if architecture != ARCHITECTURE:
        return [f"It is of the architecture {architecture}, and {ARCHITECTURE} is read."]
    told = {name: _value(reader, f"{ARCHITECTURE}.{key}") for key, name in _NUMBERS.items()}
    return [
        f"It says {name} is {value}, and the configuration beside it {getattr(shape, name)}."
        for name, value in told.items() if value != getattr(shape, name)
    ]  # fmt: skip


def _missing(held: dict[str, Any], shape: Shape) -> list[str]:
    wanted = {f"{each.gguf}.weight": each.shape for each in tensors_of(shape)}
    faults = [f"It lacks {name}." for name in wanted if name not in held]
    return faults + [
        f"{name} has another shape." for name, size in wanted.items()
        if name in held and tuple(int(each) for each in reversed(held[name].shape)) != size
    ]  # fmt: skip


def _value(reader: Any, key: str) -> Any:
    field = reader.get_field(key)
    return field.contents() if field is not None else None


def _refused(file: Path, faults: list[str]) -> Refused:
    return refuse("E-gguf-read", " ".join(faults[:5]), where=file.name, todo="Package the model again.")
