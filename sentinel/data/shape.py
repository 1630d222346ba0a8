"""What rows look like once they are in their form: how far each field is filled, how they are spread over labels."""

import math
from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from sentinel.data.rows import NotRows
from sentinel.data.snapshot import LabelShape

MOST = 1000
"""Labels that are told with their counts; more than that are hardly classes."""


@dataclass
class Shape:
    """Counted block by block."""

    rows: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)

    def add(self, block: pl.DataFrame) -> None:
        """Count a block."""
        self.rows += len(block)
        for each in block:
            empty = each.null_count() + (int((each == "").sum()) if each.dtype == pl.String else 0)
            self.filled[each.name] += len(each) - empty
        if "label" in block.columns:
            self.labels.update(dict(block["label"].value_counts().iter_rows()))

    @property
    def coverage(self) -> dict[str, float]:
        """The share of rows in which each field is filled."""
        return {name: round(count / self.rows, 6) if self.rows else 0.0 for name, count in self.filled.items()}

    def label_shape(self) -> LabelShape | None:
        """How the rows are spread over labels; None where they have none."""
        if not self.labels:
            return None
        # by name where as many rows have either, so that the same rows always tell the same
        order = sorted(self.labels.items(), key=lambda each: (-each[1], each[0]))
        total = sum(self.labels.values())
        entropy = -sum(count / total * math.log2(count / total) for _, count in order)
        return LabelShape(len(order), order[0][0], order[-1][0], round(entropy, 6), dict(order[:MOST]))

    def hold(self, at_least: int, largest_at_most: float) -> None:
        """Refuse too few rows, and a split so lopsided that nothing is learned from it."""
        if self.rows < at_least:
            count = f"{self.rows:,} row{'s are' if self.rows != 1 else ' is'} left" if self.rows else "No row is left"
            raise NotRows(f"{count} in the canonical form, and `at_least` asks for {at_least:,}.")
        shape = self.label_shape()
        if shape is None:
            return
        share = shape.counts[shape.largest] / self.rows
        if share > largest_at_most:
            raise NotRows(
                f"`{shape.largest}` is the label of {share:.1%} of rows, and `largest_at_most` allows "
                f"{largest_at_most:.0%}: a model that always said so would look good, and know nothing."
            )
