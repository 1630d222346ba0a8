"""Tiny models that answer, and sets to ask them: made in seconds, on one thread."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import Dataset, Model
from sentinel.data.dataset import write_dataset
from sentinel.domain.digest import Json
from sentinel.domain.task import CLASSIFICATION, Prompt, Task, task_of
from sentinel.model import base
from sentinel.store import Store

WORDS = "printer screen invoice refund login password parcel late lost card the my is and a not works please".split()  # noqa: SIM905
LABELS = ("billing", "delivery", "hardware")
OF = {"printer": "hardware", "screen": "hardware", "invoice": "billing", "refund": "billing", "parcel": "delivery"}


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """One thread: more on a machine that is shared are slower."""
    import torch

    torch.set_num_threads(1)
    yield


def tiny(folder: Path, task: Task | None, *, seed: int = 0, chat: bool = False, vocabulary: int = 300) -> Path:
    """A llama of a few thousand weights with a tokenizer of its own, of chance."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    text = [f" {word}" for word in WORDS] * 4 + [f" {label}" for label in LABELS] * 9 + ["\nAnswer:"] * 9
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet, show_progress=False
    )
    bare.train_from_iterator(text, trainer)
    words = PreTrainedTokenizerFast(tokenizer_object=bare, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    if chat:
        words.chat_template = (
            "{% for m in messages %}<s>{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
            "{% if add_generation_prompt %}assistant:{% endif %}"
        )
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, bos_token_id=0, eos_token_id=1, initializer_range=0.3,
    )  # fmt: skip
    return base.save(LlamaForCausalLM(config).eval(), words, folder, task)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of chance that was taught three labels."""
    task = task_of(CLASSIFICATION, Prompt("", "\nAnswer:"), LABELS)
    return tiny(tmp_path_factory.mktemp("tiny") / "model", task)


def tickets(n: int, start: int = 0) -> pl.DataFrame:
    """Rows of text and label, each another."""
    rows = []
    for number in range(start, start + n):
        word = list(OF)[number % len(OF)]
        rows.append({"text": f"my {word} is {WORDS[number % 17]} {number}", "label": OF[word], "slice": word})
    return pl.DataFrame(rows)


def a_set(folder: Path, rows: pl.DataFrame, name: str | None, label: str | None = "label", **told: Json) -> Dataset:
    """A set of these rows, as `resolve` gives it; without a name, what a model was trained on."""
    write_dataset(folder, rows, b"salt", 0.3, label=label)
    if name is not None:
        (folder / "set.json").write_text(json.dumps({"set": name, "sampled": False, "repeats": 1, **told}))
    return Dataset("", folder)


LINE = {"name": "router", "task": "classification", "prompt": {"before": "", "after": "\nAnswer:", "chat": False}}


def attempt(
    folder: Path, store: Path | None = None, earlier: Sequence[str] = (), line: Any = None, seed: int = 7
) -> At:
    """One attempt, told of earlier reports."""
    folder.mkdir(parents=True, exist_ok=True)
    told = AttemptIn(
        "a1", "r1", "scores", "evaluate", {}, {}, str(store or folder / "store"), str(folder),
        reads={"line": line or LINE, "earlier": list(earlier)}, seed=seed,
    )  # fmt: skip
    return At(told, folder)


def stored(store: Path, folder: Path) -> str:
    """The digest of a folder once it is in a store."""
    return Store(store).put(folder).digest


def says(at: At) -> list[str]:
    """What an attempt has told a person."""
    path = at.folder / "progress.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [told["says"] for told in map(json.loads, lines) if "says" in told]


def named(model: Path, digest: str = "m" * 64) -> Model:
    """A model in a step's hands."""
    return replace(Model("", model), digest=digest)
