"""Two processes that train together learn what one learns from the same rows, and fail together."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from sentinel.domain.refusal import Refused
from tests.model.test_forge import forged
from tests.model.tiny import TINY, dataset, tickets


@pytest.mark.long
def test_two_processes_agree_with_one_at_the_same_rows_a_step(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", tickets(60))
    one, two = (
        forged(tmp_path / f"{count}", data, scratch=TINY, processes=count, checkpoint_every=3, held_out=0.2).model.path
        for count in (1, 2)
    )
    alone, together = (load_file(each / "model.safetensors") for each in (one, two))
    # sums in another order, which steps of Adam make larger, on some machines more than on others
    assert all(torch.allclose(alone[name], together[name], atol=1e-3) for name in alone)
    told = [json.loads((each / "training.json").read_text()) for each in (one, two)]
    for (step, loss), (other, same) in zip(told[0]["losses"], told[1]["losses"], strict=True):
        assert step == other and abs(loss - same) < 1e-3
    assert told[0]["tokens"] == told[1]["tokens"]


@pytest.mark.long
def test_what_one_process_is_refused_ends_all_of_them_by_name(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", tickets(30))
    with pytest.raises(Refused, match="E-context"):
        forged(tmp_path / "one", data, scratch=TINY, processes=2, max_tokens=5000)
