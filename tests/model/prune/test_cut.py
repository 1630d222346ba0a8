"""A cut model is what the whole one is with the cut parts silent, and its file holds nothing of them."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    SmolLM3Config,
    SmolLM3ForCausalLM,
)

from sentinel.contract.training import Floors, Prune
from sentinel.domain.refusal import Refused
from sentinel.model.prune.choose import next_cut
from sentinel.model.prune.cut import best, without_groups, without_layers, without_units
from sentinel.model.prune.measure import Batch, importance, influence, loss_of, without_layer
from sentinel.model.prune.prune import assured
from sentinel.model.prune.shape import Shape, parameters, shape_of
from tests.model.elsewhere import DEVICE, Beside, moved

SIZES = {
    "vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64,
}  # fmt: skip


def made(family: str = "llama", tied: bool = True) -> Any:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    if family == "qwen2":
        model = Qwen2ForCausalLM(Qwen2Config(**SIZES, tie_word_embeddings=tied))
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(weight)
        return model.eval()
    if family == "qwen2 that slides":
        slides = Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=4, max_window_layers=2)
        return Qwen2ForCausalLM(slides).eval()
    if family == "smollm3":
        return SmolLM3ForCausalLM(SmolLM3Config(**SIZES, pad_token_id=0)).eval()
    return LlamaForCausalLM(LlamaConfig(**SIZES, tie_word_embeddings=tied)).eval()


def batches(seed: int = 2) -> list[Batch]:
    chance = torch.Generator().manual_seed(seed)
    found = []
    for length in (12, 20):
        ids = torch.randint(3, 97, (4, length), generator=chance)
        mask = torch.ones_like(ids)
        mask[0, length - 3 :] = 0
        found.append(Batch(ids, mask, torch.where(mask.bool(), ids, -100)))
    return found


def logits(model: Any, batch: Batch) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(input_ids=batch.ids, attention_mask=batch.mask, use_cache=False).logits
    return found[batch.mask.bool()]


@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen2 that slides", "smollm3"])
def test_a_layer_that_is_cut_is_a_layer_that_is_left_out(family: str) -> None:
    model, (batch, _) = made(family), batches()
    with without_layer(model, 2):
        silent = logits(model, batch)
    smaller = without_layers(model, [2])
    assert shape_of(smaller).layers == 3
    torch.testing.assert_close(logits(smaller, batch), silent)
    assert not torch.allclose(silent, logits(model, batch), atol=1e-4)


def test_a_layer_that_stays_keeps_what_its_configuration_says_of_it() -> None:
    slides, places = (without_layers(made(family), [1]).config for family in ("qwen2 that slides", "smollm3"))
    assert slides.layer_types == ["full_attention", "sliding_attention", "sliding_attention"]
    assert places.no_rope_layers == [1, 1, 0]


def test_a_cut_model_speaks_by_the_settings_of_the_whole_one(tmp_path: Path) -> None:
    model = made()
    model.generation_config.do_sample, model.generation_config.top_p = True, 0.6
    without_layers(model, [1]).save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path).generation_config
    assert (again.do_sample, again.top_p) == (True, 0.6)


@pytest.mark.parametrize(
    ("name", "axis"),
    [("mlp.gate_proj", 0), ("mlp.down_proj", 1), ("self_attn.k_proj", 0), ("self_attn.v_proj", 0),
     ("self_attn.q_proj", 0), ("self_attn.o_proj", 1)],
)  # fmt: skip
def test_a_file_that_holds_more_than_was_left_is_found_out(tmp_path: Path, name: str, axis: int) -> None:
    smaller = without_groups(without_units(made(), best(torch.rand(4, 48), 20)), [torch.tensor([0])] * 4)
    smaller.save_pretrained(tmp_path)
    assured(tmp_path, smaller)
    held = load_file(tmp_path / "model.safetensors")
    name = f"model.layers.2.{name}.weight"
    save_file({**held, name: torch.cat([held[name]] * 2, dim=axis)}, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(AssertionError, match=rf"{name} has \d+ (rows|columns), and \d+ were left"):
        assured(tmp_path, smaller)


@pytest.mark.parametrize("family", ["llama", "qwen2"])
def test_units_that_are_cut_are_units_that_give_nothing(family: str) -> None:
    model, (batch, _) = made(family), batches()
    kept = best(torch.rand(4, 48, generator=torch.Generator().manual_seed(3)), 30)
    smaller = without_units(model, kept)
    with torch.no_grad():
        for layer, units in zip(model.model.layers, kept, strict=True):
            gone = torch.ones(48, dtype=torch.bool)
            gone[units] = False
            layer.mlp.down_proj.weight[:, gone] = 0
    assert shape_of(smaller).width == 30
    torch.testing.assert_close(logits(smaller, batch), logits(model, batch))


@pytest.mark.parametrize("family", ["llama", "qwen2"])
def test_groups_that_are_cut_are_groups_that_give_nothing(family: str) -> None:
    model, (batch, _) = made(family), batches()
    kept = [torch.tensor([number % 2]) for number in range(4)]
    smaller = without_groups(model, kept)
    with torch.no_grad():
        for number, layer in enumerate(model.model.layers):
            gone = slice(16, 32) if number % 2 == 0 else slice(0, 16)
            layer.self_attn.o_proj.weight[:, gone] = 0
    assert (shape_of(smaller).groups, smaller.config.num_attention_heads) == (1, 2)
    torch.testing.assert_close(logits(smaller, batch), logits(model, batch))


def test_a_unit_that_gives_nothing_matters_least_and_one_that_gives_much_matters_most() -> None:
    model = made()
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight[:, 7] = 0
        model.model.layers[1].mlp.down_proj.weight[:, 9] *= 50
        model.model.layers[2].self_attn.o_proj.weight[:, :16] = 0
    found = importance(model, batches())
    assert found.units[1].argmin() == 7 and found.units[1, 7] == 0
    assert found.units[1].argmax() == 9
    assert found.groups[2, 0] == 0 < found.groups[2, 1]


def test_what_is_not_there_counts_for_nothing() -> None:
    model, (batch, _) = made(), batches()
    other = batch.ids.clone()
    other[~batch.mask.bool()] = 5
    same = Batch(other, batch.mask, batch.labels)
    assert loss_of(model, [batch]) == pytest.approx(loss_of(model, [same]), rel=1e-6)
    torch.testing.assert_close(importance(model, [batch]).units, importance(model, [same]).units)


def test_what_matters_is_measured_where_the_model_is() -> None:
    rows, here = batches(), made()
    wanted = importance(here, rows)
    with Beside():
        there = moved(made())
        assert loss_of(there, rows) == pytest.approx(loss_of(here, rows), rel=1e-6)
        assert influence(there, rows) == pytest.approx(influence(here, rows), rel=1e-4)
        found = importance(there, rows)
        torch.testing.assert_close((found.units, found.groups), (wanted.units, wanted.groups))


@pytest.mark.parametrize("what", ["depth", "width", "heads"])
def test_a_model_is_cut_where_it_is(what: str) -> None:
    rows, settings = batches(), Prune.model_validate({"what": [what], "floors": {"groups": 0.4}})
    found = next_cut(made(), rows, shape_of(made()), settings)
    with Beside():
        there = next_cut(moved(made()), rows, shape_of(made()), settings)
        assert found is not None and there is not None
        assert there[0].device.type == DEVICE
        assert (there[1].gone, there[1].parameters) == (found[1].gone, found[1].parameters)
        assert there[1].after == pytest.approx(found[1].after, rel=1e-5)


def test_the_cheapest_cut_is_taken_and_the_floors_hold() -> None:
    model, rows = made(), batches()
    first, cuts, held = shape_of(model), [], parameters(model)
    settings = Prune(floors=Floors(layers=0.5, width=0.5, groups=0.5), slice=0.25)
    while (found := next_cut(model, rows, first, settings)) is not None:
        model, cut = found
        assert cut.parameters == parameters(model) < held
        held = cut.parameters
        cuts.append(cut)
    assert shape_of(model) == Shape(2, 24, 1)
    assert sorted(cut.what for cut in cuts) == ["depth", "depth", "heads", "width", "width"]
    assert cuts[0].after == pytest.approx(cuts[1].before)


@pytest.mark.parametrize("tied", [True, False])
def test_the_file_holds_the_smaller_model_alone_and_loads_as_any_other(tmp_path: Path, tied: bool) -> None:
    model, (batch, _) = made(tied=tied), batches()
    smaller = without_groups(
        without_units(without_layers(model, [1]), best(torch.rand(3, 48), 20)), [torch.tensor([0])] * 3
    )
    smaller.save_pretrained(tmp_path)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    assert sum(torch.Size(shape).numel() for shape in shapes.values()) == parameters(smaller)
    assert not any("layers.3" in name for name in shapes)
    assert {shape for name, shape in shapes.items() if "down_proj" in name} == {(32, 20)}
    assert {shape for name, shape in shapes.items() if "o_proj" in name} == {(32, 16)}
    again = AutoModelForCausalLM.from_pretrained(tmp_path)
    torch.testing.assert_close(logits(again, batch), logits(smaller, batch))


def test_what_is_laid_out_otherwise_is_refused_by_name() -> None:
    model = made()
    model.config.model_type = "mamba"
    with pytest.raises(Refused) as refused:
        shape_of(model)
    assert refused.value.refusal.code == "E-prune-family" and "mamba" in refused.value.refusal.what
