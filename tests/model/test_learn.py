"""A training ends where it should, says what goes wrong, and goes on after a kill as if there had been none."""

import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from sentinel.contract.at import At
from sentinel.contract.attempt import ALARM
from sentinel.domain.refusal import Refused
from sentinel.domain.task import Prompt, task_of
from sentinel.model.tokens import encode
from sentinel.model.train.learn import learn
from sentinel.model.train.watch import Watch
from tests.effort import slow
from tests.model.tiny import MOVED, attempt, quick, small, tickets

TASK = task_of("classification", Prompt(after="\nAnswer:"), ["billing", "hardware", "login"])
FULL = {"method": "full", "accumulate": 2}
LORA = {"method": "lora", "rank": 4, "dropout": 0.1, "lr": 1e-2}
DORA = {"method": "dora", "rank": 2}


class Killed(Exception):
    """As a kill would, this goes through everything."""


def train(
    at: At, rows: int = 48, held_out: int = 0, seed: int = 7, wrong: bool = False, **settings: Any
) -> tuple[Any, Any]:
    model, words = small(seed=2)
    made = encode(tickets(rows), TASK, words, 96).samples
    others = [{**row, "label": MOVED[row["label"]]} if wrong else row for row in tickets(held_out, seed=9)]
    aside = encode(others, TASK, words, 96).samples
    return learn(model, made, aside, quick(**settings), at, seed=seed, fill=words.pad_token_id)


def weights(model: Any) -> dict[str, bytes]:
    return {name: each.detach().numpy().tobytes() for name, each in model.state_dict().items()}


def dies_after(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    taken = Watch.step

    def dying(self: Watch, number: int, model: Any) -> Any:
        if number == step:
            raise Killed
        return taken(self, number, model)

    monkeypatch.setattr(Watch, "step", dying)


@pytest.mark.parametrize("settings", [FULL, slow(LORA), slow(DORA)], ids=["full", "lora", "dora"])
def test_a_training_that_is_killed_goes_on_to_the_very_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    settings = {**settings, "checkpoint_every": 2, "early_stop": {"patience": 9}, "look_every": 2}
    whole, said = train(attempt(tmp_path / "whole"), held_out=10, **settings)
    for step in (2, 5):
        at = attempt(tmp_path / f"{step}")
        with monkeypatch.context() as patch, pytest.raises(Killed):
            dies_after(patch, step)
            train(at, held_out=10, **settings)
        torch.rand(step)  # what else draws from chance meanwhile is no matter
        resumed, told = train(at, held_out=10, **settings)
        assert told == said
        assert weights(resumed) == weights(whole)


KILLED = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from sentinel.model.train.watch import Watch
from tests.model.test_learn import train, FULL
from tests.model.tiny import attempt
taken = Watch.step
def dying(self, number, model):
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return taken(self, number, model)
Watch.step = dying
train(attempt(Path(sys.argv[1])), checkpoint_every=1, **FULL)
"""


def test_a_real_kill_in_the_middle_changes_no_bit(tmp_path: Path, root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed")], cwd=root, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr[-500:]
    at = attempt(tmp_path / "killed")
    assert at.checkpoint is not None
    resumed, told = train(at, **FULL)
    whole, said = train(attempt(tmp_path / "whole"), **FULL)
    assert (told, weights(resumed)) == (said, weights(whole))


def test_a_checkpoint_holds_nothing_that_needs_more_than_weights(tmp_path: Path) -> None:
    at = attempt(tmp_path)
    train(at, checkpoint_every=2)
    assert at.checkpoint is not None
    names = {each.name for each in at.checkpoint.iterdir()}
    assert names == {"weights.safetensors", "inside.pt", "diary.json", "trainer_state.json"}
    torch.load(at.checkpoint / "inside.pt", weights_only=True)


@pytest.mark.parametrize(
    ("settings", "steps", "ended_by"),
    [
        ({}, 6, "epochs"),
        ({"steps": 4}, 4, "steps"),
        ({"budget": {"steps": 3}}, 3, "budget.steps"),
        ({"budget": {"tokens": 450}}, 2, "budget.tokens"),
        ({"budget": {"time": "1ms"}}, 1, "budget.time"),
    ],
)
def test_it_ends_where_its_budget_does_and_says_so(
    tmp_path: Path, settings: dict[str, Any], steps: int, ended_by: str
) -> None:
    _, told = train(attempt(tmp_path), **settings)
    assert (told["steps"], told["ended_by"]) == (steps, ended_by)


def test_a_loss_that_is_no_number_ends_it_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"E-loss-nonfinite.*of step \d+ is no number, at a learning rate of .*Try `lr:"):
        train(attempt(tmp_path), lr=1.0, clip=1e30, epochs=20, weight_decay=1e30)


def test_early_stop_gives_the_best_weights_and_not_the_last(tmp_path: Path) -> None:
    at = attempt(tmp_path)
    _, told = train(at, rows=16, held_out=16, epochs=60, lr=0.03, look_every=4, early_stop={"patience": 3})
    looks = dict(told["held_out"])
    assert told["ended_by"] == "early_stop" and told["steps"] < told["planned"]
    least = 0.001  # of what falls by less, no note is taken
    assert min(looks.values()) <= looks[told["given"]] < min(min(looks.values()) + least, told["held_out"][-1][1])


def test_early_stop_that_has_too_few_rows_to_look_at_says_so(tmp_path: Path) -> None:
    at = attempt(tmp_path)
    _, told = train(at, held_out=7, steps=1, early_stop={"patience": 3})
    assert [note for note in told["notes"] if "early_stop does not work here: fewer than 8 rows" in note]
    assert told["notes"][0] in (at.folder / "progress.jsonl").read_text()
    for held_out, rule in ((8, {"patience": 3}), (7, None)):
        _, told = train(attempt(tmp_path / f"{held_out}"), held_out=held_out, steps=1, early_stop=rule)
        assert told["notes"] == []


def test_a_held_out_loss_that_rises_is_told_with_what_may_be_wrong(tmp_path: Path) -> None:
    _, told = train(attempt(tmp_path), rows=16, held_out=16, wrong=True, epochs=40, lr=0.02, look_every=5)
    assert len(told["warnings"]) == 1 and "learned by heart" in told["warnings"][0]
    assert (tmp_path / ALARM).read_text().startswith("the training gets worse: the held-out loss was")


def test_packed_and_padded_learn_the_same(tmp_path: Path) -> None:
    losses = []
    for packing in (True, False):
        _, told = train(attempt(tmp_path / f"{packing}"), packing=packing, epochs=2)
        assert told["packed"] is packing
        losses.append(told["losses"])
    assert all(abs(one[1] - other[1]) < 1e-3 for one, other in zip(*losses, strict=True))


def test_a_step_in_parts_learns_what_it_learns_whole(tmp_path: Path) -> None:
    losses = [train(attempt(tmp_path / f"{parts}"), accumulate=parts)[1]["losses"] for parts in (1, 4)]
    assert all(abs(one[1] - other[1]) < 1e-3 for one, other in zip(*losses, strict=True))


def test_bf16_that_does_not_hold_falls_back_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sentinel.model.train import holds

    _, told = train(attempt(tmp_path / "holds"), precision="bf16", steps=2)
    assert (told["precision"], told["notes"]) == ("bf16", [])
    real = holds.summed
    monkeypatch.setattr(
        holds, "summed", lambda *given: real(*given) * (math.inf if torch.is_autocast_enabled("cpu") else 1)
    )
    at = attempt(tmp_path / "falls")
    _, told = train(at, precision="bf16", steps=2)
    assert told["precision"] == "fp32"
    assert told["notes"] == ["it is trained in fp32: in bf16 its first step is not finite"]
    assert told["notes"][0] in (at.folder / "progress.jsonl").read_text()


def test_what_was_tried_before_the_first_step_is_not_tried_again_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentinel.model.train import holds

    whole, said = train(attempt(tmp_path / "whole"), precision="bf16")
    at = attempt(tmp_path / "killed")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        dies_after(patch, 4)
        train(at, precision="bf16", checkpoint_every=2)
    real = holds.summed
    monkeypatch.setattr(holds, "summed", lambda *given: real(*given) * math.inf)  # now it would not hold
    resumed, told = train(at, precision="bf16", checkpoint_every=2)
    assert told == said and told["precision"] == "bf16"
    assert weights(resumed) == weights(whole)


def test_progress_tells_speed_padding_memory_and_the_end(tmp_path: Path) -> None:
    train(attempt(tmp_path))
    last = (tmp_path / "progress.jsonl").read_text().splitlines()[-1]
    for name in ("loss", "useful_tokens_s", "padding", "memory_mib", "ends_in_s"):
        assert f'"{name}"' in last


def test_targets_that_a_model_does_not_have_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="E-lora-targets"):
        train(attempt(tmp_path), method="lora", targets=["nowhere"])
