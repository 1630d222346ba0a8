"""A team's own past scores, from a file: CSV with a heading, or JSON lines.

Each row is one evaluation: `at`, a day or a moment; `k` right of `n`, or a `score` between 0 and 1, which with an `n`
is the share of so many rows; and, where it is known, `off`: whether the world was off then.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sentinel.domain.digest import Json
from sentinel.domain.moment import format_moment, parse_moment
from sentinel.domain.refusal import Refused, refuse

COLUMNS = ("at", "k", "n", "score", "off")
FEWEST = 3
_LARGEST = 256 * 2**20
_LONGEST = 2**17
"""Characters of one field of CSV."""
_TRUE, _FALSE = ("1", "true", "yes", "y", "x"), ("", "0", "false", "no", "n")


@dataclass(frozen=True, slots=True)
class Score:
    """One evaluation of the past. `variance` is told of means only, whose rows are no counts."""

    at: int
    value: float
    n: float
    variance: float | None
    off: bool | None


@dataclass(frozen=True, slots=True)
class Scores:
    """The evaluations in the order of time, and whether the file had them so."""

    rows: tuple[Score, ...]
    in_order: bool

    @property
    def every_ms(self) -> int:
        """The usual time from one evaluation to the next."""
        gaps = sorted(after.at - before.at for before, after in pairwise(self.rows))
        return max(1, gaps[len(gaps) // 2])

    @property
    def incidents(self) -> list[tuple[int, int]] | None:
        """The stretches in which the world was off, by number; None where the file does not say."""
        if all(row.off is None for row in self.rows):
            return None
        found: list[tuple[int, int]] = []
        for number, row in enumerate(self.rows):
            if row.off and found and found[-1][1] == number - 1:
                found[-1] = (found[-1][0], number)
            elif row.off:
                found.append((number, number))
        return found


def read_scores(path: Path) -> Scores:
    """The scores of a file. Refused with the line that is wrong."""
    try:
        if path.stat().st_size > _LARGEST:
            raise _wrong("The file is larger than 256 MiB.", str(path), "Give one row for each evaluation.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise _wrong(f"The scores cannot be read: {why}.", str(path), "Name a CSV or JSON-lines file.") from error
    rows = [_score(held, f"{path}:{line}") for line, held in _lines(text, path)]
    if len(rows) < FEWEST:
        what = f"There are {len(rows)} evaluations in it."
        raise _wrong(what, str(path), f"A history takes {FEWEST} at least; a baseline wants 28.")
    if len({row.variance is None for row in rows}) > 1:
        what = "Some rows say of how many (`n`), and some do not."
        raise _wrong(what, str(path), "Give `n` in every row, or in none.")
    ordered = sorted(rows, key=lambda row: row.at)
    for before, after in pairwise(ordered):
        if before.at == after.at:
            what = f"Two evaluations are of the same moment, {format_moment(after.at)}."
            raise _wrong(what, str(path), "Add them up, or tell them apart by the time of day.")
    return Scores(tuple(ordered), rows == ordered)


def _lines(text: str, path: Path) -> Iterator[tuple[int, dict[str, Json]]]:
    if text.lstrip().startswith("{"):
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                try:
                    held = json.loads(line)
                except (ValueError, RecursionError):
                    held = None
                if not isinstance(held, dict):
                    raise _wrong("It is no JSON object.", f"{path}:{number}", "Write one object a line.")
                yield number, held
        return
    csv.field_size_limit(_LONGEST)  # the limit is the process's own, and whoever reads rows sets it far higher
    reader = csv.DictReader(text.splitlines(), restkey="", skipinitialspace=True)
    heads = [head.strip() for head in reader.fieldnames or ()]
    if "at" not in heads:
        what = f"The first line names no column `at`; it says `{', '.join(heads)[:80]}`."
        raise _wrong(what, f"{path}:1", f"Columns are {', '.join(COLUMNS)}; `at,k,n` or `at,score` will do.")
    reader.fieldnames = heads
    try:
        for held in reader:
            yield reader.line_num, dict(held)
    except csv.Error as error:
        raise _wrong(f"It is no CSV: {error}.", f"{path}:{reader.reader.line_num}") from None


def _score(held: dict[str, Json], where: str) -> Score:
    at, n = _moment(held.get("at"), where), _number(held, "n", where)
    off = _flag(held.get("off"), where) if "off" in held else None
    k, score = _number(held, "k", where), _number(held, "score", where)
    if (k is None) == (score is None):
        raise _wrong("Neither `k` nor `score` is given." if k is None else "Both `k` and `score` are given.", where)
    if n is not None and n < 0:
        raise _wrong(f"`n` is {n:g}.", where)
    if k is not None:
        if n is None or not 0 <= k <= n:
            raise _wrong(f"`k` is {k:g} of {'no `n`' if n is None else f'{n:g}'}.", where)
        return Score(at, k, n, None, off)
    if score is None or not 0 <= score <= 1:
        raise _wrong(f"`score` is {score:g}, and has to be between 0 and 1.", where)
    return Score(at, score, 1.0, 0.0, off) if n is None else Score(at, score * n, n, None, off)


def _moment(text: Json, where: str) -> int:
    try:
        return parse_moment(str(text))
    except ValueError as error:
        raise _wrong(f"`at` is `{str(text)[:40]}`: {error}.", where) from None


def _number(held: dict[str, Json], name: str, where: str) -> float | None:
    value = held.get(name)
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise _wrong(f"`{name}` is `{str(value)[:40]}`, and has to be a number.", where) from None
    if number != number or abs(number) > 1e15:
        raise _wrong(f"`{name}` is {number}.", where)
    return number


def _flag(value: Json, where: str) -> bool:
    word = str(value if value is not None else "").strip().lower()
    if word not in _TRUE + _FALSE:
        raise _wrong(f"`off` is `{word[:40]}`, and has to be yes or no.", where)
    return word in _TRUE


def _wrong(what: str, where: str, todo: str = "Correct the row; `at,k,n` or `at,score` is all it takes.") -> Refused:
    return refuse("E-scores", what, where=where, todo=todo)
