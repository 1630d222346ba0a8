"""A model becomes a bundle and comes back; what cannot be packed is refused, and nothing is left half-written."""

import json
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from sentinel.contract.at import At, Look
from sentinel.contract.kinds import Bundle, Dataset, Model, form_faults
from sentinel.data.dataset import write_dataset
from sentinel.domain.refusal import Refused
from sentinel.gate.parity import parity
from sentinel.model.base import load
from sentinel.model.bundle import seal, verify
from sentinel.step.package import package
from sentinel.step.unpack import unpack
from tests.model.package.tiny import TEXTS, altered

Attempt = Callable[..., At]


def held(folder: Path) -> Model:
    return Model("a" * 64, folder)


def copied(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "copy"))


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Rows, all of them on the gate's side."""
    folder = tmp_path_factory.mktemp("texts") / "dataset"
    rows = pl.DataFrame({"text": [f"{text} {number}" for number in range(7) for text in TEXTS]})
    write_dataset(folder, rows, b"salt", 1.0)
    return Dataset("d" * 64, folder)


def test_as_it_is_the_same_files_come_back(tiny: Path, attempt: Attempt) -> None:
    bundle = package(attempt(), held(tiny), None)
    assert form_faults("Bundle", bundle.path) == verify(bundle.path) == []
    back = unpack(attempt(), bundle).path
    assert {each.name: each.read_bytes() for each in back.iterdir()} == {
        each.name: each.read_bytes() for each in tiny.iterdir()
    }


def test_a_licence_goes_with_the_model_and_its_own_page_stays_behind(
    tiny: Path, attempt: Attempt, tmp_path: Path
) -> None:
    model = copied(tiny, tmp_path)
    for name in ("LICENSE", "README.md", "trace.json"):
        (model / name).write_text(name)
    for form, place in (("huggingface", "."), ("gguf", "source")):
        folder = package(attempt(), held(model), None, format=form).path / place
        assert (folder / "LICENSE").read_text() == "LICENSE"
        assert not (folder / "README.md").exists() and not (folder / "trace.json").exists()


@pytest.mark.parametrize(("weights", "dtype"), [("f16", torch.float16), ("bf16", torch.bfloat16)])
def test_in_halves_it_loads_as_any_model_does(tiny: Path, attempt: Attempt, weights: Any, dtype: torch.dtype) -> None:
    bundle = package(attempt(), held(tiny), None, target="vllm", weights=weights)
    own = load_file(tiny / "model.safetensors")
    for name, tensor in load_file(bundle.path / "model.safetensors").items():
        assert tensor.dtype == dtype and torch.equal(tensor, own[name].to(dtype))
    assert json.loads((bundle.path / "config.json").read_text())["dtype"] == str(dtype).removeprefix("torch.")
    load(bundle.path)


@pytest.mark.parametrize(("target", "weights"), [("llama.cpp", "f16"), ("mobile", "q8_0")])
def test_a_target_gets_the_form_that_it_takes_best(tiny: Path, attempt: Attempt, target: Any, weights: str) -> None:
    bundle = package(attempt(), held(tiny), None, target=target)
    told = json.loads((bundle.path / "manifest.json").read_text())
    assert (told["format"], told["weights"], told["target"], told["model"]) == ("gguf", weights, target, "a" * 64)
    assert told["made_by"]["gguf"]
    back = unpack(attempt(), bundle).path
    mine, theirs = load(tiny)[0], load(back)[0]
    ids = torch.tensor([list(range(40, 70))])
    with torch.inference_mode():
        apart = (mine(ids).logits - theirs(ids).logits).abs().max()
    assert 0 < apart < (0.2 if weights == "q8_0" else 0.02)


def test_the_same_model_makes_the_same_bundle(tiny: Path, attempt: Attempt, texts: Dataset) -> None:
    one, other = (package(attempt(), held(tiny), texts, target="mobile").path for _ in range(2))
    assert (one / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()


def judged(bundle: Bundle, **params: Any) -> Any:
    return parity(Look("package"), bundle, **params)


def test_parity_is_measured_on_the_gates_side_and_judged_beyond_doubt(
    tiny: Path, attempt: Attempt, texts: Dataset
) -> None:
    at = attempt()
    bundle = package(at, held(tiny), texts, format="gguf", weights="q8_0")
    assert not (at.folder / "unpacked").exists()
    found = judged(bundle)
    assert found.verdict == "pass", found.sentence
    assert 0 < found.evidence["estimate"] <= found.evidence["upper"] < 0.1 and found.evidence["n"] == 56
    strict = judged(bundle, at_most=found.evidence["lower"] / 2)
    assert strict.verdict == "fail" and "Keep the weights in more bits" in strict.todo
    middle = judged(bundle, at_most=(found.evidence["lower"] + found.evidence["upper"]) / 2)
    assert middle.verdict == "inconclusive"
    coarse = judged(package(attempt(), held(tiny), texts, format="gguf", weights="q4_0"))
    assert coarse.evidence["estimate"] > 10 * found.evidence["estimate"]


def test_missing_parity_never_passes(tiny: Path, attempt: Attempt) -> None:
    bundle = package(attempt(), held(tiny), None, format="gguf")
    assert judged(bundle).verdict == "error" and "Nobody has compared" in judged(bundle).sentence
    (bundle.path / "parity.json").write_text('{"texts": [[3, 1.0]]}')
    assert judged(bundle).verdict == "fail"  # a file that the manifest does not name
    seal(bundle.path, {"format": "gguf", "model": "a" * 64})
    assert judged(bundle).verdict == "error"


def test_too_few_rows_are_told_and_then_nobody_has_compared(tiny: Path, attempt: Attempt, tmp_path: Path) -> None:
    write_dataset(tmp_path / "few", pl.DataFrame({"text": TEXTS[:3]}), b"salt", 1.0)
    at = attempt()
    bundle = package(at, held(tiny), Dataset("d" * 64, tmp_path / "few"), format="gguf")
    assert "3 rows with text are on the gate's side" in (at.folder / "progress.jsonl").read_text()
    assert judged(bundle).verdict == "error"


def test_a_changed_byte_is_not_unpacked(tiny: Path, attempt: Attempt) -> None:
    bundle = package(attempt(), held(tiny), None, format="gguf")
    with (bundle.path / "model.gguf").open("r+b") as file:
        file.seek(-5, 2)
        file.write(b"\x17")
    at = attempt()
    with pytest.raises(Refused, match=r"E-bundle.*model\.gguf is not, byte for byte"):
        unpack(at, bundle)
    assert list(at.out.iterdir()) == []


@pytest.mark.parametrize("name", ["pytorch_model.bin", "modeling_x.py", "deep/optimizer.pt", "notes.txt"])
def test_a_model_with_more_than_data_is_refused_by_name(
    tiny: Path, attempt: Attempt, tmp_path: Path, name: str
) -> None:
    model, at = copied(tiny, tmp_path), attempt()
    (model / name).parent.mkdir(exist_ok=True)
    (model / name).write_bytes(b"x")
    with pytest.raises(Refused, match=rf"E-package-form.*{name} is neither weights nor"):
        package(at, held(model), None)
    assert list(at.out.iterdir()) == []


@pytest.mark.parametrize("target", ["llama.cpp", "mobile"])
def test_an_architecture_that_gguf_is_not_written_of_is_refused(
    tiny: Path, attempt: Attempt, tmp_path: Path, target: Any
) -> None:
    model, at = copied(tiny, tmp_path), attempt()
    altered(model, "config.json", architectures=["GPT2LMHeadModel"])
    with pytest.raises(Refused, match="GGUF is written of LlamaForCausalLM, and this model is GPT2LMHeadModel"):
        package(at, held(model), None, target=target)
    assert list(at.out.iterdir()) == []


def test_a_target_that_lacks_something_is_refused_and_nothing_is_kept(tiny: Path, attempt: Attempt) -> None:
    at = attempt(line={"contract": {"max_tokens": 4096}})
    with pytest.raises(Refused, match=r"E-target.*reads 128 tokens, and the line's contract promises 4096"):
        package(at, held(tiny), None, target="vllm")
    assert list(at.out.iterdir()) == []


def test_weights_that_a_format_does_not_keep_are_refused(tiny: Path, attempt: Attempt) -> None:
    with pytest.raises(Refused, match="huggingface does not keep weights as q8_0"):
        package(attempt(), held(tiny), None, format="huggingface", weights="q8_0")


@contextmanager
def small_disk(most: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("format", ["huggingface", "gguf"])
def test_a_disk_that_fills_mid_way_leaves_nothing(tiny: Path, attempt: Attempt, format: Any) -> None:
    at = attempt()
    with small_disk(100_000), pytest.raises(Refused, match=r"E-full.*there is no room for the bundle"):
        package(at, held(tiny), None, format=format)
    assert list(at.out.iterdir()) == []
