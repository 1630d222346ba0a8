"""Challenger: a version of the zoo that has matured, to be held against the champion."""

from pathlib import Path

from sentinel.contract.at import At, NothingTrained
from sentinel.contract.kinds import Model
from sentinel.contract.registry import step
from sentinel.domain.needs import MIB, Needs
from sentinel.store import Store


@step("challenger", reads=("challenger", "clock"), needs=Needs(memory=512 * MIB))
def challenger(at: At) -> Model:
    """Gives the model of a version of the line's zoo that has matured and has not challenged yet: the oldest of those
    that were not tried, then who was tried the longest ago. Where there is none, the step ends as nothing-trained.
    """
    found = at.reads["challenger"]
    if found is None:
        raise NothingTrained("no version of the zoo has matured that has not challenged yet")
    at.say(f"{found['version']}, {found['label']}")
    return Model(found["model"], Store(Path(at.told.store)).path(found["model"]))
