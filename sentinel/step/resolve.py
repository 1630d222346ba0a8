"""Resolve: a run begins by pinning what its names stand for: the line's base, its sets, the rows of its sources."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, Model, RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.scalars import Text
from sentinel.domain.digest import Json
from sentinel.domain.needs import MIB, Needs
from sentinel.domain.refusal import Refused, refuse
from sentinel.step.assemble import salt_of
from sentinel.step.import_ import fetched, taken_in
from sentinel.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polars import DataFrame

    from sentinel.data.source.form import Source

_HOLD = 0.2
_PREFIX = "credential:"


class Resolved(NamedTuple):
    """What recipes bind as `line.base`, `line.sets` and `line.rows`."""

    base: Model | None
    sets: list[Dataset]
    rows: list[RawSnapshot]


@step("resolve", reads=("line", "usage", "hub", "world", "trained"), secrets=("line.salt", "hub.token"),
      needs=Needs(memory=1024 * MIB))  # fmt: skip
def resolve(at: At, prior: Dataset | None, *, wants: tuple[Text, ...] = (), must: tuple[Text, ...] = ()) -> Resolved:
    """Takes what steps want of the line into the store, so that a whole run goes by the very same: its base, each set
    as a dataset, and the rows of its sources.

    `wants` names base, sets and rows; what stands under `must` has to be there. `prior` is the champion's dataset: what
    it trains on is in no set of outcomes, nor what other models that the run scores were trained on.
    """
    line = (at.reads or {}).get("line") or {}
    base = _base(at, line) if "base" in wants else None
    rows = _rows(at, line) if "rows" in wants else []
    sets = _sets(at, line, prior) if "sets" in wants else []
    for word, found in (("sets", sets), ("rows", rows)):
        if word in must and not found:
            raise refuse(f"E-no-{word}", f"the line's {word} hold no rows.", where=at.step,
                         todo="The attempt's progress says why; `sentinel outcomes LINE` shows what labels came.",
                         )  # fmt: skip
    return Resolved(base, sets, rows)


def _base(at: At, line: Json) -> Model:
    base = line.get("base")
    if not base:
        raise refuse("E-base-unset", "the line has no base.", where=at.step, todo="Give it one in sentinel.yaml.")
    if "file" in base:
        return taken_in(at, base["file"])
    from sentinel.outside.hub import RealHub

    token = ((at.reads or {}).get("hub") or {}).get("token")
    folder = at.out / "base"
    RealHub(at.secret(token) if token is not None else None).fetch(base["hub"], base["revision"], folder)
    return fetched(at, base["hub"], folder)


def _sets(at: At, line: Json, prior: Dataset | None) -> list[Dataset]:
    """Each set of the line that has rows, as a dataset of its own."""
    from sentinel.data.asked import of_task
    from sentinel.data.dataset import NotADataset
    from sentinel.data.gathering import named
    from sentinel.data.line_set import write_set
    from sentinel.data.rows import NotRows

    found = []
    for number, (name, told) in enumerate(sorted((line.get("sets") or {}).items())):
        try:
            if "file" in told:
                rows, source = _filed(_there(at, told["file"])), {"file": told["file"]}
                if rows.is_empty():
                    raise NotRows("There are files, and no row in them.")
            else:
                rows, source = _outcomes(at, line, name, told, prior), {"outcomes": {"window": told["window"]}}
                if rows.is_empty():
                    continue
            what = named(rows.columns, line.get("task") or "", None, line.get("group"))
            held = write_set(
                at.out / f"set-{number}", name, rows, source, sampled=told["sampled"], repeats=told["repeats"],
                label=what.label, group=what.group, form=what.form, id=what.id, time=what.time,
                weight="weight" if "file" not in told else None,
            )  # fmt: skip
            of_task(held.schema, line.get("task") or "")
        except (NotRows, NotADataset) as error:
            raise _unfit(f"sets.{name}", error) from error
        at.say(f"{name}: {len(rows)} rows")
        found.append(Dataset.made(held.folder))
    return found


def _filed(place: Path) -> "DataFrame":
    """The rows of a set's file, or of a folder's files, which are what their names say."""
    from sentinel.data.disguise import format_of, unmask
    from sentinel.data.gathering import all_rows
    from sentinel.data.rows import rows_in

    for file in rows_in(place).files:
        unmask(file, file.name, format_of(file.name))
    return all_rows(place)


def _outcomes(at: At, line: Json, name: str, told: Json, prior: Dataset | None) -> "DataFrame":
    """The rows of a set that is measured from outcomes: those of its window whose side is the gate's."""
    from sentinel.data.dataset import Held, schema_of
    from sentinel.data.gathering import named
    from sentinel.data.usage import counting, gate_side, joined, labels_in

    usage = at.reads["usage"]
    labels = counting(labels_in(usage), usage["to"] - told["window"])
    task = line.get("task") or ""
    found = joined(labels, at.workspace / line["live"], words=task in ("", "classification"), weighed=True)
    more = ", and older labels are not looked at" if usage.get("cut") else ""
    at.say(f"{name}: {found.says}{more}")
    if found.rows.is_empty():
        return found.rows
    what = named(found.rows.columns, task, None, line.get("group"))
    content = schema_of(found.rows, label=what.label, group=what.group, form=what.form, id=what.id, time=what.time,
                        weight="weight").content  # fmt: skip
    earlier = Held(prior.path).sides if prior is not None else None
    rows, salt, hold = found.rows, salt_of(at, line), line.get("hold", _HOLD)
    for sides in (earlier, *_trained(at, prior)):
        rows = gate_side(rows, content, salt, hold, group=what.group, earlier=sides)
    at.say(f"{name}: {len(rows)} of them on the gate's side; what may train is in no set")
    return rows


def _trained(at: At, prior: Dataset | None) -> "Iterator[DataFrame]":
    """The sides of the other datasets that models of this run were made of, one after the other."""
    from sentinel.data.dataset import Held

    store = Store(Path(at.told.store))
    others = [each for each in (at.reads or {}).get("trained") or () if prior is None or each != prior.digest]
    for digest in others:
        if store.has(digest):
            yield Held(store.path(digest)).sides
        else:
            at.say(f"the dataset {digest[:12]} that a model here was trained on is not kept: its rows may be in a set")


def _rows(at: At, line: Json) -> list[RawSnapshot]:
    """What each source of the line gives, as a snapshot."""
    from sentinel.data.bringing import brought
    from sentinel.data.gathering import keep_rows, named
    from sentinel.data.rows import NotRows
    from sentinel.data.snapshot import Snapshot
    from sentinel.data.source.form import Place

    found = []
    task, contract = line.get("task") or "", (line.get("contract") or {}).get("fields") or {}
    for number, source in enumerate(line.get("data") or ()):
        folder = at.out / f"rows-{number}"
        try:
            if source["source"] == "usage":
                rows = _usage(at, line)
                if rows.is_empty():
                    continue
                what = named(rows.columns, task, None, line.get("group"))
                made = keep_rows(folder, rows, what, Snapshot({"from": "usage"}, (), len(rows)))
            else:
                key = {"id": [source["key"]]} if source.get("key") else {}
                names = {**key, **(source.get("map") or {})}
                place = Place(at.workspace, at.folder / "aside" / str(number), at.progress,
                              lambda name: at.secret(name.removeprefix(_PREFIX)))  # fmt: skip
                made = brought(_source(at, source, number), folder, place, names, task=task, contract=contract,
                               aside=[line["group"]] if line.get("group") else [])  # fmt: skip
        except NotRows as error:
            raise _unfit(f"data.{number}", error) from error
        finally:
            shutil.rmtree(at.folder / "aside", ignore_errors=True)
        more = f", {made.quarantined} left aside" if made.quarantined else ""
        at.say(f"{source.get('name') or source.get('path') or source['source']}: {made.rows} rows{more}")
        found.append(RawSnapshot.made(folder))
    return found


def _usage(at: At, line: Json) -> "DataFrame":
    from sentinel.data.usage import joined, labels_in, teaching

    usage = at.reads["usage"]
    task = line.get("task") or ""
    labels = teaching(labels_in(usage))
    found = joined(labels, at.workspace / line["live"], words=task in ("", "classification"))
    more = ", and older labels are not looked at" if usage.get("cut") else ""
    at.say(f"usage: {found.says}{more}")
    return found.rows


def _source(at: At, source: Json, number: int) -> "Source":
    """A source of sentinel.yaml, as rows are brought from it."""
    from sentinel.data.exported import exported
    from sentinel.data.source.form import FileSource, HubSource, RowsSource, UrlSource

    kind = source["source"]
    if kind == "file":
        return FileSource(source["path"])
    if kind == "url":
        return UrlSource(source["url"], None, source["digest"], source["at_most"], source["within"], source["private"])
    if kind == "hub":
        house = ((at.reads or {}).get("hub") or {}).get("token")
        token = source["token"] or (f"{_PREFIX}{house}" if house is not None else None)
        return HubSource(source["hub"], source["revision"], tuple(source["files"]), token, source["at_most"])
    argv = at.told.program(source["name"])
    if argv is None:
        raise refuse("E-program-unknown", f"this node has no program `{source['name']}`.", where=f"data.{number}",
                     todo="Give its argv under `programs` in sentinel.yaml.")  # fmt: skip
    return RowsSource(str(exported(source["name"], argv, at.out / f"export-{number}", source["timeout"])))


def _there(at: At, path: str) -> Path:
    place = at.workspace / path
    if not place.exists():
        raise refuse("E-no-file", f"there is no {path} in the workspace.", where="sentinel.yaml",
                     todo="Put it there, or correct the path.")  # fmt: skip
    return place


def _unfit(where: str, error: Exception) -> Refused:
    return refuse("E-line-rows", str(error), where=where, todo="Mend the rows, or what sentinel.yaml says of them.")
