"""A Model folder in and out: configuration, tokenizer and safetensors, nothing that runs and nothing pickled."""

import json
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.form import from_json, to_json
from sentinel.domain.refusal import refuse
from sentinel.domain.task import Task

TASK, TRAINING = "task.json", "training.json"
PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
_SHARD = "2GB"


def load(folder: Path, dtype: str = "float32") -> tuple[Any, Any]:
    """The model and the tokenizer of a folder, on the CPU. Refused where they cannot be read as data alone, where it
    is no causal language model, and where weights are missing or do not fit.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    _look(folder)
    disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # it is checked by code of its own for each family, and that may raise anything
        raise _unreadable(folder, "config.json", error) from error
    _is_causal(folder, config)
    try:
        model, told = AutoModelForCausalLM.from_pretrained(
            folder, dtype=getattr(torch, dtype), use_safetensors=True, trust_remote_code=False, local_files_only=True,
            output_loading_info=True,
        )  # fmt: skip
    except Exception as error:  # sizes that do not go together, or a file that was torn
        raise _unreadable(folder, "model", error) from error
    lacking = sorted(map(str, [*told["missing_keys"], *told["mismatched_keys"]]))
    if lacking:
        raise refuse("E-model-weights", f"the weights lack {len(lacking)} of what its config.json speaks of, such as "
                     f"{lacking[0]}.", where=folder.name, todo="Bring the whole checkpoint.")  # fmt: skip
    words = tokenizer(folder)
    room = model.get_input_embeddings().weight.shape[0]
    highest = max(words.get_vocab().values(), default=0)
    if highest >= room:
        raise refuse("E-tokenizer-fit", f"the tokenizer has tokens up to {highest}, and the model knows {room}.",
                     where=folder.name, todo="Bring the tokenizer that the model was trained with.")  # fmt: skip
    model.eval()
    return model, words


def tokenizer(folder: Path) -> Any:
    """The tokenizer of a folder. Refused where there is none that can be read."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # what reads it is no Python, and raises plain ones
        raise _unreadable(folder, "tokenizer", error) from error


def context(model: Any) -> int | None:
    """How many tokens the model can hold, where its configuration says."""
    held = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return int(held) if isinstance(held, int) and held > 0 else None


def save(model: Any, words: Any, folder: Path, task: Task | None = None, training: Json = None) -> Path:
    """Write a Model folder. What it holds depends on the weights alone, so that a repeated training has one digest."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
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


def _look(folder: Path) -> None:
    """Refuse what may hold a pickle by its name, before anything is read."""
    names = sorted(each.name for each in folder.iterdir() if each.is_file())
    pickled = [name for name in names if name.lower().endswith(PICKLED)]
    if pickled:
        raise refuse("E-model-pickle", f"{pickled[0]} is a pickle, or may hold one, and a pickle can run code.",
                     where=folder.name, todo="Save the model as safetensors, and leave the rest out.")  # fmt: skip
    if not any(name.endswith(".safetensors") for name in names):
        raise refuse("E-model-weights", "there are no weights as safetensors.", where=folder.name,
                     todo="Save the model as safetensors; GGUF is for what serves, and is not trained.")  # fmt: skip


def _is_causal(folder: Path, config: Any) -> None:
    """transformers makes a causal model of much that is none, with weights that it draws at random."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as KNOWN

    named = getattr(config, "architectures", None) or [KNOWN.get(config.model_type, "")]
    is_causal = any(each.endswith(("ForCausalLM", "LMHeadModel")) for each in map(str, named))
    if not is_causal or getattr(config, "is_encoder_decoder", False):
        raise refuse("E-model-causal", f"{named[0] or config.model_type} is no causal language model.",
                     where=folder.name, todo="Take a base that goes on from a prompt, token by token.")  # fmt: skip


def _write(path: Path, value: Json) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def _unreadable(folder: Path, what: str, error: Exception) -> Exception:
    gist = " ".join(str(error).split())[:160] or type(error).__name__
    todo = "See that it is safetensors with a config.json and a tokenizer that belong together."
    return refuse("E-model-read", f"the {what} cannot be read: {gist}.", where=folder.name, todo=todo)
