"""The page of a card, as a screen shows it."""

from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.artifact import Artifact
from sentinel.domain.refusal import Refused
from sentinel.domain.run.events import StepEnded
from tests.unit.api.house import House
from tests.unit.api.test_routes import until


def carded(house: House, folder: Path, text: bytes) -> str:
    """A run one of whose steps has written a card."""
    folder.mkdir()
    (folder / "README.md").write_bytes(text)
    digest = house.site.store.put(folder).digest
    run: str = house.client.ask("run", recipe="asking")["run"]
    until(lambda: house.client.ask("show", run=run)["state"] == "waiting")
    ends = StepEnded("agreed", "done", "approved", {"card": (Artifact("Card", digest),)}, "")
    house.do(lambda engine: engine.do("test", lambda work: work.apply(f"run/{run}", [ends])))
    return run


def page(house: House, run: str) -> Any:
    """The page of a run's card."""
    return house.client.ask("page", run=run)


def test_the_page_of_a_card_is_its_text(house: House, tmp_path: Path) -> None:
    run = carded(house, tmp_path / "card", "# The router\n\nIt knows ä.\n".encode())
    told = page(house, run)
    assert (told["run"], told["text"], told["cut"]) == (run, "# The router\n\nIt knows ä.\n", False)


def test_a_page_is_shown_as_far_as_anybody_reads(house: House, tmp_path: Path) -> None:
    told = page(house, carded(house, tmp_path / "card", b"x" * 2**19))
    assert (len(told["text"]), told["cut"]) == (2**18, True)


def test_a_run_that_has_written_no_card_has_no_page(house: House) -> None:
    run = house.client.ask("run", recipe="asking")["run"]
    with pytest.raises(Refused, match="E-no-answer"):
        page(house, run)
    with pytest.raises(Refused, match="E-unknown-run"):
        page(house, "r99")


def test_a_card_that_has_gone_is_said_to_have(house: House, tmp_path: Path) -> None:
    run = carded(house, tmp_path / "card", b"# Gone\n")
    house.site.store.drop(page(house, run)["card"])
    with pytest.raises(Refused, match="E-gone"):
        page(house, run)
