"""Memory of a training and of a load, known before either: from the model's sizes and the settings alone.

What a step keeps for its way back is counted tensor by tensor, as transformers' llama keeps it; the rest is counted
by parameters. Held against measured peaks by `bench.memory_fit`, and tensor by tensor in the tests.
"""

from dataclasses import dataclass, replace

from sentinel.contract.training import DORA, FULL
from sentinel.model.shape import Shape

MIB = 2**20
IMPORTED = 515 * MIB
"""An interpreter that has imported torch, transformers, peft and accelerate, and has begun to train."""
SHARED = 150 * MIB
"""What of that lies in pages of libraries, which processes beside each other hold together."""
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
_LOOKED_AT, _LEARNED, _DISTILLED = 2, 3, 6
"""Times the logits lie there: they and their logarithms; on the way back their gradient; with a teacher, its own."""
_KINDS = 3
"""Smaller models that are held beside each other while it is chosen what to cut: one for each kind of cut."""


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
    baseline: int = IMPORTED, look: Batch | None = None, processes: int = 1, teacher: bool = False,
) -> Memory:  # fmt: skip
    """A training on the CPU in 32 bits or, in sums alone, bf16. `parameters` where they are known better than here.

    `batch` is what one of the `processes` learns from at once, `look` what it looks at; the parts are of all of them.
    """
    weights = 4 * (parameters or shape.parameters)
    adapter = 4 * shape.adapter(rank) if method != FULL else 0
    trained = adapter or weights
    half = precision == "bf16"
    kept = activations(shape, batch, method=method, rank=rank, dropout=dropout, half=half, attention=attention)
    if checkpointing:
        kept = kept // max(1, shape.layers) + 4 * shape.layers * batch.places * shape.hidden
    logits = (_DISTILLED if teacher else _LEARNED) * 4 * batch.learned * shape.vocabulary
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
    passing = sum(learning[name] for name in ("step", "embeddings", "logits"))
    parts = {
        "weights": weights, **learning, "tried": max(0, tried - sum(learning.values())),
        # a look comes when a step's activations and gradients have gone
        "look": max(0, (_looked(shape, look) if look is not None else 0) - passing),
        "teacher": weights if teacher else 0, "buckets": trained if processes > 1 else 0,
    }  # fmt: skip
    alone = {"baseline": baseline + A_TOKEN * shape.vocabulary}
    if processes == 1:
        return Memory(alone | parts)
    # the process that started the others waits beside them, with libraries of its own
    more = processes * (alone["baseline"] - SHARED)
    return Memory({"baseline": alone["baseline"] + more} | {name: processes * each for name, each in parts.items()})


def pruning(
    shape: Shape, batch: Batch, calibration: Batch, *, distil: bool, baseline: int = IMPORTED, processes: int = 1,
    precision: str = "fp32",
) -> Memory:  # fmt: skip
    """Cutting and healing, whichever takes more: a teacher, and the smaller models that a cut is chosen from."""
    healing = training(shape, batch, precision=precision, baseline=baseline, processes=processes, teacher=distil)
    weights = 4 * shape.parameters
    measured = weights + _spread(shape, calibration, activations(shape, calibration), half=False)
    measured += _LEARNED * 4 * calibration.places * shape.vocabulary
    cutting = training(shape, Batch(0, 0, 0), baseline=baseline, processes=processes).parts | dict.fromkeys(
        ("optimizer", "step", "embeddings", "logits", "buckets"), 0
    )
    cutting |= {
        "teacher": processes * weights if distil else 0,
        # the last smaller model is made when what was measured for it has gone
        "cuts": processes * max(_KINDS * weights, (_KINDS - 1) * weights + measured),
    }  # fmt: skip
    return max(healing, Memory(cutting), key=lambda each: each.total)


def _looked(shape: Shape, look: Batch) -> int:
    """A look keeps nothing for a way back: what one layer makes, and the logits."""
    return _spread(shape, look, activations(replace(shape, layers=1), look), half=False) + (
        _LOOKED_AT * 4 * look.learned * shape.vocabulary
    )


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
