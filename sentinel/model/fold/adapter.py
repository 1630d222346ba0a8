"""An adapter as it lies in a folder: what its configuration says, and which of its tensors is for which module.

Nothing of it is believed: options that would make other weights than are made here are refused by name.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentinel.domain.quantity import is_number
from sentinel.domain.refusal import Refused, refuse
from sentinel.model.base import PICKLED
from sentinel.model.fold.layout import FLOATS, Tensor, all_finite, layout_of, shown
from sentinel.model.train.lora import BASE

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
LORA, RSLORA, DORA = "lora", "rslora", "dora"
_PREFIX = "base_model.model."
_PARTS = {
    ".lora_A.weight": "a", ".lora_B.weight": "b", ".lora_B.bias": "bias", ".lora_embedding_A": "a",
    ".lora_embedding_B": "b", ".lora_magnitude_vector": "magnitude", ".lora_magnitude_vector.weight": "magnitude",
}  # fmt: skip
_COPY = ".base_layer.weight"
_CODE = (".py", ".so", ".pyc", ".sh")
_UNMOVED = (True, False, None, "gaussian", "eva", "orthogonal")
"""Ways to begin an adapter that leave the base as it is; the others take something out of the base first."""
_PLAIN = frozenset({
    "auto_mapping", "base_model_name_or_path", "bias", "corda_config", "ensure_weight_tying", "eva_config",
    "exclude_modules", "fan_in_fan_out", "inference_mode", "init_lora_weights", "layers_pattern",
    "layers_to_transform", "loftq_config", "lora_alpha", "lora_bias", "lora_dropout", "lora_ga_config",
    "megatron_config", "megatron_core", "modules_to_save", "peft_type", "peft_version", "qalora_group_size", "r",
    "rank_pattern", "alpha_pattern", "revision", "target_modules", "task_type", "use_dora", "use_rslora",
})  # fmt: skip
"""What a configuration may say: it is either used here, or changes nothing once the training is over."""
_PATTERN = re.compile(r"\^?[\w.\-]{1,200}")
_LARGEST = 4 * 2**20


@dataclass(slots=True)
class Low:
    """What is for one module: two thin matrices, and what else its method has."""

    a: Tensor | None = None
    b: Tensor | None = None
    magnitude: Tensor | None = None
    bias: Tensor | None = None
    embeds: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """An adapter that can be read."""

    folder: Path
    base: str | None
    """The digest of the model that it was trained on, where somebody said it."""
    method: str
    rslora: bool
    rank: int
    alpha: float
    ranks: Mapping[str, int]
    alphas: Mapping[str, float]
    low: Mapping[str, Low] = field(default_factory=dict)
    """By the module's name."""
    whole: Mapping[str, Tensor] = field(default_factory=dict)
    """Tensors that take the place of the base's, by name."""
    copies: Mapping[str, Tensor] = field(default_factory=dict)
    """Tensors of the base that lie in the adapter as well, by name."""

    def scaling(self, module: str, rank: int, weight: float) -> float:
        """What the product of the two matrices is multiplied with, rounded as peft rounds it."""
        alpha: float = weight * _of(self.alphas, module, self.alpha)
        return alpha / math.sqrt(rank) if self.rslora else alpha / rank

    def rank_of(self, module: str) -> int:
        """The rank that the configuration tells for a module."""
        rank: int = _of(self.ranks, module, self.rank)
        return rank


def read_adapter(folder: Path, name: str) -> Held:
    """The adapter of a folder, spoken of by this name. Refused where it is not data alone, or not of a kind that can be
    folded; that its numbers are numbers is seen to as well.
    """
    _look(folder, name)
    config = _config(folder, name)
    faults = list(_odd(config))
    if faults:
        raise refused(name, faults)
    low, whole, copies = _parted(folder, name)
    held = Held(
        folder, _base(folder, name), DORA if config.get("use_dora") else RSLORA if config.get("use_rslora") else LORA,
        bool(config.get("use_rslora")), config["r"], config["lora_alpha"], config.get("rank_pattern") or {},
        config.get("alpha_pattern") or {}, low, whole, copies,
    )  # fmt: skip
    faults = [*_incomplete(held, config)]
    if faults:
        raise refused(name, faults)
    _finite(held, name)
    return held


def refused(name: str, faults: list[str], todo: str = "Fold an adapter that peft's LoRA has made.") -> Refused:
    """The refusal of an adapter for these reasons."""
    more = f" And {len(faults) - 5} more." if len(faults) > 5 else ""
    return refuse("E-fold-adapter", " ".join(faults[:5]) + more, where=name, todo=todo)


def _look(folder: Path, name: str) -> None:
    names = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if not each.is_dir())
    pickled = [each for each in names if each.lower().endswith((*PICKLED, *_CODE))]
    if pickled:
        raise refuse("E-model-pickle", f"{shown(pickled[0])} is a pickle or a program, or may hold one, and that can "
                     "run code.", where=name,
                     todo="Save the adapter as safetensors, and leave the rest out.")  # fmt: skip
    for each in (CONFIG, WEIGHTS):
        if each not in names:
            raise refused(name, [f"There is no {each}."])


def _config(folder: Path, name: str) -> dict[str, Any]:
    try:
        if (folder / CONFIG).stat().st_size > _LARGEST:
            raise ValueError("too large")
        held = json.loads((folder / CONFIG).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise refused(name, [f"{CONFIG} cannot be read: {type(error).__name__}."]) from error
    if not isinstance(held, dict):
        raise refused(name, [f"{CONFIG} is no JSON object."])
    return held


def _base(folder: Path, name: str) -> str | None:
    try:
        told = json.loads((folder / BASE).read_bytes())["base"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise refused(name, [f"{BASE} cannot be read: {type(error).__name__}."]) from error
    if not isinstance(told, str):
        raise refused(name, [f"{BASE} names no digest."])
    return told


def _odd(config: dict[str, Any]) -> Iterator[str]:
    """What of a configuration would make other weights than are made here."""
    kind = config.get("peft_type")
    if kind != "LORA":
        yield f"It is {shown(str(kind))}, and only LoRA and its kin (rsLoRA, DoRA) are folded."
        return
    for key in sorted(set(config) - _PLAIN):
        if config[key]:
            yield f"It says `{shown(str(key))}`, which changes the weights in a way that is not folded."
    begun = config.get("init_lora_weights")
    if not any(begun is each or (isinstance(begun, str) and begun == each) for each in _UNMOVED):
        yield f"It began with {shown(str(begun))}, which takes a part out of the base: convert it to plain LoRA first."
    for key in ("use_dora", "use_rslora", "lora_bias", "fan_in_fan_out", "ensure_weight_tying"):
        if config.get(key) not in (None, True, False):
            yield f"`{key}` is neither true nor false."
    if config.get("bias", "none") not in ("none", "all", "lora_only"):
        yield "`bias` is none of none, all and lora_only."
    if type(config.get("r")) is not int or config["r"] < 1:
        yield "`r` is no rank."
    if not is_number(config.get("lora_alpha")):
        yield "`lora_alpha` is no number."
    checks: tuple[tuple[str, Callable[[Any], bool]], ...] = (
        ("rank_pattern", lambda each: type(each) is int and each > 0), ("alpha_pattern", is_number),
    )  # fmt: skip
    for key, fits in checks:
        held = config.get(key) or {}
        if not isinstance(held, dict) or not all(_PATTERN.fullmatch(each) and fits(held[each]) for each in held):
            yield f"`{key}` does not give a number for plain names of modules."


def _parted(folder: Path, name: str) -> tuple[dict[str, Low], dict[str, Tensor], dict[str, Tensor]]:
    low: dict[str, Low] = {}
    whole: dict[str, Tensor] = {}
    copies: dict[str, Tensor] = {}
    for tensor in layout_of(folder / WEIGHTS).tensors:
        bare = tensor.name.removeprefix(_PREFIX)
        if bare == tensor.name:
            raise refused(name, [f"{shown(tensor.name)} belongs to no module of a base."])
        if tensor.dtype not in FLOATS:
            raise refused(name, [f"{shown(tensor.name)} is kept as {tensor.dtype}, and not in 32 or 16 bits."])
        end = next((each for each in _PARTS if bare.endswith(each)), None)
        if end is not None:
            module = low.setdefault(bare.removesuffix(end), Low())
            if getattr(module, _PARTS[end]) is not None:
                raise refused(name, [f"{shown(bare)} is there under two names."])
            setattr(module, _PARTS[end], tensor)
            module.embeds |= "embedding" in end
        elif bare.endswith(_COPY):
            copies[bare.removesuffix(_COPY) + ".weight"] = tensor
        else:
            whole[bare.replace(".base_layer.", ".")] = tensor
    return low, whole, copies


def _incomplete(held: Held, config: dict[str, Any]) -> Iterator[str]:
    if not held.low and not held.whole:
        yield "It holds nothing to fold."
    for module, each in sorted(held.low.items()):
        if each.a is None or each.b is None:
            yield f"{shown(module)} has one of its two matrices."
        elif len(each.a.shape) != 2 or len(each.b.shape) != 2 or each.a.shape[0] != each.b.shape[1]:
            yield f"The two matrices of {shown(module)} do not go together."
        elif each.a.shape[0] != held.rank_of(module):
            yield f"{shown(module)} has rank {each.a.shape[0]}, and the configuration says {held.rank_of(module)}."
        if (each.magnitude is not None) != (held.method == DORA):
            says = "no magnitudes, which DoRA has" if held.method == DORA else "magnitudes, which only DoRA has"
            yield f"{shown(module)} has {says}."
        if (each.bias is not None) != bool(config.get("lora_bias")):
            yield f"{shown(module)} and `lora_bias` do not say the same of its bias."
    if config.get("ensure_weight_tying"):
        yield "It ties its matrices to one another (`ensure_weight_tying`), which is not folded."
    saved = config.get("modules_to_save") or []
    modules = [saved] if isinstance(saved, str) else [str(each) for each in saved]
    for name in sorted(held.whole):
        is_bias = name.endswith(".bias") and config.get("bias", "none") != "none"
        if not is_bias and not any(f".{each}." in f".{name}" for each in modules):
            yield f"{shown(name)} is no part of LoRA, and the configuration does not say that it was saved whole."


def _finite(held: Held, name: str) -> None:
    """Refuse numbers that are none before anything is written."""
    lows = [each for low in held.low.values() for each in (low.a, low.b, low.magnitude, low.bias) if each is not None]
    for each in (*lows, *held.whole.values()):
        if not all_finite(each.read()):
            raise refused(name, [f"{shown(each.name)} holds what is no number."], "Train it again with a smaller lr.")


def _of(patterns: Mapping[str, Any], module: str, usual: Any) -> Any:
    """What the first pattern says that a module's name ends in, as peft finds it."""
    for pattern, held in patterns.items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return held
    return usual
