"""Memory of a training and of a load, known before either: from the model's sizes and the settings alone.

What a step keeps for its way back is counted tensor by tensor, as transformers' llama keeps it; the rest is counted
by parameters. Held against measured peaks by `bench.memory_fit`, and tensor by tensor in the tests.
"""

from dataclasses import dataclass

from sentinel.contract.training import DORA, FULL
from sentinel.model.shape import Shape

MIB = 2**20
IMPORTED = 515 * MIB
"""An interpreter that has imported torch, transformers, peft and accelerate, and has begun to train."""
A_TOKEN = 1024
"""What a tokenizer takes for each token that it knows."""
APART = 1.75
"""What comes and goes with each batch leaves holes that the next, of another width, does not fill: so many times what
lives, as measured."""
WHOLE = 32 * MIB
"""Tensors of this size and more get pages of their own from the C library, and leave no holes."""
_BYTES = {"float32": 4, "fp32": 4, "bfloat16": 2, "bf16": 2, "float16": 2, "fp16": 2}
_TRIED = 4
"""Rows on which bf16 is tried."""
_LOGITS = 2
"""The logits, and their logarithms that the loss keeps."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is held at the peak, in bytes, part by part."""

    parts: dict[str, int]

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Batch:
    """The largest batch that is learned from at once: where rows lie, padding included, and what is learned there."""

    rows: int
    width: int
    learned: int
    packed: bool = False
    """Whether several rows lie in one, kept apart by a mask."""

    @property
    def places(self) -> int:
        """Tokens, padding included."""
        return self.rows * self.width


def training(
    shape: Shape, batch: Batch, *, method: str = FULL, rank: int = 16, dropout: bool = False, precision: str = "fp32",
    attention: str = "sdpa", checkpointing: bool = False, keeps_best: bool = False, parameters: int | None = None,
    baseline: int = IMPORTED,
) -> Memory:  # fmt: skip
    """A training on the CPU in 32 bits or, in sums alone, bf16. `parameters` where they are known better than here."""
    weights = 4 * (parameters or shape.parameters)
    adapter = 4 * shape.adapter(rank) if method != FULL else 0
    trained = adapter or weights
    half = precision == "bf16"
    kept = activations(shape, batch, method=method, rank=rank, dropout=dropout, half=half, attention=attention)
    if checkpointing:
        kept = kept // max(1, shape.layers) + 4 * shape.layers * batch.places * shape.hidden
    logits = _LOGITS * 4 * batch.learned * shape.vocabulary
    copies = (2 * shape.linear if half else 0) + (4 * shape.linear if method == DORA else 0)
    learning = {
        "adapter": adapter,
        "optimizer": 2 * trained,
        "best": trained if keeps_best else 0,
        "copies": copies,
        # as the way back goes on, gradients come where activations go
        "step": max(_spread(shape, batch, kept, half), round(APART * trained)),
        # what both ends of a tied table ask of it, until they are one
        "embeddings": 4 * shape.embeddings if method == FULL else 0,
        "logits": logits,
    }
    tried = _tried(shape, batch, weights) if half and method != FULL else 0
    return Memory({
        "baseline": baseline + A_TOKEN * shape.vocabulary, "weights": weights, **learning,
        "tried": max(0, tried - sum(learning.values())),
    })  # fmt: skip


def _tried(shape: Shape, batch: Batch, weights: int) -> int:
    """bf16 is tried on a few rows before an adapter is put on, and so with gradients for all of the model."""
    few = Batch(min(_TRIED, batch.rows), batch.width, 0)
    return weights + 2 * shape.linear + activations(shape, few, half=True)


def _spread(shape: Shape, batch: Batch, kept: int, half: bool) -> int:
    """What activations take, with the holes between them: the MLP's tensors are the largest, and may leave none."""
    size = 2 if half else 4
    largest = batch.places * shape.mlp * size
    whole = (4 if shape.gated else 2) * shape.layers * largest if largest >= WHOLE else 0
    if batch.places * shape.hidden * size >= WHOLE:
        whole = kept
    return round(whole + APART * max(0, kept - whole))


def loading(
    shape: Shape, *, dtype: str = "float32", stored: str | None = None, parameters: int | None = None,
    baseline: int = IMPORTED,
) -> Memory:  # fmt: skip
    """A model that is loaded and run. Weights stored in another type are read beside what they become."""
    count = parameters or shape.parameters
    read = count * _BYTES[stored] if stored is not None and _BYTES[stored] != _BYTES[dtype] else 0
    return Memory({
        "baseline": baseline + A_TOKEN * shape.vocabulary, "weights": count * _BYTES[dtype], "read": read,
    })  # fmt: skip


def activations(
    shape: Shape, batch: Batch, *, method: str = FULL, rank: int = 16, dropout: bool = False, half: bool = False,
    attention: str = "sdpa",
) -> int:  # fmt: skip
    """Bytes that all layers keep of a batch for the way back: what stays in 32 bits, and what bf16 halves."""
    wide, queries, mlp = shape.hidden, shape.queries, shape.mlp
    # a mask, or attention that is written out, has every head its own keys and values
    keys = queries if batch.packed or attention != "sdpa" else shape.keys
    inputs = 3 * wide + queries + (2 if shape.gated else 1) * wide + mlp
    """What goes into each linear layer, one after the other."""
    whole = 2 * wide + 2 + (batch.width if batch.packed else 0)
    if method == FULL:
        whole += 2 * wide
    # one norm's output is kept once for the layers that read it; in bf16 each of them makes its own copy
    read = (3 + (2 if shape.gated else 1)) * wide if half else 2 * wide
    halved = read + queries + 2 * keys + queries + (4 if shape.gated else 2) * mlp
    if attention != "sdpa":
        halved += shape.heads * batch.width
    else:
        whole += shape.heads
    if method != FULL:
        halved += rank * (7 if shape.gated else 6)
        if dropout:
            halved += 2 * inputs - (2 * wide + mlp)
        if method == DORA:
            halved += 2 * (queries + 2 * shape.keys + 2 * wide + (2 if shape.gated else 1) * mlp)
    return shape.layers * batch.places * (4 * whole + (2 if half else 4) * halved)
