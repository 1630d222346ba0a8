"""Mistakes of the hand: a line lost, two swapped, a word put in place of another, bytes put in or cut off."""

import random
import re
from collections.abc import Callable

WORDS = (
    b"", b"~", b"null", b"-", b"?", b":", b"#", b"'", b'"', b"{", b"[", b"}", b"]", b"&a", b"*a", b"!!int", b"<<", b"|",
    b">", b"%", b"@", b"`", b"0", b"-1", b"1e999", b"nan", b"inf", b"0x10", b"1_000", b"9999999999999999999999", b"yes",
    b"it", b"inputs.x", b"line.base", b"champion.model?", b"30d", b"20GiB", b"5%", b"1 per day", b"{literal: x}",
    b"[[[[", b"a: b", b"\xff\xfe", b"\x00", b"\x1b[31m", "\u202e".encode(), "\u2028".encode(), "\U0001f600".encode(),
    b"\t", b"\r", b"../..", b"/etc/passwd", b"credential:x", b"$(id)", b"{{ x }}", b"%s", b"\\u0000", b'"\\ud800"',
    b"a" * 300,
)  # fmt: skip
_SCALAR = re.compile(rb"[^\s,\[\]{}:]+")

Mutation = Callable[[random.Random, bytes], bytes]


def lose_a_line(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def double_a_line(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    return b"".join([*lines[: at + 1], *lines[at:]])


def swap_two_lines(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def swap_two_words(chance: random.Random, data: bytes) -> bytes:
    first, second = sorted(chance.sample(list(_SCALAR.finditer(data)), 2), key=lambda found: found.start())
    between = data[first.end() : second.start()]
    return data[: first.start()] + second[0] + between + first[0] + data[second.end() :]


def put_another_word(chance: random.Random, data: bytes) -> bytes:
    found = chance.choice(list(_SCALAR.finditer(data)))
    return data[: found.start()] + chance.choice(WORDS) + data[found.end() :]


def put_in_bytes(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice((chance.randbytes(chance.randint(1, 4)), chance.choice(WORDS))) + data[at:]


def misspell(chance: random.Random, data: bytes) -> bytes:
    found = chance.choice(list(_SCALAR.finditer(data)))
    at = chance.randrange(found.start(), found.end())
    return data[:at] + data[at + 1 :]


def indent_a_line(chance: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    lines[at] = b" " * chance.randint(1, 3) + lines[at] if chance.random() < 0.5 else lines[at].lstrip(b" ")
    return b"".join(lines)


def cut_off(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


MUTATIONS: tuple[Mutation, ...] = (
    lose_a_line, double_a_line, swap_two_lines, swap_two_words, put_another_word, put_in_bytes, misspell, indent_a_line,
    cut_off,
)  # fmt: skip
