"""The step: a fold says what base and adapters say, survives packing, and is told by its card."""

import json
from pathlib import Path

import polars as pl
import pytest
import torch

from sentinel.contract.at import Look
from sentinel.contract.kinds import Adapter, Dataset, Model
from sentinel.data.dataset import write_dataset
from sentinel.gate.fold_parity import fold_parity
from sentinel.model.base import load
from sentinel.step.card import card
from sentinel.step.fold import fold
from sentinel.step.package import package
from tests.model.fold.made import BASE, adapter, attempt, base, tensors, worn
from tests.model.package.tiny import TEXTS

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Rows, all of them on the gate's side."""
    folder = tmp_path_factory.mktemp("texts") / "dataset"
    write_dataset(folder, pl.DataFrame({"text": [f"{each} {n}" for n in range(7) for each in TEXTS]}), b"salt", 1.0)
    return Dataset("d" * 64, folder)


def held(*adapters: Path) -> list[Adapter]:
    return [Adapter(f"{number:064x}", each) for number, each in enumerate(adapters, 1)]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_parity_is_measured_and_judged(tmp_path: Path, texts: Dataset, dtype: str) -> None:
    of = base(tmp_path / "base", dtype=dtype)
    adapters = [adapter(tmp_path / f"a{n}", of, n, target_modules=ALL, wide=0.05) for n in (1, 2)]
    at = attempt(tmp_path / "at")
    made = fold(at, Model(BASE, of), held(*adapters), texts, weights=[1.0, 0.5])
    found = fold_parity(Look("fold"), Model("a" * 64, made.path))
    assert found.verdict == "pass", found.sentence
    assert found.evidence["n"] == 56 and found.evidence["estimate"] < (1e-7 if dtype == "float32" else 1e-2)
    assert (found.evidence["estimate"] > 1e-6) == (dtype == "bfloat16")
    other = fold(attempt(tmp_path / "other"), Model(BASE, of), held(*adapters), texts, weights=[1.0, 0.5])
    assert (other.path / "fold-parity.json").read_bytes() == (made.path / "fold-parity.json").read_bytes()


def test_a_fold_at_another_weight_is_found_apart(
    tmp_path: Path, texts: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seeded bug: the weights are told and not used."""
    from sentinel.model.fold.adapter import Held

    of = base(tmp_path / "base")
    one = adapter(tmp_path / "one", of, target_modules=ALL)
    scaling = Held.scaling
    monkeypatch.setattr(Held, "scaling", lambda self, module, rank, weight: scaling(self, module, rank, 1.0))
    made = fold(attempt(tmp_path / "at"), Model(BASE, of), held(one), texts, weights=[0.5])
    assert fold_parity(Look("fold"), Model("a" * 64, made.path)).verdict == "fail"


def test_it_generates_the_same_tokens(tmp_path: Path) -> None:
    of = base(tmp_path / "base")
    one = adapter(tmp_path / "one", of, target_modules=ALL, wide=0.05)
    made = fold(attempt(tmp_path / "at"), Model(BASE, of), held(one), None)
    words = load(made.path)[1](TEXTS[0], return_tensors="pt")
    mine, theirs = (
        each.generate(**words, max_new_tokens=20, do_sample=False) for each in (load(made.path)[0], worn(of, [one]))
    )
    assert torch.equal(mine, theirs)


def test_what_was_folded_goes_into_bundle_and_card(tmp_path: Path) -> None:
    of = base(tmp_path / "base")
    one = adapter(tmp_path / "one", of, use_dora=True)
    prompt = {"before": "", "after": "", "chat": False}
    (of / "task.json").write_text(json.dumps({"form": "text", "prompt": prompt, "labels": []}))
    (of / "README.md").write_text("the card of the base")
    made = fold(attempt(tmp_path / "at"), Model(BASE, of), held(one), None)
    assert not (made.path / "README.md").exists() and (made.path / "task.json").exists()
    model = Model("a" * 64, made.path)
    bundle = package(attempt(tmp_path / "pack", reads={"line": {}}), model, None)
    assert json.loads((bundle.path / "fold.json").read_text())["adapters"][0]["method"] == "dora"
    told = card(attempt(tmp_path / "card", reads={"line": {}}), model, None, None, None)
    assert json.loads((told.path / "card.json").read_text())["folded"]["base"] == BASE
    page = (told.path / "README.md").read_text()
    assert "dora of rank 4, at weight 1" in page.replace("\\", "") and f"{1:064x}"[:12] in page


def test_a_fold_keeps_all_that_it_does_not_touch(tmp_path: Path) -> None:
    of = base(tmp_path / "base", shards="60KB", dtype="bfloat16")
    one = adapter(tmp_path / "one", of, target_modules=["v_proj"])
    made = fold(attempt(tmp_path / "at"), Model(BASE, of), held(one), None)
    before, after = tensors(of), tensors(made.path)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {f"model.layers.{number}.self_attn.v_proj.weight" for number in range(2)}
    for name in ("config.json", "tokenizer.json", "model.safetensors.index.json"):
        assert (made.path / name).read_bytes() == (of / name).read_bytes()
