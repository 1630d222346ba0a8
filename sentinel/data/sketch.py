"""Sketches of texts, by which near-duplicates are found: the least hashes of a text's five-byte pieces (MinHash).

Made of whole-number arithmetic alone, so that the same text has the same sketch on every machine, for ever.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

SIZE = 64
BANDS = 16
PIECE = 5
ALIKE = 0.8
"""The share of pieces that two texts have in common, from which on they are near-duplicates."""
_BATCH = 4 * 2**20
_LONGEST = 20_000
_NOT_WORDS = re.compile(r"[\W_]+")
_PRIME = np.uint64(0x100000001B3)

Sketches = NDArray[np.uint16]
Hashes = NDArray[np.uint64]


def plain(text: str) -> str:
    """A text without what copies differ in by accident: case, signs, blanks, and how a letter is composed."""
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()).strip()


def sketches(texts: Sequence[str]) -> Sketches:
    """A sketch of each of these plain texts, none of them empty."""
    held = np.empty((len(texts), SIZE), dtype=np.uint16)
    for first, batch in _batches([text.encode("utf-8", "surrogatepass") for text in texts]):
        held[first : first + len(batch)] = _sketched(batch)
    return held


def likeness(one: Sketches, other: Sketches) -> NDArray[np.float64]:
    """The share of pieces that texts have in common, as their sketches tell it, row by row."""
    return np.asarray((one == other).mean(axis=1))


def bands(held: Sketches) -> Hashes:
    """Sixteen numbers of each sketch: texts that are alike have one in common at least, nearly always."""
    parts = held.reshape(len(held), BANDS, SIZE // BANDS).astype(np.uint64)
    shifts = np.arange(SIZE // BANDS, dtype=np.uint64) * np.uint64(16)
    return np.asarray((parts << shifts).sum(axis=2, dtype=np.uint64))


def _batches(texts: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
    first, size = 0, 0
    for index, text in enumerate(texts):
        size += len(text)
        if size > _BATCH:
            yield first, texts[first : index + 1]
            first, size = index + 1, 0
    if first < len(texts):
        yield first, texts[first:]


def _sketched(texts: Sequence[bytes]) -> Sketches:
    whole = np.frombuffer(b"".join(text.ljust(PIECE, b" ") for text in texts), dtype=np.uint8).astype(np.uint64)
    lengths = np.array([max(len(text), PIECE) for text in texts])
    ends = np.cumsum(lengths)
    pieces = np.zeros(len(whole) - PIECE + 1, dtype=np.uint64)
    for offset in range(PIECE):
        pieces = pieces * _PRIME + whole[offset : len(whole) - PIECE + 1 + offset]
    pieces = _stirred(pieces)
    counts = lengths - PIECE + 1
    # pieces that reach from one text into the next belong to neither
    kept = np.ones(len(pieces), dtype=bool)
    for back in range(1, PIECE):
        kept[ends[:-1] - back] = False
    pieces = pieces[kept]
    starts = np.cumsum(counts) - counts
    found = np.empty((len(texts), SIZE), dtype=np.uint16)
    buffer = np.empty_like(pieces)
    for index, multiplier in enumerate(_MULTIPLIERS):
        np.multiply(pieces, multiplier, out=buffer)
        found[:, index] = (_stirred(np.minimum.reduceat(buffer, starts)) >> np.uint64(48)).astype(np.uint16)
    return found


def _stirred(values: Hashes) -> Hashes:
    """Bits of whole numbers, mixed well (the finish of splitmix64)."""
    held = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    held = (held ^ (held >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(held ^ (held >> np.uint64(31)))


_MULTIPLIERS = _stirred(np.arange(1, SIZE + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)
