"""The versions of a line as a tree: each below the latest of those that it was made from."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sentinel.domain.digest import Json


class Member(NamedTuple):
    """A version in the tree: the strokes before it, and those of its parents that it does not stand below."""

    version: Json
    strokes: str
    others: tuple[str, ...]


def family(versions: Sequence[Json]) -> list[Member]:
    """Each version once, whatever is said of their parents: those that come from none of them first, the oldest on top.

    It does not call itself: a line is retrained for years, each time from the version before.
    """
    known = {each["version"]: each for each in versions}
    under = {name: _parent(each, known) for name, each in known.items()}
    below: dict[str | None, list[str]] = {}
    for name in sorted(known, key=lambda name: (known[name]["registered_at"], name)):
        below.setdefault(under[name], []).append(name)
    ahead = [(name, "", "") for name in reversed(below.get(None, []))]
    told = []
    while ahead:
        name, strokes, under_it = ahead.pop()
        parents = known[name]["parents"]
        told.append(Member(known[name], strokes, tuple(each for each in parents if each != under[name])))
        children = below.get(name, [])
        ahead += [
            (child, under_it + ("└─" if last else "├─"), under_it + ("  " if last else "│ "))
            for child, last in reversed([(child, child == children[-1]) for child in children])
        ]
    return told


def parent_of(version: Json, versions: Sequence[Json]) -> str | None:
    """The version that another stands below, among these."""
    return _parent(version, {each["version"]: each for each in versions})


def _parent(version: Json, known: Mapping[str, Json]) -> str | None:
    """The latest of its parents that came before it; a version that none of them did begins a tree."""
    older = [name for name in version["parents"] if name in known and _age(known[name]) < _age(version)]
    return max(older, key=lambda name: _age(known[name]), default=None)


def _age(version: Json) -> tuple[int, str]:
    return version["registered_at"], version["version"]
