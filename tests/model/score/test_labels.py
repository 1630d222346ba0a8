"""The label scorer: one forward pass a document, and the same answers whatever stands beside it in a batch."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.refusal import Refused
from sentinel.domain.task import CLASSIFICATION, Prompt, task_of
from sentinel.model import base
from sentinel.model.score.labels import answer_tokens, chances
from sentinel.model.score.likely import likely
from sentinel.model.score.loaded import Loaded, load
from sentinel.model.score.spoken import Speech, spoken
from tests.model.score.conftest import LABELS, tickets, tiny
from tests.model.tiny import attempt, quick
from tests.model.tiny import small as untaught

COLLIDING = ("card", "card lost", "card late", "parcel")


def loaded(model: Path, labels: tuple[str, ...] = LABELS, batch: int = 16) -> Loaded:
    task = task_of(CLASSIFICATION, Prompt("", "\nAnswer:"), labels)
    return load(model, base.tokenizer(model), task, batch=batch)


def texts(n: int) -> list[str]:
    return [f"{text} " * (1 + n % 3) for n, text in enumerate(tickets(n)["text"])]


def one_by_one(held: Loaded, text: str) -> list[float]:
    """The same by the book: each answer after its prompt alone, without padding, cache or batch."""
    import torch

    prompt = f"{text}\nAnswer:"
    sums, told = [], []
    for answer in held.task.answers:
        before = held.words(prompt)["input_ids"]
        whole = held.words(prompt + answer)["input_ids"]
        with torch.inference_mode():
            logs = torch.log_softmax(held.model(torch.tensor([whole])).logits[0], dim=-1)
        sums.append(float(sum(logs[at - 1, whole[at]] for at in range(len(before), len(whole)))))
        told.append(whole)
    likely = {tuple(whole): math.exp(each) for whole, each in zip(told, sums, strict=True)}
    own = [
        share - sum(more for other, more in likely.items() if len(other) > len(whole) and other[: len(whole)] == whole)
        for whole, share in likely.items()
    ]
    return [each / sum(own) for each in own]


@pytest.mark.parametrize(("labels", "room"), [(LABELS, 2**14), (COLLIDING, 2**14), (COLLIDING, 1)])
def test_shares_are_those_of_each_answer_scored_by_itself(
    model: Path, labels: tuple[str, ...], room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentinel.model.score.labels._TOKENS", room)
    held = loaded(model, labels, batch=5)
    asked = texts(13)
    for text, found in zip(asked, chances(held, asked), strict=True):
        assert found == pytest.approx(one_by_one(held, text), abs=1e-4)
        assert sum(found) == pytest.approx(1)


def test_a_label_that_goes_on_from_another_is_answered_where_it_is_right(tmp_path: Path) -> None:
    """With `cancel` and `cancel order`, the shorter one used to win whatever the model had learned."""
    from sentinel.model.tokens import encode
    from sentinel.model.train.learn import learn

    task = task_of(CLASSIFICATION, Prompt("", "\nAnswer:"), ("cancel", "cancel order"))
    rows = [
        {"text": f"{word} {number}", "label": label}
        for number in range(40)
        for word, label in (("printer refund", "cancel"), ("invoice card", "cancel order"))
    ]
    trained, words = untaught(seed=3)
    samples = encode(rows, task, words, 64).samples
    trained, _ = learn(trained, samples, (), quick(epochs=14, lr=1e-2), attempt(tmp_path), seed=1, fill=0)
    held = Loaded(trained.eval(), words, task)
    tokens = answer_tokens(held)
    assert tokens[1][: len(tokens[0])] == tokens[0]
    found = chances(held, [row["text"] for row in rows])
    right = [shares[task.labels.index(row["label"])] for row, shares in zip(rows, found, strict=True)]
    assert min(right) > 0.9


def test_labels_that_begin_alike_are_scored_whole_and_others_by_one_pass(model: Path) -> None:
    def passes(labels: tuple[str, ...]) -> int:
        held, seen = loaded(model, labels, batch=64), []
        held.model.register_forward_hook(lambda *_: seen.append(1))
        chances(held, texts(10))
        return len(seen)

    held = loaded(model, COLLIDING)
    tokens = answer_tokens(held)
    assert len({each[0] for each in tokens}) < len(tokens)
    assert passes(LABELS) == 1
    assert passes(COLLIDING) == 2


def test_a_text_that_is_too_long_loses_its_end_as_in_training(model: Path) -> None:
    held = loaded(model)
    begun = "the printer is lost " * 20
    found = chances(held, [begun + "zzz " * 300, begun + "yy " * 300, "a" + begun])
    assert found[0] == pytest.approx(found[1], abs=1e-5) and found[0] != pytest.approx(found[2], abs=1e-3)


def test_weights_that_are_no_numbers_are_refused(model: Path) -> None:
    import torch

    held = loaded(model)
    with torch.no_grad():
        held.model.lm_head.weight.fill_(float("nan"))
    with pytest.raises(Refused, match="E-model-numbers"):
        chances(held, texts(2))


def test_no_more_tokens_are_judged_at_once_than_their_logits_have_room(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches were bounded in tokens alone: at a vocabulary of 49,152 a batch made logits of 1.6 GB."""

    def made(held: Loaded, bytes_: int, score: Callable[[Loaded], Any]) -> tuple[int, Any]:
        monkeypatch.setattr("sentinel.model.score.loaded._LOGITS", bytes_)
        sizes: list[int] = []
        hook = held.model.register_forward_hook(lambda _, __, out: sizes.append(4 * out.logits.numel()))
        found = score(held)
        hook.remove()
        return max(sizes), found

    held = loaded(model, COLLIDING)
    pairs = [([], list(range(2, 40 + each))) for each in range(9)]
    speeches = [Speech(list(range(2, 40 + each)), 2) for each in range(9)]
    room = 50 * 4 * held.model.config.vocab_size
    for score in (
        lambda held: [each.log for each in likely(held, pairs)],
        lambda held: [shares[0] for shares in chances(held, texts(60))],
        lambda held: [chance for _, chance in spoken(held, speeches)],
    ):
        (most, found), (_, free) = made(held, room, score), made(held, 2**28, score)
        assert most <= room and found == pytest.approx(free, abs=1e-3)


def test_labels_that_a_tokenizer_cannot_tell_apart_are_refused(model: Path) -> None:
    held = loaded(model)
    silent = replace(held, task=task_of(CLASSIFICATION, Prompt("", "\nAnswer: ", False), ("", "billing")))
    with pytest.raises(Refused, match="has no token"):
        chances(silent, ["x"])


def test_a_model_with_positions_of_its_own_is_not_moved_by_padding(tmp_path: Path, model: Path) -> None:
    """Absolute positions count from the first real token."""
    from transformers import GPT2Config, GPT2LMHeadModel

    words = base.tokenizer(model)
    config = GPT2Config(vocab_size=len(words), n_embd=32, n_layer=2, n_head=2, n_positions=128, initializer_range=0.3)
    folder = base.save(GPT2LMHeadModel(config).eval(), words, tmp_path / "gpt2")
    held = loaded(folder, COLLIDING, batch=8)
    asked = texts(6)
    for text, found in zip(asked, chances(held, asked), strict=True):
        assert found == pytest.approx(one_by_one(held, text), abs=1e-4)


def test_the_tiny_model_is_the_same_each_time(tmp_path: Path, model: Path) -> None:
    again = tiny(tmp_path / "again", base.task_of(model))
    assert (again / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()
