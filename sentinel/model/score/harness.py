"""lm-eval, as it is used here: offline, in its own folder, with templates that cannot reach into Python."""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sentinel.domain.digest import Json
from sentinel.domain.question import Question, Said
from sentinel.model.score.labels import answer_tokens, asked_for_labels
from sentinel.model.score.loaded import Loaded
from sentinel.model.score.nested import alone, longer

_OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")


def evaluated(
    held: Loaded, task: str | Mapping[str, Any], folder: Path, *, bundled: bool = False, shots: int | None = None,
    limit: int | None = None, seed: int = 0,
) -> Json:  # fmt: skip
    """What lm-eval finds for one task, bundled or as it is given, with its samples."""
    closed(folder)
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    model = HFLM(pretrained=held.model, tokenizer=held.words, backend="causal", batch_size=held.batch)
    return simple_evaluate(
        model, tasks=[task if isinstance(task, str) else dict(task)], num_fewshot=shots, limit=limit, log_samples=True,
        bootstrap_iters=0, task_manager=_manager(task) if bundled else TaskManager(include_defaults=False),
        random_seed=seed,
        numpy_random_seed=seed % 2**32, torch_random_seed=seed, fewshot_random_seed=seed,
        apply_chat_template=held.task.prompt.chat and bool(held.words.chat_template),
    )  # fmt: skip


def _manager(task: str | Mapping[str, Any]) -> Any:
    """Where a bundled task is found: in the folder that it is named after, since to read all of them takes a minute."""
    import lm_eval.tasks
    from lm_eval.tasks import TaskManager

    home = Path(lm_eval.tasks.__file__).parent
    folders = [each for each in home.iterdir() if each.is_dir() and f"{task}_".startswith(f"{each.name}_")]
    for folder in sorted(folders, key=lambda each: -len(each.name)):
        near = TaskManager(include_path=str(folder), include_defaults=False)
        if task in near.all_tasks:
            return near
    return TaskManager()


def harnessed(held: Loaded, questions: Sequence[Question], folder: Path) -> list[Said]:
    """A classification set as a task of multiple choice: the same questions, scored by lm-eval."""
    file = folder / "harness" / "rows.jsonl"
    file.parent.mkdir(exist_ok=True)
    labels = held.task.labels
    with file.open("w", encoding="utf-8") as rows:
        for each, asked in zip(questions, asked_for_labels(held, [each.text for each in questions]), strict=True):
            row = {"asked": asked.prompt, "right": max(0, _place(labels, each.truth))}
            rows.write(json.dumps(row, ensure_ascii=False) + "\n")
    task = {
        "task": "line-set", "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(file)}},
        "test_split": "test", "output_type": "multiple_choice", "doc_to_text": "asked", "doc_to_target": "right",
        "doc_to_choice": list(held.task.answers), "target_delimiter": "", "metric_list": [{"metric": "acc"}],
    }  # fmt: skip
    plain = Loaded(held.model, held.words, type(held.task)(held.task.form), held.batch, held.device)
    nested = longer(answer_tokens(held))
    samples = sorted(evaluated(plain, task, folder)["samples"]["line-set"], key=lambda each: each["doc_id"])
    found = []
    for question, sample in zip(questions, samples, strict=True):
        logs = alone([float(each[0]) for each in sample["filtered_resps"]], nested)
        shares = np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum()
        label = labels[int(logs.argmax())]
        found.append(Said(float(label == question.truth), label, round(float(shares.max()), 6)))
    return found


def closed(folder: Path) -> None:
    """Keep lm-eval and what it loads from the network, from caches elsewhere, and from Python in templates."""
    os.environ.update(dict.fromkeys(_OFFLINE, "1"), HF_DATASETS_TRUST_REMOTE_CODE="0", TQDM_DISABLE="1")
    import datasets
    import huggingface_hub.constants
    import lm_eval.utils
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # the environment may have been read before, by a fork server that had them loaded
    huggingface_hub.constants.HF_HUB_OFFLINE = True
    datasets.config.HF_HUB_OFFLINE = True
    datasets.config.HF_DATASETS_CACHE = folder / "harness" / "cache"
    datasets.disable_progress_bars()
    sandbox: Any = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    sandbox.filters["regex_replace"] = lm_eval.utils.regex_replace
    # it asks for the same few templates at every document, and would parse each anew
    sandbox.from_string = lru_cache(maxsize=256)(sandbox.from_string)
    lm_eval.utils.env = sandbox
    logging.getLogger("lm_eval").setLevel(logging.WARNING)


def _place(labels: Sequence[str], label: str) -> int:
    return labels.index(label) if label in labels else -1
