"""Events by kind and payload version."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from sentinel.domain.digest import Json
from sentinel.domain.event import Happened, UnknownEvent, decode, encode, event_kinds, on_record, upgrade
from sentinel.domain.run.events import StepSkipped


def test_an_event_s_kind_is_its_class_s_name() -> None:
    assert encode(StepSkipped("a", "why", True)) == (
        "StepSkipped",
        1,
        {"step": "a", "why": "why", "unset": True},
    )
    assert event_kinds()["StepSkipped"] is StepSkipped


@pytest.mark.parametrize(("kind", "version"), [("StepSkipped", 2), ("StepJumped", 1)])
def test_what_a_newer_release_wrote_is_refused(kind: str, version: int) -> None:
    with pytest.raises(UnknownEvent, match=f"{kind} version {version}"):
        decode(kind, version, {})


def test_an_old_payload_goes_through_every_upgrade_up_to_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    from sentinel.domain import event

    monkeypatch.setattr(event, "_KINDS", dict(event._KINDS))
    monkeypatch.setattr(event, "_UPGRADES", dict(event._UPGRADES))

    @on_record
    @dataclass(frozen=True, slots=True)
    class Renamed(Happened):
        """An event whose payload changed twice."""

        VERSION: ClassVar[int] = 3
        name: str
        size: int

    @upgrade("Renamed", 1)
    def _named(payload: Json) -> Json:
        return {"name": payload["title"]}

    @upgrade("Renamed", 2)
    def _sized(payload: Json) -> Json:
        return {**payload, "size": 0}

    assert decode("Renamed", 1, {"title": "x"}) == Renamed("x", 0)
    assert decode("Renamed", 2, {"name": "x"}) == Renamed("x", 0)
    assert decode("Renamed", 3, {"name": "x", "size": 4}) == Renamed("x", 4)
