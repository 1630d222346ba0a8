"""Frozen dataclasses to JSON and back."""

import json
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.event import decode, encode, event_kinds
from sentinel.domain.feed import Baseline
from sentinel.domain.form import from_json, to_json
from sentinel.domain.needs import Needs
from sentinel.domain.outcome import Told
from sentinel.domain.streams import AGGREGATES
from sentinel.domain.verdict import Finding, Verdict


@dataclass(frozen=True)
class Leaf:
    """A value of scalars, one with a default."""

    name: str
    size: int | None = None
    share: float = 0.5


@dataclass(frozen=True)
class Tree:
    """A value that holds values, itself among them."""

    leaf: Leaf
    pair: tuple[str, Leaf]
    leaves: tuple[Leaf, ...] = ()
    named: dict[str, tuple[Leaf, ...]] = field(default_factory=dict)
    maybe: Leaf | None = None
    anything: Json = None
    below: tuple["Tree", ...] = ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
leaves = st.builds(Leaf, st.text(max_size=5), st.none() | st.integers(), st.floats(0, 1))
trees = st.recursive(
    st.builds(
        Tree,
        leaves,
        st.tuples(st.text(max_size=3), leaves),
        st.lists(leaves, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), st.lists(leaves, max_size=2).map(tuple), max_size=2),
        st.none() | leaves,
        json_values,
    ),
    lambda inner: st.builds(
        Tree, leaves, st.tuples(st.text(max_size=3), leaves), below=st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=4,
)


@given(trees)
def test_a_value_comes_back_from_its_json_form_through_text(tree: Tree) -> None:
    assert from_json(Tree, json.loads(json.dumps(to_json(tree)))) == tree


artifacts = st.builds(Artifact, st.sampled_from(["Model", "Dataset"]), st.text("0f", min_size=3, max_size=3))
words = st.text(max_size=3)
assert AGGREGATES, "with every aggregate, every kind of event is known"
numbers = st.floats(allow_nan=False, allow_infinity=False)
parts: dict[object, st.SearchStrategy[object]] = {
    float: numbers,
    float | None: st.none() | numbers,
    Baseline: st.builds(Baseline, numbers, numbers, numbers, numbers, st.booleans(), st.integers()),
    Told: st.builds(Told, words, st.integers(), numbers, st.booleans(), words, st.none() | numbers),
    Any: json_values,
    dict[str, tuple[Artifact, ...]]: st.dictionaries(words, st.lists(artifacts, max_size=2).map(tuple), max_size=2),
    Verdict: st.builds(
        Verdict,
        words,
        words,
        words,
        st.none() | words,
        st.none() | words,
        st.integers(0, 9),
        st.lists(st.builds(Finding, words, words, words, json_values), max_size=2).map(tuple),
    ),
}


@pytest.mark.parametrize("name", sorted(event_kinds()))
@given(data=st.data())
@settings(max_examples=40)
def test_every_event_comes_back_from_the_ledger_as_it_went_in(name: str, data: st.DataObject) -> None:
    kind = event_kinds()[name]
    hints = {part: hint for part, hint in get_type_hints(kind).items() if part != "VERSION"}
    body = kind(
        **{part: data.draw(parts[hint] if hint in parts else st.from_type(hint)) for part, hint in hints.items()}
    )
    word, version, payload = encode(body)
    assert decode(word, version, json.loads(json.dumps(payload))) == body


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({}, TypeError),
        ({"name": "a", "nmae": "b"}, KeyError),
        ([], TypeError),
        ("a", TypeError),
        (None, TypeError),
        (3, TypeError),
    ],
)
def test_a_form_of_another_kind_is_an_error_that_says_so(value: Json, error: type[Exception]) -> None:
    with pytest.raises(error):
        from_json(Leaf, value)


@pytest.mark.parametrize(
    "change",
    [
        {"leaves": "text"},
        {"leaves": {"a": 1}},
        {"named": []},
        {"named": {"a": "text"}},
        {"pair": ["a"]},
        {"pair": ["a", {"name": "b"}, 3]},
        {"maybe": "text"},
        {"leaf": None},
    ],
)
def test_a_part_of_another_shape_is_an_error_too(change: dict[str, Json]) -> None:
    good = to_json(Tree(Leaf("a"), ("b", Leaf("c"))))
    with pytest.raises(TypeError):
        from_json(Tree, {**good, **change})


def test_what_a_form_leaves_out_takes_its_default() -> None:
    assert from_json(Leaf, {"name": "a"}) == Leaf("a")
    assert from_json(Needs, {}) == Needs()
