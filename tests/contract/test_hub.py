"""What a hub gives of a model, for the real client over a loopback and for the fake alike."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sentinel.domain.refusal import Refused
from sentinel.outside.hub import FakeHub, Hub, RealHub
from tests.contract.loopback_hub import LoopbackHub

MODEL = {
    "config.json": b'{"model_type": "llama"}', "model.safetensors": b"weights" * 1000, "tokenizer.json": b"{}",
    "tokenizer_config.json": b"{}", "pytorch_model.bin": b"pickle", "modeling_x.py": b"import os", "README.md": b"# x",
}  # fmt: skip
WANTED = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
MODELS = {("acme/base", "3f2c9e1"): MODEL}
Make = Callable[[], Hub]


@pytest.fixture(params=["fake", "real"])
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    if request.param == "fake":
        yield FakeHub(MODELS)
        return
    pytest.importorskip("huggingface_hub")
    loopback = LoopbackHub(MODELS, token="T0P-SECRET")
    yield RealHub("T0P-SECRET", loopback.url)
    loopback.close()


def test_of_a_model_its_weights_and_what_describes_them_are_taken_and_nothing_else(hub: Hub, tmp_path: Path) -> None:
    hub.fetch("acme/base", "3f2c9e1", tmp_path / "m")
    held = sorted(path.relative_to(tmp_path / "m").as_posix() for path in (tmp_path / "m").rglob("*") if path.is_file())
    assert held == WANTED
    assert (tmp_path / "m" / "model.safetensors").read_bytes() == MODEL["model.safetensors"]


def test_what_the_hub_has_not_is_refused_by_name(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"E-hub-unknown: the hub has no model acme/none"):
        hub.fetch("acme/none", "main", tmp_path / "m")
    with pytest.raises(Refused, match=r"E-hub-revision: acme/base has no revision 0000000"):
        hub.fetch("acme/base", "0000000", tmp_path / "n")


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@pytest.mark.parametrize("kind", ["fake", "real"])
def test_a_hub_that_cannot_be_reached_is_told_with_what_to_do_instead(kind: str, tmp_path: Path) -> None:
    if kind == "real":
        pytest.importorskip("huggingface_hub")
    away: Hub = FakeHub({}, offline=True) if kind == "fake" else RealHub(None, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Refused, match="E-hub-offline: the hub cannot be reached for acme/base") as told:
        away.fetch("acme/base", "3f2c9e1", tmp_path / "m")
    assert "base: {file: FOLDER}" in str(told.value)


def test_a_token_that_the_hub_does_not_know_reaches_nothing(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    loopback = LoopbackHub(MODELS, token="T0P-SECRET")
    try:
        with pytest.raises(Refused, match="not for this token") as told:
            RealHub("w0rse", loopback.url).fetch("acme/base", "3f2c9e1", tmp_path / "m")
        assert "w0rse" not in str(told.value)
    finally:
        loopback.close()
