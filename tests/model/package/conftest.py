"""Tiny models, made once, and an attempt for steps to run in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from tests.model.package.tiny import tiny_model

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny llama whose output reads its embeddings."""
    return tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="session")
def untied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with an output of its own, that cuts between digits and has a chat template."""
    return tiny_model(tmp_path_factory.mktemp("untied") / "model", tied=False, digits=True, chat=True)


@pytest.fixture
def attempt(tmp_path: Path) -> Callable[..., At]:
    """Attempts, each in a folder of its own."""
    made: list[At] = []

    def attempt(**reads: Any) -> At:
        folder = tmp_path / f"attempt{len(made)}"
        folder.mkdir()
        made.append(At(AttemptIn("a1", "r1", "packed", "package", {}, {}, "", str(tmp_path), reads=reads), folder))
        return made[-1]

    return attempt
