"""The features of a dataset's text fields, told of some of its rows."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sentinel.data.counting import Counting, Taking, bins_of
from sentinel.data.describe import Described, described, frequent
from sentinel.domain.profile import Numbers, Profile, Values, Words


class Texts:
    """What is told of the text fields of some rows."""

    def __init__(self, told: pl.DataFrame, fields: Sequence[str], reference: Profile | None) -> None:
        self.held: dict[str, Described] = {}
        self.frames: dict[str, pl.Series] = {}
        self.vocabularies: dict[str, tuple[list[str], int]] = {}
        for name in fields:
            texts = told[name].to_list()
            known = reference.words.get(name) if reference is not None else None
            # the reference's words, and those of these rows: what nobody used to say may be what everybody says now
            own, least = frequent(texts)
            words = list(dict.fromkeys([*(known.counts if known else ()), *own]))
            self.vocabularies[name] = (words, least)
            self.held[name] = described(texts, words)
            for feature, numbers in self.held[name].numbers.items():
                self.frames[f"{name}.{feature}"] = pl.Series(numbers, dtype=pl.Float64)
            for feature, values in self.held[name].values.items():
                self.frames[f"{name}.{feature}"] = pl.Series(values, dtype=pl.String)

    def numbers(self, usual: dict[str, Numbers]) -> dict[str, Numbers]:
        """The numeric features."""
        found = {}
        for name, column in self.frames.items():
            if column.dtype.is_numeric():
                counting = Counting(bins_of(column, usual.get(name)))
                counting.add(column)
                found[name] = counting.told(column)
        return found

    def values(self) -> dict[str, Values]:
        """The others."""
        found = {}
        for name, column in self.frames.items():
            if not column.dtype.is_numeric():
                taking = Taking()
                taking.add(column)
                found[name] = taking.told()
        return found

    def words(self, rows: NDArray[np.bool_] | None = None) -> dict[str, Words]:
        """In how many texts each word stands: of all of them, or of some."""
        found = {}
        for name, held in self.held.items():
            sets = held.words if rows is None else [each for each, taken in zip(held.words, rows, strict=True) if taken]
            counted = Counter(word for each in sets for word in each)
            vocabulary, least = self.vocabularies[name]
            found[name] = Words(len(sets), {word: counted[word] for word in vocabulary}, min(least, len(sets)))
        return found
