"""Whether a way to save time holds for this model here: tried on a few of its rows, before anything rests on it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sentinel.contract.training import Train
from sentinel.model.batches import packed, padded
from sentinel.model.tokens import Sample
from sentinel.model.train.counted import each, summed
from sentinel.model.train.plan import FEWEST

FP32, BF16 = "fp32", "bf16"
_APART, _BESIDE = 1e-3, 0.02


@dataclass(frozen=True, slots=True)
class Holds:
    """In what a model is trained, whether its rows are packed, and what does not hold of what was asked for."""

    precision: str
    packs: bool
    notes: list[str]


def tried(settings: Train, model: Any, samples: Sequence[Sample], held_out: int) -> Holds:
    """What holds of what the settings ask for, on this machine and these rows, of which so many are kept aside."""
    kind, why = precision(settings, model, samples)
    packs = settings.packing and len(samples) > 1
    unpacked = packing(model, samples) if packs else None
    blind = stopping(settings, held_out)
    return Holds(kind, packs and unpacked is None, [each for each in (why, unpacked, blind) if each is not None])


def stopping(settings: Train, held_out: int) -> str | None:
    """Why early_stop cannot work; None where it can, or is not asked for."""
    if settings.early_stop is None or held_out >= FEWEST:
        return None
    return f"early_stop does not work here: fewer than {FEWEST} rows are kept aside; give `held_out` more, or add rows"


def precision(settings: Train, model: Any, samples: Sequence[Sample]) -> tuple[str, str | None]:
    """fp32 or bf16; and why it is fp32 although bf16 was asked for, or would be quick here."""
    if settings.precision == FP32 or (settings.precision == "auto" and not is_quick_here()):
        return FP32, None
    why = _why_not_bf16(model, samples)
    return (BF16, None) if why is None else (FP32, f"it is trained in fp32: in bf16 {why}")


def is_quick_here() -> bool:
    """Whether this machine computes in bf16 itself. Elsewhere it would be slower than fp32."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    tells = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, tell, lambda: False)()) for tell in tells)


def packing(model: Any, samples: Sequence[Sample]) -> str | None:
    """Why packed rows would not be kept apart by this model; None where they are."""
    import torch

    order = sorted(samples, key=lambda each: (len(each.ids), each.ids))
    rows = [order[-1], *order[:2]]  # the longest sets the width, and the two shortest go into one
    if len(rows[1].ids) + len(rows[2].ids) > len(rows[0].ids):
        return None  # no two rows go into one, in whatever batch
    model.eval()
    with torch.no_grad():
        together = each(model, tensors(packed(rows, 0), model.device)).sort().values
        alone = torch.cat([each(model, tensors(padded([row], 0), model.device)) for row in rows]).sort().values
    apart = float((together - alone).abs().max())
    return (
        None if apart <= _APART else f"rows are not packed: beside others, a loss is {apart:.4f} from what it is alone"
    )


def tensors(held: dict[str, Any], device: Any) -> dict[str, Any]:
    """A batch where the model is."""
    import torch

    return {name: torch.from_numpy(each).to(device) for name, each in held.items()}


def _why_not_bf16(model: Any, samples: Sequence[Sample]) -> str | None:
    import torch

    rows = samples[:4]
    held = tensors(padded(rows, 0), model.device)
    count = max(1, sum(each.useful for each in rows))
    model.eval()
    with torch.no_grad():
        exact = summed(model, held).item() / count
    with torch.autocast(model.device.type, torch.bfloat16):
        loss = summed(model, held) / count
    loss.backward()
    finite = all(bool(each.grad.isfinite().all()) for each in model.parameters() if each.grad is not None)
    model.zero_grad()
    if not math.isfinite(loss.item()) or not finite:
        return "its first step is not finite"
    if abs(loss.item() - exact) > _BESIDE * (1 + exact):
        return f"the loss of its first rows is {loss.item():.3f}, and {exact:.3f} in fp32"
    return None
