"""Where each tensor of a safetensors file lies, from its header alone, which is believed in nothing."""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.domain.refusal import Refused, refuse

WIDTHS = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8, "C64": 8,
}  # fmt: skip
"""The bytes of one number of each kind; what is kept in less than a byte is refused with all else that is not known."""
FLOATS = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
"""The kinds that are folded, each by its name in torch."""
_LENGTH = 8
_LARGEST_HEADER = 100 * 2**20
_META = "__metadata__"


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a file: what it is, and which bytes are its own."""

    path: Path
    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int

    def read(self, part: slice | None = None) -> Any:
        """Its numbers in 32 bits, or those of some of its rows."""
        import torch

        rows, width = (self.shape[0], (self.end - self.start) // max(1, self.shape[0])) if self.shape else (1, 0)
        first, last = (part.start, part.stop) if part is not None else (0, rows)
        held = bytearray((last - first) * width if self.shape else self.end - self.start)
        with self.path.open("rb", buffering=0) as file:
            fill(file.fileno(), memoryview(held), self.start + first * width, self.path.name)
        shape = (last - first, *self.shape[1:]) if self.shape else ()
        if not held:
            return torch.empty(shape)
        return torch.frombuffer(held, dtype=getattr(torch, FLOATS[self.dtype])).view(shape).float()


@dataclass(frozen=True, slots=True)
class Layout:
    """A file: its length, and its tensors in the order in which they lie."""

    path: Path
    size: int
    tensors: tuple[Tensor, ...]


def layout_of(path: Path) -> Layout:
    """The layout of a file. Refused where its header is no header, or where tensors overlap, leave gaps or overrun."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            length = int.from_bytes(file.read(_LENGTH), "little")
            if size < _LENGTH or length > min(_LARGEST_HEADER, size - _LENGTH):
                raise torn(path, "it says that its header is longer than it can be")
            told = json.loads(file.read(length), object_pairs_hook=_each_once)
    except OSError as error:
        raise torn(path, error.strerror or type(error).__name__) from error
    except (ValueError, RecursionError) as error:
        raise torn(path, "its header is no JSON, or names a tensor twice") from error
    if not isinstance(told, dict):
        raise torn(path, "its header is no JSON object")
    begins = _LENGTH + length
    found = sorted((_tensor(path, begins, name, held) for name, held in told.items() if name != _META),
                   key=lambda each: (each.start, each.end))  # fmt: skip
    at = begins
    for each in found:
        if each.start != at:
            raise torn(path, f"{shown(each.name)} overlaps the tensor before it, or leaves a gap")
        at = each.end
    if at != size:
        raise torn(path, f"its tensors end at byte {at}, and the file at {size}")
    return Layout(path, size, tuple(found))


def fill(handle: int, into: memoryview, start: int, name: str) -> None:
    """Read exactly these bytes. Refused where the file ends before."""
    while len(into):
        got = os.preadv(handle, [into], start)
        if not got:
            raise ended(name)
        into, start = into[got:], start + got


def all_finite(values: Any) -> bool:
    """Whether these are all numbers. What is none, or is huge, shows in the sum of the squares, which costs less than
    to look at each.
    """
    import torch

    if values.is_contiguous() and math.isfinite(float(torch.dot(values.view(-1), values.view(-1)))):
        return True
    return bool(values.isfinite().all())


def ended(name: str) -> Refused:
    """The refusal of a file that somebody cuts off."""
    return refuse("E-fold-file", "it ended while it was read.", where=name, todo="See who writes it.")


def torn(path: Path, why: str) -> Refused:
    """The refusal of a file that is no safetensors."""
    return refuse("E-fold-file", f"it cannot be read as safetensors: {why}.", where=path.name,
                  todo="Save it again as safetensors.")  # fmt: skip


def shown(name: str) -> str:
    """A name that others wrote, short and on one line."""
    bare = "".join(each if each.isprintable() else "�" for each in name)
    return bare if len(bare) <= 120 else f"{bare[:120]}…"


def _tensor(path: Path, begins: int, name: str, held: Any) -> Tensor:
    try:
        dtype, shape, (start, end) = held["dtype"], tuple(held["shape"]), held["data_offsets"]
        whole = all(type(each) is int and each >= 0 for each in (*shape, start, end))
    except (TypeError, KeyError, ValueError):
        raise torn(path, f"what it says of {shown(name)} is no tensor") from None
    if not whole or not isinstance(dtype, str) or dtype not in WIDTHS or len(shape) > 16:
        raise torn(path, f"what it says of {shown(name)} is no tensor of a kind that is known")
    if end - start != WIDTHS[dtype] * math.prod(shape):
        raise torn(path, f"{shown(name)} has not as many bytes as its shape takes")
    return Tensor(path, name, dtype, shape, begins + start, begins + end)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a name is there twice")
    return held
