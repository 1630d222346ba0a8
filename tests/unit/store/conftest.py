"""A store of its own for each test, and trees to put into it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sentinel.store import Store

Plant = Callable[[Path, Mapping[str, bytes]], Path]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def plant() -> Plant:
    """Writes files below a folder, making folders as needed, and gives the folder back."""

    def write(folder: Path, files: Mapping[str, bytes]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder

    return write
