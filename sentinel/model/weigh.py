"""How many numbers a model is made of, from the headers of its files alone."""

import json
import math
import struct
from pathlib import Path

from sentinel.domain.refusal import refuse

_LARGEST_HEADER = 2**26


def parameters_of(model: Path) -> int:
    """The numbers in all weights of a Model folder; what is shared between layers stands once."""
    return sum(_numbers(file) for file in sorted(model.glob("*.safetensors")))


def _numbers(file: Path) -> int:
    try:
        with file.open("rb") as opened:
            (size,) = struct.unpack("<Q", opened.read(8))
            if size > _LARGEST_HEADER:
                raise ValueError("its header is too large")
            header = json.loads(opened.read(size))
        return sum(math.prod(each["shape"]) for name, each in header.items() if name != "__metadata__")
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise refuse("E-model-read", f"{file.name} is no safetensors file that can be read.", where=file.name,
                     todo="Take the model from where it was made once more.") from error  # fmt: skip
