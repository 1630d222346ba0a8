"""Which rows a step learns from is known beforehand; how they lie in memory changes nothing of what comes out."""

import random
from itertools import islice
from typing import Any

import pytest
import torch
from transformers import Lfm2Config, Lfm2ForCausalLM

from sentinel.model.batches import NOTHING, order, packed, padded, waste
from sentinel.model.tokens import Sample
from sentinel.model.train.counted import summed
from sentinel.model.train.holds import packing, tensors
from tests.model.tiny import small


def samples(*lengths: int) -> list[Sample]:
    chance = random.Random(0)
    return [
        Sample(tuple(chance.choices(range(1, 300), k=length)), (False,) + (True,) * (length - 1)) for length in lengths
    ]


SKEWED = samples(60, 3, 9, 5, 22, 4, 3, 17)


def test_every_row_comes_once_before_any_comes_twice() -> None:
    rows = samples(*range(2, 52))
    first = list(islice(order(rows, 5, 8), 7))
    assert sorted(row for step in first for row in step.rows) == list(range(50))


def test_the_order_comes_from_the_seed_alone_and_differs_from_epoch_to_epoch() -> None:
    rows = samples(*range(2, 52))
    one, same, other = (list(islice(order(rows, seed, 8), 14)) for seed in (5, 5, 6))
    assert one == same != other
    assert one[:7] != one[7:]


@pytest.mark.parametrize(("parts", "processes"), [(1, 1), (2, 1), (1, 2), (3, 2)])
def test_a_step_learns_from_the_same_rows_however_it_is_split(parts: int, processes: int) -> None:
    rows = samples(*range(2, 52))
    whole = list(islice(order(rows, 5, 8), 7))
    split = list(islice(order(rows, 5, 8, parts=parts, processes=processes), 7))
    assert [sorted(step.rows) for step in split] == [sorted(step.rows) for step in whole]
    assert all(len(step.parts) == parts and all(len(part) == processes for part in step.parts) for step in split)


def test_bucketing_brings_rows_of_like_length_together() -> None:
    rows = samples(*[2 + (37 * number) % 90 for number in range(256)])

    def padding(bucketing: bool) -> float:
        steps = islice(order(rows, 1, 8, bucketing=bucketing), 32)
        return sum(waste(padded(held, 0), held) for held in ([rows[row] for row in step.rows] for step in steps)) / 32

    assert padding(True) < 0.15 < 0.3 < padding(False)


def test_packing_leaves_less_room_unused() -> None:
    assert waste(packed(SKEWED, 0), SKEWED) < 0.35 < 0.7 < waste(padded(SKEWED, 0), SKEWED)


def test_a_packed_row_has_the_logits_that_it_has_alone() -> None:
    model, _ = small(seed=3)
    model.eval()
    held = tensors(packed(SKEWED, 0), "cpu")
    with torch.no_grad():
        together = model(input_ids=held["input_ids"], position_ids=held["position_ids"], use_cache=False).logits
        found = 0
        for each in SKEWED:
            alone = model(input_ids=torch.tensor([each.ids])).logits[0]
            for line, ids in zip(together, held["input_ids"].tolist(), strict=True):
                for start in range(len(ids) - len(each.ids) + 1):
                    if tuple(ids[start : start + len(each.ids)]) == each.ids:
                        assert (line[start : start + len(each.ids)] - alone).abs().max() < 1e-5
                        found += 1
    assert found == len(SKEWED)


def test_a_packed_row_passes_its_gradient_to_itself_alone() -> None:
    model, _ = small(seed=3)
    grads = []
    for lay in (padded, packed):
        model.zero_grad()
        summed(model, tensors(lay(SKEWED, 0), "cpu")).backward()
        grads.append(torch.cat([each.grad.flatten() for each in model.parameters()]))
    assert torch.allclose(*grads, atol=2e-4)


def test_the_loss_is_that_of_transformers_over_the_same_targets() -> None:
    model, _ = small(seed=3)
    held = padded(SKEWED, 0)
    labels = torch.full(held["input_ids"].shape, NOTHING)
    labels[:, 1:] = torch.from_numpy(held["targets"][:, :-1])
    with torch.no_grad():
        theirs = model(input_ids=torch.from_numpy(held["input_ids"]), labels=labels).loss.item()
        ours = summed(model, tensors(held, "cpu")).item() / sum(each.useful for each in SKEWED)
    assert abs(ours - theirs) < 1e-5


def test_a_process_without_rows_learns_nothing_and_does_not_break() -> None:
    model, _ = small()
    for lay in (padded, packed):
        assert summed(model, tensors(lay([], 0), "cpu")).item() == 0


def test_a_model_that_cannot_keep_packed_rows_apart_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = small(seed=3)
    assert packing(model, SKEWED) is None
    whole = model.forward
    monkeypatch.setattr(model, "forward", lambda position_ids=None, **more: whole(**more))  # it ignores positions
    assert "rows are not packed" in str(packing(model, SKEWED))


def leaking() -> Any:
    """A model whose convolutions read on over the rows that lie before in the same place."""
    torch.manual_seed(3)
    config = Lfm2Config(
        vocab_size=300, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, layer_types=["conv", "full_attention"], block_auto_adjust_ff_dim=False,
        initializer_range=0.3,
    )  # fmt: skip
    return Lfm2ForCausalLM(config).eval()


def test_a_model_that_leaks_is_found_out_though_its_first_rows_are_alike() -> None:
    rows = samples(*[30] * 16, 3, 5, 60)
    assert "rows are not packed" in str(packing(leaking(), rows))
    assert packing(small(seed=3)[0], rows) is None


def test_where_no_two_rows_go_into_one_nothing_is_tried() -> None:
    assert packing(None, samples(30, 31, 60)) is None
