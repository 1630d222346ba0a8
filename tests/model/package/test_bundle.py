"""A bundle is whole or it is refused, with every fault at once; and each target's wants are checked."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.domain.refusal import Refused
from sentinel.model.bundle import MANIFEST, opened, seal, verify
from sentinel.model.target import LLAMA_CPP, MOBILE, VLLM, Facts, faults_for

SERVED = Facts("huggingface", "LlamaForCausalLM", "bf16", "byte-bpe", True, True, 2048, 10**9,
               ("config.json", "model.safetensors", "tokenizer.json"))  # fmt: skip
PHONE = replace(SERVED, format="gguf", weights="q8_0", files=("manifest.json", "model.gguf"))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "source").mkdir(parents=True)
    (folder / "model.gguf").write_bytes(b"weights")
    (folder / "source" / "config.json").write_text("{}")
    seal(folder, {"format": "gguf", "model": "m" * 64})
    return folder


def test_what_was_packed_opens(bundle: Path) -> None:
    assert verify(bundle) == []
    assert [each["path"] for each in opened(bundle)["files"]] == ["model.gguf", "source/config.json"]


def test_every_fault_is_told_at_once(bundle: Path) -> None:
    (bundle / "model.gguf").write_bytes(b"weighty")
    (bundle / "source" / "config.json").unlink()
    (bundle / "source" / "evil.py").write_text("")
    (bundle / "link").symlink_to("/etc/hostname")
    with pytest.raises(Refused, match="E-bundle") as told:
        opened(bundle)
    for part in ("model.gguf is not, byte for byte", "source/config.json is missing", "source/evil.py is not named",
                 "link is not named"):  # fmt: skip
        assert part in str(told.value)


@pytest.mark.parametrize(("place", "text"), [(2, b"X"), (6, b"Xx")])
def test_one_byte_or_one_more_is_found(bundle: Path, place: int, text: bytes) -> None:
    held = (bundle / "model.gguf").read_bytes()
    (bundle / "model.gguf").write_bytes(held[:place] + text + held[place + 1 :])
    assert len(verify(bundle)) == 1


def test_a_file_that_became_a_link_is_no_plain_file(bundle: Path, tmp_path: Path) -> None:
    shutil.move(bundle / "model.gguf", tmp_path / "elsewhere")
    (bundle / "model.gguf").symlink_to(tmp_path / "elsewhere")
    assert verify(bundle) == ["model.gguf is no plain file."]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2, "files": []}', '{"version": 1, "files": [{}]}'])
def test_a_manifest_that_says_nothing_is_a_fault_and_no_crash(bundle: Path, text: str) -> None:
    (bundle / MANIFEST).write_text(text)
    assert len(verify(bundle)) == 1 and verify(bundle)[0].startswith("manifest.json cannot be read")


def test_what_fits_has_no_faults() -> None:
    assert faults_for(VLLM, SERVED, needed=2048) == []
    assert faults_for(LLAMA_CPP, PHONE) == faults_for(MOBILE, PHONE) == []


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (replace(SERVED, architecture="MyModel"), "vllm serves GPT2LMHeadModel, .* and this is MyModel"),
        (replace(SERVED, weights="q8_0"), "weights as f32, f16 or bf16, and these are q8_0"),
        (replace(SERVED, template=False), "task is a chat, and vllm finds no chat template"),
        (replace(SERVED, context=512), "reads 512 tokens, and the line's contract promises 2048"),
        (replace(SERVED, files=("config.json", "model.safetensors")), "wants tokenizer.json at the top"),
        (replace(SERVED, files=("config.json", "tokenizer.json")), "wants .safetensors files at the top, .* are 0"),
        (PHONE, "vllm takes huggingface, and this is gguf"),
    ],
)
def test_what_vllm_lacks_is_told(held: Facts, says: str) -> None:
    import re

    assert re.search(says, " ".join(faults_for(VLLM, held, needed=2048)))


def test_a_phone_takes_one_file_in_few_bits_and_no_more_than_it_can_hold() -> None:
    assert "takes 1.0GiB at most, and its weights are 2.0GiB" in faults_for(MOBILE, replace(PHONE, size=2**31))[0]
    assert "q8_0 or q4_0, and these are f16" in faults_for(MOBILE, replace(PHONE, weights="f16"))[0]
    two = replace(PHONE, files=("a.gguf", "b.gguf"))
    assert faults_for(MOBILE, two) == ["mobile wants one .gguf file at the top, and there are 2."]
    assert (
        "a tokenizer of the sort byte-bpe, and it is other" in faults_for(MOBILE, replace(PHONE, tokenizer="other"))[0]
    )


def test_a_model_without_a_task_of_turns_needs_no_template() -> None:
    assert faults_for(VLLM, replace(SERVED, template=False, chats=False)) == []
