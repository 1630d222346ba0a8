"""What is said of a training's memory, held against the tensors that a model really keeps."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from sentinel.contract.training import Train
from sentinel.model.memory import Batch, activations, loading, pruning, training
from sentinel.model.shape import NoShape, Shape, shape_of
from sentinel.model.tokens import Sample
from sentinel.model.train.counted import distilled, summed
from sentinel.model.train.watch import AT_ONCE, held_out_loss, looked_at

ROWS, WIDTH, RANK = 4, 50, 8
BATCH = Batch(ROWS, WIDTH, ROWS)
SHAPE = Shape(64, 2, 4, 64, 64, 192, 320, tied=True, context=512)


def llama(layers: int = 2, groups: int = 4, attention: str = "sdpa") -> Any:
    config = LlamaConfig(
        vocab_size=320, hidden_size=64, num_hidden_layers=layers, num_attention_heads=4, num_key_value_heads=groups,
        intermediate_size=192, max_position_embeddings=512, tie_word_embeddings=True,
    )  # fmt: skip
    config._attn_implementation = attention
    return LlamaForCausalLM(config).float().train()


def kept(model: Any, half: bool = False, packed: bool = False) -> int:
    """The bytes that one look of a model at a batch keeps for the way back, each storage once, parameters left out."""
    own = {each.untyped_storage().data_ptr() for each in model.parameters()}
    held: dict[int, int] = {}
    alive = []

    def keep(tensor: Any) -> Any:
        alive.append(tensor)  # else its place may be given to another
        place = tensor.untyped_storage()
        if place.data_ptr() not in own:
            held[place.data_ptr()] = place.nbytes()
        return tensor

    more = {}
    if packed:
        more = {"position_ids": torch.cat([torch.arange(20), torch.arange(WIDTH - 20)]).expand(ROWS, WIDTH)}
    bare = model.base_model.model.model if hasattr(model, "peft_config") else model.model
    cast = torch.autocast("cpu", torch.bfloat16) if half else nullcontext()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), cast:
        bare(input_ids=torch.zeros(ROWS, WIDTH, dtype=torch.long), use_cache=False, **more)
    return sum(held.values())


def layer(half: bool = False, packed: bool = False, method: str = "full", dropout: float = 0.0, **sizes: Any) -> int:
    """What one more layer keeps."""
    found = []
    for layers in (2, 3):
        model = llama(layers, **sizes)
        if method != "full":
            config = LoraConfig(r=RANK, target_modules="all-linear", task_type="CAUSAL_LM", lora_dropout=dropout,
                                use_dora=method == "dora")  # fmt: skip
            model = get_peft_model(model, config).train()
        found.append(kept(model, half, packed))
    return found[1] - found[0]


@pytest.mark.parametrize(
    ("real", "said"),
    [
        ({}, {}),
        ({"groups": 2}, {"keys": 32}),
        ({"groups": 2, "packed": True}, {"keys": 32, "packed": True}),
        ({"attention": "eager"}, {"attention": "eager"}),
        ({"half": True}, {"half": True}),
        ({"method": "lora"}, {"method": "lora"}),
        ({"method": "lora", "half": True}, {"method": "lora", "half": True}),
        ({"method": "lora", "dropout": 0.1}, {"method": "lora", "dropout": True}),
        ({"method": "dora"}, {"method": "dora"}),
    ],
    ids=["full", "groups", "packed", "eager", "bf16", "lora", "lora bf16", "lora dropout", "dora"],
)
def test_what_is_said_to_be_kept_for_the_way_back_is_kept(real: dict[str, Any], said: dict[str, Any]) -> None:
    said = dict(said)
    shape = Shape(64, 1, 4, 64, said.pop("keys", 64), 192, 320, tied=True)
    batch = Batch(ROWS, WIDTH, ROWS, packed=said.pop("packed", False))
    # copies of weights are counted apart
    copies = (2 if said.get("half") else 0) * shape.linear + (4 if said.get("method") == "dora" else 0) * shape.linear
    told = activations(shape, batch, rank=RANK, **said) + copies
    assert told == pytest.approx(layer(**real), rel=0.08)


def test_parameters_are_counted_as_the_models_have_them() -> None:
    for model in (llama(), GPT2LMHeadModel(GPT2Config(vocab_size=320, n_embd=64, n_layer=2, n_head=4))):
        shape = shape_of(model.config.to_dict())
        count = sum(each.numel() for each in model.parameters())
        positions = 0 if shape.gated else 1024 * 64
        assert shape.parameters + positions == pytest.approx(count, rel=0.02)
    adapted = get_peft_model(llama(), LoraConfig(r=RANK, target_modules="all-linear", task_type="CAUSAL_LM"))
    assert SHAPE.adapter(RANK) == sum(each.numel() for each in adapted.parameters() if each.requires_grad)


def test_a_config_that_tells_no_sizes_is_no_shape(tmp_path: Path) -> None:
    with pytest.raises(NoShape):
        shape_of({"model_type": "llama", "hidden_size": 64})
    with pytest.raises(NoShape):
        shape_of(json.loads('{"hidden_size": "wide", "num_hidden_layers": 2, "num_attention_heads": 2}'))


@given(some.integers(1, 64), some.integers(8, 512), some.integers(1, 64))
def test_more_to_learn_from_at_once_never_takes_less(rows: int, width: int, rank: int) -> None:
    for method in ("full", "lora", "dora"):
        small = training(SHAPE, Batch(rows, width, rows), method=method, rank=rank)
        for more in (Batch(rows + 1, width, rows), Batch(rows, width + 1, rows), Batch(rows, width, rows + 1)):
            assert training(SHAPE, more, method=method, rank=rank).total >= small.total
        bent = training(SHAPE, Batch(rows, width, rows), method=method, rank=rank + 1)
        assert (bent.total > small.total) == (method != "full")


def test_what_an_adapter_saves_are_moments() -> None:
    full, lora = (training(SHAPE, BATCH, method=method).parts for method in ("full", "lora"))
    assert full["weights"] == lora["weights"] and full["optimizer"] == 2 * full["weights"]
    assert lora["optimizer"] == 2 * lora["adapter"]
    assert training(SHAPE, BATCH, checkpointing=True).total < training(SHAPE, BATCH).total
    assert training(SHAPE, BATCH, keeps_best=True).total - training(SHAPE, BATCH).total == full["weights"]


def test_large_tensors_leave_no_holes_and_gradients_take_the_place_of_activations() -> None:
    wide = Shape(1024, 2, 16, 1024, 1024, 4096, 320, tied=True)
    small, large = Batch(1, 256, 1), Batch(64, 256, 1)
    assert training(wide, small, method="lora").parts["step"] > 1.7 * activations(wide, small, method="lora")
    assert training(wide, large, method="lora").parts["step"] < 1.05 * activations(wide, large, method="lora")
    assert training(wide, small).parts["step"] >= 4 * wide.parameters > activations(wide, small)


def test_a_look_takes_what_a_step_does_not_cover_and_no_more_rows_at_once() -> None:
    """Looks went sixteen rows at a time whatever a step did, and were in no estimate."""
    wide = Shape(64, 2, 4, 64, 64, 192, 50_000, tied=True)
    narrow, long = Batch(1, 512, 512), Batch(16, 512, 16 * 511)
    assert training(wide, narrow, method="lora", look=narrow).parts["look"] == 0
    logits = 4 * long.learned * wide.vocabulary
    without = training(wide, narrow, method="lora").total
    assert without + 1.7 * logits < training(wide, narrow, method="lora", look=long).total < without + 2.3 * logits
    sizes = [{"batch": 1}, {"batch": 12, "accumulate": 4}, {"batch": 12, "processes": 3}, {"batch": 64}]
    assert [looked_at(Train.model_validate(each)) for each in sizes] == [1, 3, 4, AT_ONCE]


def test_a_look_really_goes_no_further_at_once_and_finds_the_same() -> None:
    model, rows = llama().eval(), [Sample(tuple(range(1, 5 + each)), (True,) * (4 + each)) for each in range(10)]
    widths: list[int] = []
    model.register_forward_pre_hook(lambda _, __, given: widths.append(len(given["input_ids"])), with_kwargs=True)
    whole, parts = held_out_loss(model, rows, 0), held_out_loss(model, rows, 0, 4)
    assert widths == [10, 4, 4, 2] and parts == pytest.approx(whole, rel=1e-5)


def test_processes_hold_a_model_each_and_share_their_libraries() -> None:
    one, three = (training(SHAPE, BATCH, processes=count).parts for count in (1, 3))
    assert all(three[name] == 3 * one[name] for name in ("weights", "optimizer", "step", "logits"))
    assert 2 * one["baseline"] < three["baseline"] < 4 * one["baseline"]
    assert three["buckets"] == 3 * one["weights"] and one["buckets"] == 0


def test_pruning_holds_a_teacher_and_the_models_that_a_cut_is_chosen_from() -> None:
    whole = Batch(ROWS, WIDTH, BATCH.places)
    told, alone = (pruning(SHAPE, whole, BATCH, distil=distil) for distil in (True, False))
    weights = 4 * SHAPE.parameters
    assert told.parts["teacher"] == weights and alone.parts["teacher"] == 0
    assert told.total - training(SHAPE, whole).total == weights + 3 * 4 * whole.learned * SHAPE.vocabulary
    # where little is learned at once, it is the cutting that takes the most
    wide = Shape(1024, 8, 16, 1024, 1024, 4096, 320, tied=True)
    cutting = pruning(wide, Batch(1, 4, 4), Batch(8, 256, 0), distil=True).parts
    assert cutting["cuts"] > 3 * cutting["weights"] and cutting["optimizer"] == 0


@pytest.mark.parametrize(("teaches", "times"), [(False, 3), (True, 6)])
def test_logits_lie_there_so_many_times(teaches: bool, times: int) -> None:
    """Counted by the allocator: what is alive at the worst moment of one step, where little else is."""
    shape = Shape(64, 2, 4, 64, 64, 192, 30_000, tied=True)
    config = LlamaConfig(
        vocab_size=30_000, hidden_size=64, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=512, tie_word_embeddings=True,
    )  # fmt: skip
    model, teacher = LlamaForCausalLM(config), LlamaForCausalLM(config)
    ids = torch.zeros(1, 257, dtype=torch.long)
    held = {"input_ids": ids[:, :-1], "targets": ids[:, 1:]}
    with torch.profiler.profile(profile_memory=True) as seen:
        loss = distilled(model, teacher, held, 0.5) if teaches else summed(model, held)
        loss.backward()
    batch = Batch(1, 256, 256)
    told = training(shape, batch, teacher=teaches).parts["logits"]
    assert told == times * 4 * 256 * 30_000
    assert told == pytest.approx(_most(seen), rel=0.2)


def _most(seen: Any) -> int:
    """The most bytes that lay there at once, gradients of the tables left out."""
    alive = most = 0
    for each in seen.profiler.kineto_results.events():
        if each.name() == "[memory]":
            alive += each.nbytes()
            most = max(most, alive)
    return most - 2 * 4 * 64 * 30_000


def test_trying_bf16_takes_gradients_for_all_where_an_adapter_takes_few() -> None:
    plain, half = (training(SHAPE, Batch(4, 8, 4), method="lora", rank=1, precision=each) for each in ("fp32", "bf16"))
    assert "tried" in plain.parts and plain.parts["tried"] == 0
    assert half.parts["tried"] + half.parts["copies"] + half.parts["step"] > half.parts["weights"]


def test_weights_of_another_type_are_read_beside_what_they_become() -> None:
    same, other = loading(SHAPE, stored="float32"), loading(SHAPE, dtype="bfloat16", stored="float32")
    assert same.parts["read"] == 0 and other.parts["read"] == 2 * other.parts["weights"]
