"""Shadows: the versions of the zoo that are scored beside the champion until they have matured."""

from pathlib import Path
from typing import NamedTuple

from sentinel.contract.at import At, NothingTrained
from sentinel.contract.kinds import Model
from sentinel.contract.registry import step
from sentinel.domain.needs import MIB, Needs
from sentinel.store import Store


class Shadows(NamedTuple):
    """What recipes go over with `each:`."""

    models: list[Model]


@step("shadows", reads=("shadows", "clock"), needs=Needs(memory=512 * MIB))
def shadows(at: At) -> Shadows:
    """Gives the models of the versions that hold a slot for shadows: the oldest that have not matured. Where there is
    none, the step ends as nothing-trained.
    """
    found = at.reads["shadows"]
    if not found:
        raise NothingTrained("no version of the zoo is maturing")
    store = Store(Path(at.told.store))
    at.say(", ".join(f"{each['version']} ({each['label']})" for each in found))
    return Shadows([Model(each["model"], store.path(each["model"])) for each in found])
