"""A GGUF file says the same model: read back by a second implementation, by transformers, and by ourselves."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sentinel.domain.refusal import Refused
from sentinel.model.base import load, tokenizer
from sentinel.model.gguf.read import read_gguf
from sentinel.model.gguf.shape import shape_of
from sentinel.model.gguf.write import write_gguf
from tests.model.package.second_reader import Gguf, Llama
from tests.model.package.tiny import TEXTS, altered

CLOSE = 0.02
"""Where the two likeliest words are nearer than this, either may be said."""


def written(model: Path, folder: Path, kind: str = "f16") -> Path:
    file = folder / f"{kind}.gguf"
    write_gguf(model, file, kind, "tiny")
    return file


def rounded(model: Path, kind: str, file: Path) -> Any:
    """The model in transformers, in full precision, with the weights that the file holds."""
    held, _ = load(model)
    found = {name: torch.from_numpy(weights.copy()) for name, weights in read_gguf(file, shape_of(model))}
    if kind == "f16":
        for name, weights in held.state_dict().items():
            if name in found and weights.ndim == 2:
                assert torch.equal(weights.half().float(), found[name]), name
    missing, unexpected = held.load_state_dict(found, strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}
    return held


@pytest.mark.parametrize("which", ["tiny", "untied"])
@pytest.mark.parametrize("kind", ["f16", "q8_0", "q4_0"])
def test_a_second_implementation_says_the_same_words(
    which: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    model: Path = request.getfixturevalue(which)
    file = written(model, tmp_path, kind)
    theirs, mine, words = Llama(Gguf(file)), rounded(model, kind, file), tokenizer(model)
    for text in TEXTS[:4]:
        ids: list[int] = words(text)["input_ids"]
        with torch.inference_mode():
            wanted = mine(torch.tensor([ids])).logits[0].numpy()
        assert np.abs(theirs.logits(ids) - wanted).max() < 2e-3
        said, leads = theirs.greedy(ids, 12)
        for place, word in enumerate(said):
            with torch.inference_mode():
                likeliest = mine(torch.tensor([ids + said[:place]])).logits[0, -1].argmax()
            assert word == int(likeliest) or leads[place] < CLOSE


def test_pairs_that_were_not_turned_would_be_another_model(tiny: Path, tmp_path: Path) -> None:
    """That the comparison above can fail: rows of queries as transformers has them say other things."""
    theirs, mine, ids = Llama(Gguf(written(tiny, tmp_path))), load(tiny)[0], list(range(40, 60))
    theirs.of["blk.0.attn_q"] = mine.model.layers[0].self_attn.q_proj.weight.detach().numpy()
    with torch.inference_mode():
        wanted = mine(torch.tensor([ids])).logits[0].numpy()
    assert np.abs(theirs.logits(ids) - wanted).max() > 0.1


@pytest.mark.parametrize("kind", ["q8_0", "q4_0"])
def test_blocks_are_taken_apart_alike_by_both_readers(tiny: Path, tmp_path: Path, kind: str) -> None:
    file = written(tiny, tmp_path, kind)
    theirs = Gguf(file).tensors
    for name, weights in read_gguf(file, shape_of(tiny)):
        if name.endswith("mlp.up_proj.weight"):
            number = name.split(".")[2]
            assert np.array_equal(theirs[f"blk.{number}.ffn_up.weight"], weights)


def test_what_reads_and_writes_words_keeps_eight_bits(untied: Path, tmp_path: Path) -> None:
    sorts = Gguf(written(untied, tmp_path, "q4_0")).sorts
    assert sorts["token_embd.weight"] == sorts["output.weight"] == 8
    assert sorts["blk.1.ffn_up.weight"] == 2 and sorts["blk.1.ffn_norm.weight"] == 0


@pytest.mark.parametrize(("which", "cut"), [("tiny", "gpt-2"), ("untied", "smollm")])
def test_the_words_are_told_with_their_sorts_and_how_text_is_cut(
    which: str, cut: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    model: Path = request.getfixturevalue(which)
    keys, words = Gguf(written(model, tmp_path)).keys, tokenizer(model)
    assert (keys["tokenizer.ggml.model"], keys["tokenizer.ggml.pre"]) == ("gpt2", cut)
    pieces, sorts = keys["tokenizer.ggml.tokens"], keys["tokenizer.ggml.token_type"]
    assert pieces[: len(words)] == words.convert_ids_to_tokens(range(len(words)))
    assert len(set(pieces)) == len(pieces) == len(sorts) == keys["llama.vocab_size"] == len(words) + 3
    assert sorts[words.convert_tokens_to_ids("<|end|>")] == 3
    assert sorts[words.convert_tokens_to_ids("<queue>")] == 4
    assert sorts[-3:] == [5, 5, 5]  # rows of the embeddings that no word has
    assert keys["tokenizer.ggml.eos_token_id"] == words.eos_token_id
    assert keys["tokenizer.ggml.add_bos_token"] is False
    assert ("tokenizer.chat_template" in keys) is (which == "untied")


def test_transformers_reads_the_file_as_well(tiny: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer, GgufConfig, LlamaForCausalLM

    file = written(tiny, tmp_path)
    config = GgufConfig(gguf_file=file.name, dequantize=True)
    theirs = LlamaForCausalLM.from_pretrained(
        tmp_path, gguf_file=file.name, dtype=torch.float32, quantization_config=config
    )
    mine, ids = rounded(tiny, "f16", file), torch.tensor([list(range(30, 60))])
    with torch.inference_mode():
        assert torch.allclose(theirs.eval()(ids).logits, mine(ids).logits, atol=1e-4)
    words, own = AutoTokenizer.from_pretrained(tmp_path, gguf_file=file.name), tokenizer(tiny)
    for text in TEXTS:
        assert words(text)["input_ids"] == own(text)["input_ids"]


def test_the_same_model_is_the_same_file_to_the_byte(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert written(tiny, tmp_path, "q8_0").read_bytes() == written(tiny, tmp_path / "again", "q8_0").read_bytes()


def broken(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "broken"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"architectures": ["GPT2LMHeadModel"]}, "written of LlamaForCausalLM, and this model is GPT2LMHeadModel"),
        ({"rope_parameters": {"rope_type": "llama3", "rope_theta": 1e4}}, r"positions are scaled \(llama3\)"),
        ({"hidden_act": "gelu", "mlp_bias": True}, "activation is gelu.* feed-forward layers have biases"),
        ({"quantization_config": {"bits": 4}}, "quantised already"),
        ({"hidden_size": None}, "does not say what the model is built by"),
        ({"intermediate_size": 128}, r"gate_proj.weight is 96×64, and config.json says 128×64"),
        ({"num_hidden_layers": 3}, r"model.layers.2.+ is missing.* And \d+ more"),
        ({"num_hidden_layers": 1}, "belongs to no llama of this shape"),
        ({"vocab_size": 100}, "does not fit: it has a token 3.., and the model's embeddings have 100 rows"),
    ],
)
def test_a_model_that_cannot_be_told_is_refused_and_leaves_nothing(
    tiny: Path, tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    model = broken(tiny, tmp_path)
    altered(model, "config.json", **change)
    with pytest.raises(Refused, match=says):
        written(model, tmp_path)
    assert not list(tmp_path.glob("*.gguf*"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": {"type": "WordPiece", "vocab": {}}}, "its tokenizer is WordPiece"),
        ({"pre_tokenizer": {"type": "Whitespace"}}, "cuts text in a way that llama.cpp has no name for"),
        ({"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True}}, "cuts text in a way"),
        ({"normalizer": {"type": "Lowercase"}}, "changes text before it is cut"),
        ({"added_tokens": None}, "tokenizer.json cannot be read"),
    ],
)
def test_a_tokenizer_that_would_read_otherwise_is_refused(
    tiny: Path, tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    model = broken(tiny, tmp_path)
    altered(model, "tokenizer.json", **change)
    with pytest.raises(Refused, match=says):
        written(model, tmp_path)


@pytest.mark.parametrize(("value", "says"), [(float("nan"), "what is no number"), (1e6, "a half ends at 65504")])
def test_weights_that_no_half_holds_are_refused(tiny: Path, tmp_path: Path, value: float, says: str) -> None:
    model = broken(tiny, tmp_path)
    held = load_file(model / "model.safetensors")
    held["model.layers.1.mlp.up_proj.weight"][3, 3] = value
    save_file(held, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(Refused, match=says):
        written(model, tmp_path)
    assert not list(tmp_path.glob("*.gguf*"))


def test_a_file_of_another_shape_or_of_none_is_refused(tiny: Path, untied: Path, tmp_path: Path) -> None:
    file = written(tiny, tmp_path)
    with pytest.raises(Refused, match=r"It lacks output\.weight"):
        list(read_gguf(file, shape_of(untied)))
    short = tmp_path / "short.gguf"
    short.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(Refused, match="no GGUF file that can be read"):
        list(read_gguf(short, shape_of(tiny)))
