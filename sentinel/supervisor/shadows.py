"""Who is scored in the shadow: how far each version of a line has matured, who holds a slot, and who waits."""

from collections.abc import Mapping
from typing import NamedTuple

from sentinel.domain.digest import Json
from sentinel.domain.policy.shadow import Maturity, Shadow, holders, in_turn
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.maturity import candidates, maturity, needed_for
from sentinel.supervisor.work import Work


class Shadows(NamedTuple):
    """The versions that mature, by id: how far, which of them hold a slot, and all that have not matured, in turn."""

    held: Mapping[str, Maturity]
    holders: tuple[str, ...]
    order: tuple[str, ...]


def shadows(work: Work, catalogue: Catalogue, line: str | None) -> Shadows:
    """The shadows of a line."""
    if line is None:
        return Shadows({}, (), ())
    needed, _ = needed_for(catalogue, line)
    versions = candidates(work, catalogue, line)
    held = {version.id: maturity(work, catalogue, line, version, needed) for version in versions}
    young = [Shadow(each.id, each.registered_at) for each in versions if not held[each.id].mature]
    return Shadows(held, holders(young, catalogue.shadows), tuple(each.version for each in in_turn(young)))


def in_slots(work: Work, catalogue: Catalogue, line: str | None) -> list[Json]:
    """The versions that hold a slot, with their models: what a step that scores them is told."""
    if line is None:
        return []
    versions = work.line(line).versions
    found = shadows(work, catalogue, line).holders
    return [{"version": each, "model": versions[each].model, "label": versions[each].label} for each in found]
