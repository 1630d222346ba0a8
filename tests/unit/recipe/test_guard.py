"""What is no plain YAML is refused at its place, before any value is built from it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.recipe.guard import DEEPEST, LARGEST, MOST_NODES
from sentinel.recipe.loader import Document, read

TAG, ANCHOR, ALIAS = "E-tag", "E-anchor", "E-alias"


def told(data: bytes | str) -> list[tuple[str, int, int]]:
    document = read(data if isinstance(data, bytes) else data.encode(), "f.yaml")
    return [(fault.code, fault.line, fault.column) for fault in document.faults]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("a: !!int 3\nb: !x y\n", [(TAG, 1, 4), (TAG, 2, 4)]),
        ("a: &x 3\nb: *x\nc: *x\n", [(ANCHOR, 1, 4), (ALIAS, 2, 4), (ALIAS, 3, 4)]),
        ("a:\n  <<: {b: 1}\n", [("E-merge", 2, 3)]),
        ("a: {b: 1, c: 2, b: 3}\na: 1\n", [("E-twice", 1, 17), ("E-twice", 2, 1)]),
        ("? {a: b}\n: c\n", [("E-key", 1, 3)]),
        ("a: b\n---\nc: d\n", [("E-documents", 2, 1)]),
        ("%TAG ! x\n---\na: b\n", [("E-directive", 1, 1)]),
        ("a: [b\n", [("E-yaml", 2, 1)]),
        ("a: b: c\n", [("E-yaml", 1, 5)]),
        ("\ta: b\n", [("E-yaml", 1, 1)]),
        ('a: "\\q"\n', [("E-yaml", 1, 6)]),
        ('a: "\\UFFFFFFFF"\n', [("E-yaml", 1, 1)]),
        ("a: " + "[" * (DEEPEST + 1), [("E-depth", 1, 3 + DEEPEST)]),
        ("[" + "a," * MOST_NODES + "]", [("E-nodes", 1, 2 * MOST_NODES)]),
        ("a" * (LARGEST + 1), [("E-size", 1, 1)]),
        ("a: b\x1b[31m\n", [("E-hidden", 1, 5)]),
        ('a: "\\u202e"\nb: "\\ud800"\nc: "\\0"\n', [("E-hidden", 1, 4), ("E-hidden", 2, 4), ("E-hidden", 3, 4)]),
        ("a: b\u2028c: d\n", [("E-hidden", 1, 5)]),
        ("a: b\rc: d\n", [("E-hidden", 1, 5)]),
        ("a: ! " + "b\nc: !" + "x" * 300, [("E-tag", 2, 4)]),
    ],
)  # fmt: skip
def test_a_thing_that_is_not_plain_yaml_is_a_fault_at_its_place(text: str, faults: list[tuple[str, int, int]]) -> None:
    assert told(text) == faults


def test_a_file_of_another_encoding_is_a_fault_at_the_first_strange_byte() -> None:
    assert told(b"a: b\nc: Z\xfcrich\n") == [("E-encoding", 2, 5)]
    assert told("a: b\n".encode("utf-16"))[0][0] == "E-encoding"


def test_a_byte_order_mark_is_read_over() -> None:
    document = read(b"\xef\xbb\xbfa: b\n", "f.yaml")
    assert document.whole
    assert document.tree == {"a": "b"}
    assert document.keys[("a",)] == (1, 1)


def test_windows_line_ends_and_letters_of_any_script_are_fine() -> None:
    assert read("a: Zürich 東京\r\nb: |\r\n  two\r\n  lines\r\n".encode(), "f").tree == {
        "a": "Zürich 東京",
        "b": "two\nlines\n",
    }


def test_hidden_characters_are_all_told_up_to_a_score() -> None:
    assert len(told("a: '" + "\u202e" * 50 + "'")) == 20


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text("ab:-?[]{}&*!|>'\"%@`# \n\t,~<0", max_size=60).map(str.encode)))
def test_no_bytes_make_the_reading_fall_over(data: bytes) -> None:
    document = read(data, "f.yaml")
    assert isinstance(document, Document)
    assert all(fault.line >= 1 and fault.column >= 1 for fault in document.faults)
    assert document.whole or document.faults
