"""Low-rank adapters by peft: put on a model, written as an artifact, and merged into it."""

import json
from pathlib import Path
from typing import Any

from sentinel.contract.training import DORA, Train
from sentinel.domain.refusal import refuse

BASE = "base.json"


def adapted(model: Any, settings: Train, seed: int) -> Any:
    """The model with an adapter to be trained, all else frozen."""
    import torch
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha if settings.alpha is not None else 2 * settings.rank,
        lora_dropout=settings.dropout, target_modules=settings.targets, use_rslora=settings.rslora,
        use_dora=settings.method == DORA, bias="none", task_type="CAUSAL_LM",
    )  # fmt: skip
    torch.manual_seed(seed)
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        gist = " ".join(str(error).split())[:160]
        raise refuse("E-lora-targets", f"no adapter can be put on this model: {gist}", where="targets",
                     todo="Leave `targets` out, or name modules that it has.") from error  # fmt: skip


def save(model: Any, folder: Path, base: str) -> Path:
    """Write the adapter and, beside it, the digest of the model that it is for."""
    model.save_pretrained(folder)
    for each in folder.glob("*.md"):
        each.unlink()
    config = json.loads((folder / "adapter_config.json").read_bytes())
    # sets come in any order, and the base was known by where it happened to lie
    plain = {name: sorted(held) if _is_set(held) else held for name, held in config.items()}
    plain["base_model_name_or_path"] = None
    _write(folder / "adapter_config.json", plain)
    _write(folder / BASE, {"version": 1, "base": base})
    return folder


def merged(model: Any) -> Any:
    """The model with its adapter in its weights, in 32 bits."""
    return model.merge_and_unload()


def _is_set(held: Any) -> bool:
    return isinstance(held, list) and all(isinstance(each, str) for each in held)


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
