"""A Model folder as a bundle's files: as it is, in halves, or as one GGUF file."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused, refuse
from sentinel.model.base import task_of
from sentinel.model.bundle import SOURCE
from sentinel.model.target import GGUF, HUGGINGFACE, Facts

AS_IS = "as-is"
WEIGHTS = {HUGGINGFACE: (AS_IS, "f16", "bf16"), GGUF: ("f16", "q8_0", "q4_0")}
"""How weights can be kept in each format."""
KEPT = (
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json", "tokenizer.model",
    "task.json", "training.json", "fold.json", "model.safetensors.index.json",
    "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE",
)  # fmt: skip
"""What a bundle may hold besides weights; all else may be more than data."""
LEFT_OUT = ("README.md", "trace.json", "fold-parity.json")
"""What is known and stays behind: a bundle has a card and a manifest of its own."""
FILE = "model.gguf"
_DTYPES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16"}
_MOST_HALF = 65504.0

Progress = Callable[[int, int], None]


def pack(model: Path, folder: Path, format: str, weights: str, name: str, progress: Progress) -> None:
    """Write the files of a bundle. Refused where the model holds what is not data, or cannot be told in this form."""
    _look(model)
    folder.mkdir(parents=True)
    if format == GGUF:
        from sentinel.model.gguf.write import write_gguf

        write_gguf(model, folder / FILE, weights, name, progress)
        (folder / SOURCE).mkdir()
        _copy_kept(model, folder / SOURCE)
        (folder / SOURCE / "model.safetensors.index.json").unlink(missing_ok=True)
        return
    _copy_kept(model, folder)
    shards = sorted(model.glob("*.safetensors"))
    for done, shard in enumerate(shards, 1):
        if weights == AS_IS:
            shutil.copyfile(shard, folder / shard.name)
        else:
            _cast(shard, folder / shard.name, weights)
        progress(done, len(shards))
    if weights != AS_IS:
        config = _config(folder)
        config["dtype"] = next(name for name, short in _DTYPES.items() if short == weights)
        config.pop("torch_dtype", None)
        (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def facts_of(folder: Path, format: str, weights: str) -> Facts:
    """What a bundle is, from its own files."""
    inner = folder / SOURCE if format == GGUF else folder
    config, task = _config(inner), task_of(inner)
    kept = weights if weights != AS_IS else _DTYPES.get(str(config.get("dtype") or config.get("torch_dtype")), "other")
    names = tuple(sorted(each.name for each in folder.iterdir() if each.is_file()))
    own = [each for each in names if each.endswith((".safetensors", ".gguf"))]
    named = config.get("architectures") or [config.get("model_type", "nameless")]
    return Facts(
        format, str(named[0]), kept, _tokenizer(inner), _has_template(inner), bool(task and task.prompt.chat),
        int(config.get("max_position_embeddings") or config.get("n_positions") or 0),
        sum((folder / each).stat().st_size for each in own), names,
    )  # fmt: skip


def _look(model: Path) -> None:
    found = sorted(each.relative_to(model).as_posix() for each in model.rglob("*") if not each.is_dir())
    wrong = [each for each in found if each not in (*KEPT, *LEFT_OUT) and not each.endswith(".safetensors")]
    faults = [f"{each} is neither weights nor a configuration that is known to be data." for each in wrong]
    if "config.json" not in found:
        faults.append("There is no config.json.")
    if not any("/" not in each and each.endswith(".safetensors") for each in found):
        faults.append("There are no weights as .safetensors.")
    if faults:
        raise refuse("E-package-form", f"this model is not packed. {' '.join(faults[:8])}", where=model.name,
                     todo="Save it as safetensors, and leave out all but weights and configuration.")  # fmt: skip


def _copy_kept(model: Path, folder: Path) -> None:
    for name in KEPT:
        if (model / name).is_file():
            shutil.copyfile(model / name, folder / name)


def _cast(shard: Path, target: Path, weights: str) -> None:
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file

    dtype = {short: getattr(torch, name) for name, short in _DTYPES.items()}[weights]
    held: dict[str, Any] = {}
    with safe_open(shard, framework="pt") as file:
        for name in sorted(file.keys()):
            tensor = file.get_tensor(name)
            if tensor.is_floating_point():
                if weights == "f16" and float(tensor.abs().max()) > _MOST_HALF:
                    raise _too_large(shard, name)
                tensor = tensor.to(dtype)
            held[name] = tensor.contiguous()
    save_file(held, target, metadata={"format": "pt"})


def _too_large(shard: Path, name: str) -> Refused:
    what = f"{name} holds what a half cannot: more than {_MOST_HALF:.0f}."
    return refuse("E-package-range", what, where=shard.name, todo="Package it with `weights: bf16`, or as it is.")


def _config(folder: Path) -> Json:
    try:
        return dict(json.loads((folder / "config.json").read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise refuse("E-package-form", f"config.json cannot be read: {type(error).__name__}.",
                     where=folder.name, todo="Package a Model that a forge has made.") from error  # fmt: skip


def _tokenizer(folder: Path) -> str:
    try:
        told: Json = json.loads((folder / "tokenizer.json").read_bytes())
        steps = json.dumps(told.get("pre_tokenizer"))
        return "byte-bpe" if told["model"]["type"] == "BPE" and '"ByteLevel"' in steps else "other"
    except FileNotFoundError:
        return "none"
    except (OSError, ValueError, KeyError, TypeError):
        return "other"


def _has_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file() or (folder / "chat_template.json").is_file():
        return True
    try:
        return bool(json.loads((folder / "tokenizer_config.json").read_bytes()).get("chat_template"))
    except (OSError, ValueError, AttributeError):
        return False
