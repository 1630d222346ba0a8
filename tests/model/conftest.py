"""One thread computes here, and what torch's family says of itself is not ours to mend."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # said once, when they are first imported
    import peft
    import torch
    import transformers

assert peft and transformers
HERE = Path(__file__).parent
OTHERS = [
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning",  # peft asks transformers by its old name
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pass, in these tests, what others warn of among themselves."""
    for item in items:
        if item.path.is_relative_to(HERE):
            for each in OTHERS:
                item.add_marker(pytest.mark.filterwarnings(each))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The same sums in the same order."""
    torch.set_num_threads(1)
    yield
