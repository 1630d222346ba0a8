"""Ingest: from a source to a RawSnapshot. Every record is checked; what is sound is kept as it came.

Nothing is typed and nothing is renamed here: that is normalising, which goes by a mapping and can be done anew.
"""

from collections.abc import Callable
from pathlib import Path

from sentinel.data.columns import take_parquet
from sentinel.data.delimited import take_csv
from sentinel.data.disguise import CSV, LINES, PARQUET, format_of, unmask
from sentinel.data.lines import take_lines
from sentinel.data.quarantine import Quarantine
from sentinel.data.rows import NotRows
from sentinel.data.snapshot import Snapshot, Taken, write_snapshot
from sentinel.data.source.file import bring_file, bring_rows
from sentinel.data.source.form import (
    Brought,
    FileSource,
    Haul,
    HubSource,
    KaggleSource,
    Place,
    RowsSource,
    Source,
    UrlSource,
    key_of,
)
from sentinel.domain.form import to_json

AT_MOST = 0.01
"""The share of records that may be broken."""


def ingest(source: Source, folder: Path, place: Place, *, at_most: float = AT_MOST) -> Snapshot:
    """Bring what a source has and take it into a folder, file by file. NotRows says why nothing was taken."""
    haul = bring(source, place)
    folder.mkdir(parents=True, exist_ok=True)
    quarantine = Quarantine(at_most)
    sizes = [file.path.stat().st_size for file in haul.files]
    taken: list[Taken] = []
    for number, file in enumerate(haul.files):
        before = sum(sizes[:number])

        def tell(done: int, before: int = before) -> None:
            place.tell(before + done, sum(sizes))

        aside = quarantine.count
        found = take(file, folder / f"part-{number:05}", quarantine, tell)
        taken.append(Taken(file.name, sizes[number], found, quarantine.count - aside, file.sha256))
        quarantine.before += found
        quarantine.look(0)
    rows = quarantine.before
    quarantine.hold(rows)
    if not rows:
        raise NotRows("There are files, and no row in them.")
    quarantine.write(folder)
    snapshot = Snapshot(_told(source, haul), tuple(taken), rows, quarantine.count)
    write_snapshot(folder, snapshot)
    return snapshot


def bring(source: Source, place: Place) -> Haul:
    """The files of a source, on this machine."""
    match source:
        case FileSource():
            return bring_file(source, place)
        case RowsSource():
            return bring_rows(source)
        case UrlSource():
            from sentinel.data.source.url import bring_url

            return bring_url(source, place)
        case HubSource():
            from sentinel.data.source.hub import bring_hub

            return bring_hub(source, place)
        case KaggleSource():
            from sentinel.data.source.kaggle import bring_kaggle

            return bring_kaggle(source, place)


def take(file: Brought, part: Path, quarantine: Quarantine, tell: Callable[[int], None]) -> int:
    """Take one file in as a part of the snapshot, and say how many rows it has."""
    form = format_of(file.name, file.as_)
    if not file.path.stat().st_size:
        return 0
    unmask(file.path, file.name, form)
    out = part.with_suffix(f".{form}")
    rows = {LINES: take_lines, CSV: take_csv, PARQUET: take_parquet}[form](
        file.path, file.name, out, quarantine, tell
    )  # fmt: skip
    if not rows:
        out.unlink()  # of nothing but blanks, or of nothing but what was left aside
    return rows


def _told(source: Source, haul: Haul) -> dict[str, object]:
    """The source as it was asked for, without where this machine keeps things, and what names what it gave."""
    asked = {("as" if name == "as_" else name): value for name, value in to_json(source).items() if value is not None}
    told = {"from": "rows"} if isinstance(source, RowsSource) else {"from": key_of(source), **asked}
    return {**told, **haul.named}
