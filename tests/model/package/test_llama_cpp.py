"""llama.cpp itself reads our files: the same words as transformers, and the same pieces of text.

It needs `llama-cpp-python`, which no extra of ours brings, since it is compiled for minutes: `pip install
llama-cpp-python`, or SENTINEL_LLAMA_CPP names the folder that holds it. SENTINEL_SMOLLM2 names a Model folder of
SmolLM2, to be read besides the tiny ones.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sentinel.model.base import load
from sentinel.model.gguf.write import write_gguf
from tests.model.package.tiny import TEXTS

PROMPTS = [*TEXTS, *(f"{text[:30]} {number}" for number, text in enumerate(TEXTS)), "a", "12 345", "Ünï çødé ☃ 日本",
           "  two blanks\n\nand lines\t"]  # fmt: skip
MORE, CLOSE = 64, 0.02
pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def llama() -> Iterator[Any]:
    """The other implementation, or the reason why it is not asked."""
    place = os.environ.get("SENTINEL_LLAMA_CPP")
    if place:
        sys.path.append(place)
    yield pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: `pip install llama-cpp-python`")
    if place:
        sys.path.remove(place)


def models(request: pytest.FixtureRequest) -> dict[str, Path]:
    found = {name: request.getfixturevalue(name) for name in ("tiny", "untied")}
    smol = os.environ.get("SENTINEL_SMOLLM2")
    return {**found, "smollm2": Path(smol)} if smol else found


def opened(llama: Any, file: Path, room: int) -> Any:
    return llama.Llama(
        model_path=str(file), n_ctx=room, n_threads=1, n_threads_batch=1, logits_all=True, verbose=False, n_gpu_layers=0
    )


def test_it_says_the_same_64_words_after_20_prompts(
    llama: Any, tmp_path: Path, request: pytest.FixtureRequest, record_property: Any
) -> None:
    assert len(PROMPTS) == 20
    for name, model in models(request).items():
        file = tmp_path / f"{name}.gguf"
        write_gguf(model, file, "f16", name)
        mine, words = load(model)
        with torch.no_grad():
            for weights in mine.parameters():
                if weights.ndim == 2:
                    weights.copy_(weights.half().float())
        theirs = opened(llama, file, 128 if name != "smollm2" else 512)
        exceptions = []
        for text in PROMPTS:
            ids: list[int] = words(text)["input_ids"]
            assert theirs.tokenize(text.encode(), add_bos=False, special=True) == ids, (name, text)
            place, lead = parting(mine, theirs, ids)
            if place is not None:
                exceptions.append(f"{text[:20]!r} at {place}, {lead:.4f} apart")
                assert lead < CLOSE, (name, exceptions[-1])
        record_property("figures", f"llama.cpp on {name}: {20 - len(exceptions)} of 20 the same, but {exceptions}")


def parting(mine: Any, theirs: Any, ids: list[int]) -> tuple[int | None, float]:
    """Where the two say other words for the first time, and how near the two likeliest were there."""
    theirs.reset()
    theirs.eval(ids)
    said = list(ids)
    for place in range(min(MORE, 127 - len(ids))):
        with torch.inference_mode():
            logits = mine(torch.tensor([said])).logits[0, -1]
        first, second = logits.topk(2).values
        word = int(np.argmax(theirs.scores[theirs.n_tokens - 1]))
        if word != int(logits.argmax()):
            return place, float(first - second)
        said.append(word)
        theirs.eval([word])
    return None, 0.0


def test_eight_bits_are_read_as_we_read_them(llama: Any, tmp_path: Path, tiny: Path) -> None:
    """llama.cpp rounds what it multiplies with as well, so it is near and not the same."""
    file = tmp_path / "tiny.gguf"
    write_gguf(tiny, file, "q8_0", "tiny")
    theirs, (mine, words) = opened(llama, file, 128), load(tiny)
    for text in TEXTS:
        ids = words(text)["input_ids"]
        theirs.reset()
        theirs.eval(ids)
        with torch.inference_mode():
            first = mine(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        second = torch.tensor(theirs.scores[: len(ids)].copy()).double().log_softmax(-1)
        assert float((first.exp() * (first - second)).sum(-1).mean()) < 0.1
