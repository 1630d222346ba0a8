"""A Model folder in and out: configuration, tokenizer and safetensors, nothing that runs and nothing pickled."""

import json
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.form import from_json, to_json
from sentinel.domain.refusal import refuse
from sentinel.domain.task import Task

TASK, TRAINING = "task.json", "training.json"
_SHARD = "2GB"


def load(folder: Path, dtype: str = "float32") -> tuple[Any, Any]:
    """The model and the tokenizer of a folder, on the CPU. Refused where they cannot be read as data alone."""
    import torch
    from transformers import AutoModelForCausalLM

    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=getattr(torch, dtype), use_safetensors=True, trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise _unreadable(folder, "model", error) from error
    model.eval()
    return model, tokenizer(folder)


def tokenizer(folder: Path) -> Any:
    """The tokenizer of a folder. Refused where there is none that can be read."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise _unreadable(folder, "tokenizer", error) from error


def save(model: Any, words: Any, folder: Path, task: Task | None = None, training: Json = None) -> Path:
    """Write a Model folder. What it holds depends on the weights alone, so that a repeated training has one digest."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder, max_shard_size=_SHARD)
    words.save_pretrained(folder)
    if task is not None:
        _write(folder / TASK, to_json(task))
    if training is not None:
        _write(folder / TRAINING, training)
    return folder


def task_of(folder: Path) -> Task | None:
    """The task that a model was taught, where it says one."""
    try:
        return from_json(Task, json.loads((folder / TASK).read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(folder, TASK, error) from error


def _write(path: Path, value: Json) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def _unreadable(folder: Path, what: str, error: Exception) -> Exception:
    gist = " ".join(str(error).split())[:160] or type(error).__name__
    return refuse("E-model-read", f"the {what} cannot be read: {gist}.", where=folder.name,
                  todo="See that it is safetensors with a config.json and a tokenizer that belong together.")  # fmt: skip
