"""One value, one spelling, one name: the canonical form is fixed by example, since every id rests on it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.digest import Json, canonical, digest_of, digest_of_bytes, is_digest, tree_digest

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text('aé–0\n"'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (None, b"null"),
        (True, b"true"),
        (1, b"1"),
        (1.0, b"1.0"),
        (0.1, b"0.1"),
        (1e22, b"1e+22"),
        ("ä\n", '"ä\\n"'.encode()),
        ([1, [], {}], b"[1,[],{}]"),
        ({"b": 1, "a": {"d": 2, "c": 3}}, b'{"a":{"c":3,"d":2},"b":1}'),
        ({"é": 1, "z": 2}, '{"z":2,"é":1}'.encode()),
    ],
)
def test_the_canonical_form_is_utf_8_with_sorted_keys_no_white_space_and_floats_by_repr(
    value: Json, spelled: bytes
) -> None:
    assert canonical(value) == spelled


@pytest.mark.parametrize("value", [math.nan, math.inf, {"a": -math.inf}])
def test_what_json_cannot_say_has_no_canonical_form(value: Json) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)


def test_the_digest_of_a_value_is_the_sha256_of_its_canonical_form() -> None:
    assert digest_of({"b": 1, "a": 2}) == "d3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772"
    assert digest_of({}) == digest_of_bytes(b"{}")


@given(values, st.randoms(use_true_random=False))
def test_the_order_in_which_keys_were_put_in_does_not_matter(value: Json, chance: object) -> None:
    assert canonical(_shuffled(value, chance)) == canonical(value)


def test_the_digest_of_a_tree_is_that_of_its_sorted_lines() -> None:
    entries = [("b/x", 1, "1" * 64), ("a", 20, "2" * 64), ("B", 0, "3" * 64)]
    lines = b"".join(
        [b"B\x000\x00" + b"3" * 64 + b"\n", b"a\x0020\x00" + b"2" * 64 + b"\n", b"b/x\x001\x00" + b"1" * 64 + b"\n"]
    )
    assert tree_digest(entries) == digest_of_bytes(lines)
    assert tree_digest(reversed(entries)) == tree_digest(entries)


def test_an_empty_tree_has_a_digest_too() -> None:
    assert tree_digest([]) == digest_of_bytes(b"")


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "\u0660" * 64, "0" * 63 + "\n"])
def test_only_64_small_hex_letters_are_a_digest(text: str) -> None:
    assert not is_digest(text)


def test_a_digest_is_a_digest() -> None:
    assert is_digest(digest_of("x"))


def _shuffled(value: Json, chance: object) -> Json:
    if isinstance(value, list):
        return [_shuffled(item, chance) for item in value]
    if not isinstance(value, dict):
        return value
    items = [(key, _shuffled(held, chance)) for key, held in value.items()]
    chance.shuffle(items)  # type: ignore[attr-defined]
    return dict(items)
