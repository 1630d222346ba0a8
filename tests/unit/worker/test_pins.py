"""A version pins the machine and the software that made it, and the words that its model reads."""

import sys
from types import SimpleNamespace

import pytest

from sentinel.store import Entry
from sentinel.worker.pins import pins_of

WEIGHTS = Entry("model.safetensors", 3, "a" * 64)
WORDS = Entry("tokenizer.json", 2, "b" * 64)


def test_the_tokenizer_is_pinned_by_its_own_files_alone() -> None:
    pinned = pins_of([WEIGHTS, WORDS], 2)["tokenizer"]
    assert pinned == pins_of([WORDS], 2)["tokenizer"]
    assert pinned != pins_of([Entry("tokenizer.json", 2, "c" * 64)], 2)["tokenizer"]
    assert pins_of([WEIGHTS], 2)["tokenizer"] is None


def test_the_whole_lock_is_pinned_and_sorted() -> None:
    lock = pins_of([], 2)["lock"]
    assert lock == sorted(lock)
    assert any(line.startswith("pydantic==") for line in lock)


def test_a_worker_that_never_used_a_gpu_pins_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=SimpleNamespace(is_initialized=lambda: False)))
    assert pins_of([], 2)["hardware"]["gpus"] == []


def test_a_worker_that_used_gpus_pins_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = SimpleNamespace(is_initialized=lambda: True, device_count=lambda: 2, get_device_name="gpu-{}".format)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert pins_of([], 2)["hardware"]["gpus"] == ["gpu-0", "gpu-1"]
