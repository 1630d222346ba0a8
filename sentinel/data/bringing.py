"""Rows of one source: brought, checked record by record, and called as they are called here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sentinel.data.gathering import all_rows, keep_rows, named, renamed
from sentinel.data.ingest import ingest
from sentinel.data.mapping import Mapping as FieldMapping
from sentinel.data.normalize import Bounds, normalize
from sentinel.data.rows import NotRows, rows_in
from sentinel.data.snapshot import Snapshot
from sentinel.data.source.form import Place, Source
from sentinel.domain.task import FORMS

_MEANT = ("id", "at", "group", "slice")


def brought(
    source: Source, folder: Path, place: Place, names: Mapping[str, Sequence[str]], *, task: str = "",
    contract: Mapping[str, str] | None = None, aside: Sequence[str] = (),
) -> Snapshot:  # fmt: skip
    """Write a snapshot of a source's rows. `names` says what the fields here are made of: where it names one of the
    rows' form, only what has a meaning here is taken besides; otherwise all the rest stays as it is. NotRows says why
    there are none.
    """
    if not names:
        return ingest(source, folder, place)
    raw = place.aside / "raw"
    made = ingest(source, raw, place)
    there = rows_in(raw).schema
    form = named({*names, *there}, task).form
    if form is None or not set(names) & set(FORMS[form]):
        joined = [name for name, sources in names.items() if len(sources) != 1]
        if joined:
            raise NotRows(f"`{joined[0]}` is made of several fields, and nothing says which form the rows have."
                          " Give the line a `task:`.")  # fmt: skip
        rows = renamed(all_rows(raw), {name: sources[0] for name, sources in names.items()})
        return keep_rows(folder, rows, named(rows.columns, task), made)
    meant = [name for name in (*_MEANT, *(contract or {}), *aside) if name in there and name not in FORMS[form]]
    named_here = {**{name: name for name in meant}, **{name: sources[0] for name, sources in names.items()}}
    mapping = FieldMapping(
        form, {name: tuple(sources) for name, sources in names.items() if name in FORMS[form]},
        {name: source for name, source in named_here.items() if name not in (*FORMS[form], *_MEANT)},
        named_here.get("id"), named_here.get("at"), named_here.get("group"), named_here.get("slice"),
    )  # fmt: skip
    # how few and how lopsided rows may be is asked of all sources together
    bounds = Bounds(at_least=1, largest_at_most=1.0, contract=dict(contract or {}))
    return normalize(raw, folder, mapping, bounds, place.tell)
