"""What each tensor of a base gets from which adapter; all that keeps them from going together is told at once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentinel.domain.refusal import Refused, refuse
from sentinel.model.base import PICKLED
from sentinel.model.fold.adapter import DORA, Held, Low
from sentinel.model.fold.layout import FLOATS, Layout, Tensor, layout_of, shown

_READS = ("embed_tokens", "wte", "word_embeddings", "embed_in", "tok_embeddings")
"""What modules that read words are called; those that say them are below."""
_EMBEDS = (*_READS, "wpe", "embed_positions")
_SAYS = ("lm_head", "embed_out")
_TURNED = {"gpt2": ("c_attn", "c_proj", "c_fc", "q_attn"), "openai-gpt": ("c_attn", "c_proj", "c_fc")}
"""Families whose modules of these names keep their weights with the inputs first."""
_MOST = 8


@dataclass(frozen=True, slots=True)
class Term:
    """What one adapter does to one tensor: the product of two matrices, scaled, and for DoRA what norm it gets."""

    a: Tensor
    b: Tensor
    scaling: float
    magnitude: Tensor | None = None
    turned: bool = False
    """Whether the base keeps the tensor the other way round than the product comes out."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What one adapter adds to a bias."""

    bias: Tensor
    scaling: float
    dora: bool


@dataclass(frozen=True, slots=True)
class Touched:
    """A tensor of the base, and what is done to it, in order."""

    tensor: Tensor
    terms: tuple[Term, ...] = ()
    shifts: tuple[Shift, ...] = ()
    instead: Tensor | None = None
    """What takes its place, saved whole in an adapter."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every file of the base, and by name every tensor that is touched."""

    files: tuple[Layout, ...]
    touched: Mapping[str, Touched] = field(default_factory=dict)


def plan_of(base: Path, adapters: Sequence[Held], weights: Sequence[float], names: Sequence[str]) -> Plan:
    """What is to be done. Refused where the base cannot be folded into, or an adapter does not go with it."""
    config = _config(base)
    files = _files(base)
    held = {each.name: each for file in files for each in file.tensors}
    faults: list[str] = []
    touched: dict[str, Touched] = {}
    for adapter, weight, name in zip(adapters, weights, names, strict=True):
        wrong: list[str] = []
        for tensor, change in _Onto(config, held, adapter, weight, len(adapters)).changes(wrong):
            touched[tensor.name] = _joined(touched.get(tensor.name), tensor, change)
        faults += [f"{name}: {each}" for each in wrong]
    faults += [f"{each.tensor.name} gets biases of several adapters, one of them DoRA." for each in touched.values()
               if len(each.shifts) > 1 and any(shift.dora for shift in each.shifts)]  # fmt: skip
    if faults:
        more = f" And {len(faults) - _MOST} more." if len(faults) > _MOST else ""
        raise refuse("E-fold-fit", " ".join(faults[:_MOST]) + more, where=base.name,
                     todo="Bind the model that the adapters were trained on.")  # fmt: skip
    return Plan(files, touched)


def _config(base: Path) -> dict[str, Any]:
    names = sorted(each.name for each in base.iterdir() if each.is_file())
    pickled = [each for each in names if each.lower().endswith(PICKLED)]
    if pickled:
        raise refuse("E-model-pickle", f"{shown(pickled[0])} is a pickle, or may hold one, and a pickle can run code.",
                     where=base.name, todo="Save the model as safetensors, and leave the rest out.")  # fmt: skip
    try:
        config = json.loads((base / "config.json").read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _base_refused(base, f"config.json cannot be read: {type(error).__name__}.") from error
    if not isinstance(config, dict):
        raise _base_refused(base, "config.json is no JSON object.")
    if config.get("quantization_config") or config.get("compression_config"):
        raise _base_refused(base, "its weights are quantised, and an adapter is folded into whole ones only.",
                            "Fold into the base in 16 or 32 bits, and quantise that (`package`).")  # fmt: skip
    return config


def _files(base: Path) -> tuple[Layout, ...]:
    paths = sorted(each for each in base.iterdir() if each.is_file() and each.suffix == ".safetensors")
    if not paths:
        raise _base_refused(base, "there are no weights as safetensors.")
    files = tuple(map(layout_of, paths))
    names: set[str] = set()
    for file in files:
        for each in file.tensors:
            if each.name in names:
                raise _base_refused(base, f"{shown(each.name)} lies in two of its files.")
            names.add(each.name)
    return files


def _base_refused(base: Path, why: str, todo: str = "Bring the whole checkpoint, as safetensors.") -> Refused:
    return refuse("E-fold-base", f"nothing can be folded into this base: {why}", where=base.name, todo=todo)


def _joined(before: Touched | None, tensor: Tensor, change: Term | Shift | Tensor) -> Touched:
    known = before or Touched(tensor)
    if isinstance(change, Term):
        return Touched(tensor, (*known.terms, change), known.shifts, known.instead)
    if isinstance(change, Shift):
        return Touched(tensor, known.terms, (*known.shifts, change), known.instead)
    return Touched(tensor, known.terms, known.shifts, change)


@dataclass(frozen=True, slots=True)
class _Onto:
    """One adapter over one base."""

    config: dict[str, Any]
    base: Mapping[str, Tensor]
    adapter: Held
    weight: float
    count: int

    def changes(self, faults: list[str]) -> Iterator[tuple[Tensor, Term | Shift | Tensor]]:
        """Each tensor that changes with what changes it; what does not fit is added to the faults instead."""
        if self.adapter.method == DORA and self.weight != 1:
            faults.append("the magnitudes of DoRA mean nothing at a part of their weight. Give it weight 1.")
        for name, tensor in sorted(self.adapter.copies.items()):
            faults += self._same(name, tensor)
        for module, low in sorted(self.adapter.low.items()):
            if (found := self._fitting(module, low, faults)) is not None:
                yield from found
        for name, tensor in sorted(self.adapter.whole.items()):
            fault = self._unfit_whole(name, tensor)
            if fault:
                faults.append(fault)
            else:
                yield self._named(name), tensor

    def _fitting(self, module: str, low: Low, faults: list[str]) -> list[tuple[Tensor, Term | Shift | Tensor]] | None:
        a, b, last = low.a, low.b, module.rpartition(".")[2]
        if a is None or b is None:
            raise AssertionError("an adapter that was read has both matrices")
        weights = self._find(f"{module}.weight")
        if weights is None:
            faults.append(self._lacking(module))
            return None
        if weights.dtype not in FLOATS:
            faults.append(f"{shown(module)} is kept as {weights.dtype} in the base, and not in 32 or 16 bits.")
            return None
        if low.embeds != (last in _EMBEDS):
            faults.append(f"{shown(module)} {'is not known to be' if low.embeds else 'is'} an embedding, and the "
                          "adapter takes it for another kind of module.")  # fmt: skip
            return None
        if last in (*_READS, *_SAYS) and self._tied():
            faults.append(f"{shown(module)} shares its weights with another module of this base, and would change "
                          "both. Train without it.")  # fmt: skip
            return None
        turned = low.embeds or last in _TURNED.get(str(self.config.get("model_type")), ())
        wanted = (a.shape[1], b.shape[0]) if turned else (b.shape[0], a.shape[1])
        if weights.shape != wanted:
            faults.append(self._other_shape(module, wanted, weights.shape, low.embeds))
            return None
        width = b.shape[0]
        if low.magnitude is not None and low.magnitude.shape != (width,):
            faults.append(f"{shown(module)} has {low.magnitude.shape} magnitudes, and takes {width}.")
            return None
        scaling = self.adapter.scaling(module, a.shape[0], self.weight)
        made: list[tuple[Tensor, Term | Shift | Tensor]] = [(weights, Term(a, b, scaling, low.magnitude, turned))]
        if low.bias is not None:
            bias = self._find(f"{module}.bias")
            if bias is None or bias.shape != low.bias.shape or bias.dtype not in FLOATS:
                faults.append(f"the adapter has a bias for {shown(module)}, and the base has none that it fits.")
                return None
            made.append((bias, Shift(low.bias, scaling, low.magnitude is not None)))
        return made

    def _find(self, name: str) -> Tensor | None:
        """A tensor of the base; some families leave out the first word of every name in their files."""
        if name in self.base:
            return self.base[name]
        first, _, rest = name.partition(".")
        return self.base.get(rest) if not any(each.startswith(f"{first}.") for each in self.base) else None

    def _named(self, name: str) -> Tensor:
        found = self._find(name)
        if found is None:
            raise AssertionError("it was found before")
        return found

    def _lacking(self, module: str) -> str:
        if module.rpartition(".")[2] in _SAYS and self._tied():
            return f"{shown(module)} shares its weights with the embeddings in this base, and would change both."
        return f"the base has no module {shown(module)}."

    def _other_shape(self, module: str, wanted: tuple[int, ...], there: tuple[int, ...], embeds: bool) -> str:
        if (embeds or module.rpartition(".")[2] in _SAYS) and wanted[1:] == there[1:]:
            return (f"the adapter knows {wanted[0]} tokens and the base {there[0]}: its vocabulary was added to. Add "
                    "the tokens to the base first, and train upon that.")  # fmt: skip
        return f"{shown(module)} is {_times(there)} in the base, and the adapter is for {_times(wanted)}."

    def _unfit_whole(self, name: str, tensor: Tensor) -> str | None:
        """Why a module that was saved whole cannot take its place; none where it can."""
        module = name.rpartition(".")[0]
        there = self._find(name)
        if there is None:
            return self._lacking(module)
        if self.count > 1 or self.weight != 1:
            return (f"{shown(name)} was trained and saved whole: it can take the place of the base's, and not be "
                    "weighed or added up. Fold this adapter by itself, at weight 1.")  # fmt: skip
        if module.rpartition(".")[2] in (*_READS, *_SAYS) and self._tied():
            return f"{shown(module)} was saved whole, and shares its weights with another module of this base."
        if there.dtype not in FLOATS:
            return f"{shown(name)} is kept as {there.dtype} in the base."
        return None if tensor.shape == there.shape else self._other_shape(module, tensor.shape, there.shape, False)

    def _same(self, name: str, tensor: Tensor) -> list[str]:
        """peft lays a base's embeddings beside an adapter for them: they are left out where they are this base's."""
        there = self._find(name)
        if there is None:
            return [self._lacking(name.rpartition(".")[0])]
        if tensor.shape != there.shape:
            return [self._other_shape(name.rpartition(".")[0], tensor.shape, there.shape, True)]
        if there.dtype not in FLOATS or not bool((tensor.read() == there.read()).all()):
            return [f"the adapter carries {shown(name)} of its own base, and this base has another."]
        return []

    def _tied(self) -> bool:
        told = self.config.get("tie_word_embeddings")
        if isinstance(told, bool):
            return told
        return not any(name.rpartition(".")[0].rpartition(".")[2] in _SAYS for name in self.base)


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
