"""Quarantine: records that could not be taken, each with its file, its line, why, and how it begins.

A record that is broken costs itself and nothing else, up to a share of all; above it, something is wrong with the
source, and nothing of it is taken.
"""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from sentinel.data.rows import QUARANTINE, NotRows

SCHEMA = {"file": pl.String, "line": pl.Int64, "reason": pl.String, "start": pl.String}
KEPT = 100_000
"""So many records are kept; beyond, they are only counted."""
SHOWN = 3
_START = 200
_SOON, _HOPELESS = 10_000, 0.5
"""After so many broken records, of which there is more than this share, nobody reads on."""


@dataclass
class Quarantine:
    """What was left aside so far."""

    at_most: float
    """The share of all records that may be broken."""
    count: int = 0
    before: int = 0
    """Good records of the files before the one that is looked at."""
    kept: list[tuple[str, int, str, str]] = field(default_factory=list)

    def add(self, file: str, line: int, reason: str, start: bytes | str) -> None:
        """Leave a record aside."""
        self.count += 1
        if len(self.kept) < KEPT:
            # what is cut may end in half a letter, and what is broken may hold none
            plain = start[: 4 * _START].decode("utf-8", "replace") if isinstance(start, bytes) else start
            self.kept.append((file, line, reason, plain[:_START]))

    def look(self, rows: int) -> None:
        """Give up early on a source that is broken throughout; `rows` are the good ones of this file so far."""
        whole = self.before + rows
        if self.count >= _SOON and self.count > max(self.at_most, _HOPELESS) * (whole + self.count):
            self.hold(whole)

    def hold(self, rows: int) -> None:
        """Refuse what has too many broken records beside so many good ones."""
        if not self.count or self.count <= self.at_most * (rows + self.count):
            return
        first = " ".join(f"{file}, line {line}: {reason}." for file, line, reason, _ in self.kept[:SHOWN])
        share = self.count / (rows + self.count)
        raise NotRows(
            f"{self.count:,} of {rows + self.count:,} records cannot be taken, which is {share:.1%} and more than "
            f"{self.at_most:.3g} of all. The first: {first}"
        )

    def write(self, folder: Path) -> None:
        """Keep what was left aside beside the rows, where there is any."""
        if self.kept:
            pl.DataFrame(self.kept, SCHEMA, orient="row").write_parquet(folder / QUARANTINE)


def quarantined(folder: Path) -> pl.DataFrame:
    """What a RawSnapshot left aside."""
    file = folder / QUARANTINE
    return pl.read_parquet(file, glob=False) if file.is_file() else pl.DataFrame(schema=SCHEMA)
