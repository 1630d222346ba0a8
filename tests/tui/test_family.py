"""The tree of a line's versions."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sentinel.tui.shown.family import Member, family
from sentinel.tui.shown.versions import member_row

NAMES = [f"v{number}" for number in range(8)]


def version(name: str, at: int, *parents: str) -> dict[str, Any]:
    """A version as a route tells it."""
    return {
        "version": name, "label": name, "model": "a" * 64, "run": "r1", "step": "made", "parents": list(parents),
        "registered_at": at, "aliases": [], "was_champion": False, "cites": [], "rejected": None, "frozen": None,
    }  # fmt: skip


@st.composite
def lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Versions whose parents are anything: unknown, younger, themselves, or in a ring."""
    parents = st.lists(st.sampled_from([*NAMES, "elsewhere"]), max_size=3)
    return [version(name, draw(st.integers(0, 4)), *draw(parents)) for name in draw(st.permutations(NAMES))]


def shown(tree: list[Member]) -> list[str]:
    """The tree in letters."""
    return [each.strokes + each.version["version"] for each in tree]


def test_each_version_stands_below_the_latest_of_those_it_was_made_from() -> None:
    told = [version("d", 4, "a"), version("c", 3, "a", "b"), version("b", 2, "a"), version("a", 1)]
    tree = family(told)
    assert shown(tree) == ["a", "├─b", "│ └─c", "└─d"]
    assert [each.others for each in tree] == [(), (), ("a",), ()]


@given(lines())
def test_each_version_is_there_once_whatever_is_said_of_their_parents(told: list[dict[str, Any]]) -> None:
    tree = family(told)
    assert sorted(each.version["version"] for each in tree) == sorted(NAMES)
    depths = [len(each.strokes) // 2 for each in tree]
    assert depths[0] == 0
    assert all(after <= before + 1 for before, after in pairwise(depths))


@given(lines())
def test_a_version_stands_right_below_one_of_its_parents(told: list[dict[str, Any]]) -> None:
    above: list[str] = []
    for each in family(told):
        depth = len(each.strokes) // 2
        above = above[:depth]
        left = set(each.others)
        if depth:
            assert above[-1] in each.version["parents"]
            assert left == set(each.version["parents"]) - {above[-1]}
        else:
            assert left == set(each.version["parents"])
        above.append(each.version["version"])


def test_years_of_versions_each_made_from_the_one_before_are_drawn_in_little_room() -> None:
    told = [version(f"v{number}", number, f"v{number - 1}") for number in range(2000)]
    tree = family(told)
    assert len(tree) == 2000
    last = member_row(tree[-1], 0, None).cells[0]
    assert str(last[0]) == "⋯1999   └─· v1999"
