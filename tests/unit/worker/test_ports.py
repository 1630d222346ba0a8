"""What a step takes and gives, by port."""

from pathlib import Path
from typing import NamedTuple

import pytest

from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import Card, Model, Spec
from sentinel.domain.artifact import Artifact
from sentinel.domain.plan import Port
from sentinel.domain.refusal import Refused
from sentinel.store import Store
from sentinel.worker.ending import Failed
from sentinel.worker.ports import arguments, held, keep, made_by


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def tree(path: Path, **files: str) -> Path:
    path.mkdir(parents=True)
    for name, text in files.items():
        (path / name.replace("__", ".")).write_text(text)
    return path


class Made(NamedTuple):
    model: Model
    card: Card | None
    specs: list[Spec]


PORTS = {"model": Port("Model"), "card": Port("Card", optional=True), "specs": Port("Spec", many=True)}


def test_an_attempts_inputs_are_held_as_files_of_their_kind(store: Store, tmp_path: Path) -> None:
    digest = store.put(tree(tmp_path / "card", text="hello")).digest
    told = AttemptIn("a", "r", "s", "x", {}, {"card": (Artifact("Card", digest),)}, str(store.root), "")
    (card,) = held(told, store)["card"]
    assert isinstance(card, Card)
    assert (card.path / "text").read_text() == "hello"


def test_an_input_that_the_store_has_lost_is_refused(store: Store) -> None:
    told = AttemptIn("a", "r", "s", "x", {}, {"card": (Artifact("Card", "0" * 64),)}, str(store.root), "")
    with pytest.raises(Refused, match="E-gone"):
        held(told, store)


def test_arguments_come_in_the_order_of_the_function_with_none_for_what_is_not_there() -> None:
    card, first, second = Card("c", Path("c")), Spec("1", Path("1")), Spec("2", Path("2"))
    ports = {
        "specs": Port("Spec", many=True), "model": Port("Model", optional=True), "card": Port("Card"),
        "more": Port("Spec", many=True), "maybe": Port("Spec", many=True, optional=True),
    }  # fmt: skip
    assert arguments(ports, {"card": (card,), "specs": (first, second)}) == [[first, second], None, card, [], None]


def test_what_a_function_returns_is_read_by_port() -> None:
    model = Model.made(Path("m"))
    assert made_by(Made(model, None, []), PORTS) == {"model": [model], "card": [], "specs": []}
    assert made_by(model, {"model": Port("Model")}) == {"model": [model]}
    assert made_by({"left": model, "right": [model, model]}, {}) == {"left": [model], "right": [model, model]}
    assert made_by(None, {}) == {}


def test_what_was_made_is_moved_into_the_store_and_told_with_its_bytes(store: Store, tmp_path: Path) -> None:
    own = tmp_path / "attempt"
    path = tree(own / "out" / "card", text="hello")
    outputs, sizes = keep({"card": [Card.made(path)]}, {"card": Port("Card")}, "s", own, store)
    (artifact,) = outputs["card"]
    assert artifact.kind == "Card"
    assert store.read(artifact.digest, "text") == b"hello"
    assert sizes == {artifact.digest: 5}
    assert not path.exists()


def test_what_lies_elsewhere_is_copied_and_stays(store: Store, tmp_path: Path) -> None:
    path = tree(tmp_path / "elsewhere", text="hello")
    keep({"card": [Card.made(path)]}, {"card": Port("Card")}, "s", tmp_path / "attempt", store)
    assert (path / "text").exists()


def test_an_input_that_is_passed_on_is_the_same_artifact(store: Store, tmp_path: Path) -> None:
    kept = store.put(tree(tmp_path / "card", text="hello"))
    card = Card(kept.digest, store.path(kept.digest))
    outputs, sizes = keep({"card": [card]}, {"card": Port("Card")}, "s", tmp_path, store)
    assert outputs["card"] == (Artifact("Card", kept.digest),)
    assert sizes == {kept.digest: 5}


def test_a_step_that_names_a_digest_and_gives_other_files_gets_the_digest_of_the_files(
    store: Store, tmp_path: Path
) -> None:
    kept = store.put(tree(tmp_path / "card", text="hello"))
    liar = Card(kept.digest, tree(tmp_path / "other", text="bye"))
    outputs, _ = keep({"card": [liar]}, {"card": Port("Card")}, "s", tmp_path, store)
    assert store.read(outputs["card"][0].digest, "text") == b"bye"


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_kept(store: Store, tmp_path: Path) -> None:
    made = {
        "card": [Card.made(tree(tmp_path / "empty"))],
        "specs": [Spec.made(tree(tmp_path / "spec", text="fine")), Card.made(tmp_path)],
    }
    with pytest.raises(Failed) as told:
        keep(made, PORTS, "tuned", tmp_path, store)
    said = told.value.refusal.what
    assert "Nothing was given on the port `model`, which is for Model." in said
    assert "On `card`: Card is empty." in said
    assert "The port `specs` is for Spec, and Card was given." in said
    assert list(store.walk()) == []
