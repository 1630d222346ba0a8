"""The checksum reads every byte again, and says which file is not what it was."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from sentinel.contract.at import Look
from sentinel.contract.kinds import Card, Kind
from sentinel.contract.registry import registered
from sentinel.contract.types import CheckType
from sentinel.gate.checksum import checksum
from sentinel.store import Store


@pytest.fixture
def card(tmp_path: Path) -> Card:
    """An artifact in a store."""
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "text").write_text("hello")
    store = Store(tmp_path / "store")
    digest = store.put(tmp_path / "card").digest
    return Card(digest, store.path(digest))


def look(tmp_path: Path, **inputs: tuple[Kind, ...]) -> Look:
    return Look("whole", inputs=inputs, store=tmp_path / "store")


def test_an_artifact_whose_every_byte_is_right_passes(tmp_path: Path, card: Card) -> None:
    found = checksum(look(tmp_path, candidate=(card,)))
    assert found.verdict == "pass"
    assert found.sentence == f"`candidate` is {card.digest[:12]}, to the byte in all its 1 files."


def test_one_flipped_byte_fails_and_names_the_file(tmp_path: Path, card: Card) -> None:
    (card.path / "text").chmod(0o600)
    (card.path / "text").write_text("jello")
    found = checksum(look(tmp_path, candidate=(card,)))
    assert found.verdict == "fail"
    assert "text" in found.sentence


def test_another_artifact_than_the_one_that_was_asked_for_fails(tmp_path: Path, card: Card) -> None:
    assert checksum(look(tmp_path, candidate=(card,)), equals=card.digest).verdict == "pass"
    found = checksum(look(tmp_path, candidate=(card,)), equals="0" * 64)
    assert (found.verdict, found.sentence) == ("fail", f"`candidate` is {card.digest[:12]}, and not 000000000000.")


def test_the_only_port_need_not_be_named_and_one_of_several_must(tmp_path: Path, card: Card) -> None:
    assert checksum(look(tmp_path, rows=(card,))).verdict == "pass"
    assert checksum(look(tmp_path, left=(card,), right=(card,))).verdict == "error"
    assert checksum(look(tmp_path, left=(card,), right=(card,)), port="left").verdict == "pass"


def test_what_is_not_there_is_an_error_and_no_pass(tmp_path: Path, card: Card) -> None:
    assert checksum(look(tmp_path)).verdict == "error"
    assert checksum(look(tmp_path, candidate=())).verdict == "error"
    assert checksum(look(tmp_path, candidate=(card,)), port="other").verdict == "error"
    assert checksum(Look("whole", inputs={"candidate": (card,)})).verdict == "error"


def test_a_digest_that_is_none_is_refused_by_the_parameters_that_the_checker_reads() -> None:
    held = registered(checksum)
    assert isinstance(held, CheckType)
    with pytest.raises(ValidationError, match="64 hexadecimal digits"):
        held.params.model_validate({"equals": "abc"})
