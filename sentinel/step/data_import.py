"""Data-import: rows of a file become a snapshot, as a line's sources do as a run begins."""

import json
import shutil
from typing import Annotated

from pydantic import BeforeValidator, Field

from sentinel.contract.at import At
from sentinel.contract.kinds import RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.scalars import Text
from sentinel.domain.refusal import refuse

Names = Annotated[
    tuple[Text, ...], BeforeValidator(lambda told: [told] if isinstance(told, str) else told), Field(min_length=1)
]
"""A field, or a list of those that it is joined of."""


@step("data-import", reads=("line", "world"), distributions=("polars",))
def data_import(at: At, *, path: Text, map: dict[str, Names] | None = None) -> RawSnapshot:
    """Takes the rows of a file of the workspace in: each record is checked, and fields are called as `map` says, in the
    form that the line's task names.

    This function does for one file what `resolve` does for every source of a line.
    """
    from sentinel.data.bringing import brought
    from sentinel.data.rows import NotRows
    from sentinel.data.source.form import FileSource, Place

    line = (at.reads or {}).get("line") or {}
    place = Place(at.workspace, at.folder / "aside", at.progress)
    contract = (line.get("contract") or {}).get("fields") or {}
    folder = at.out / "rows"
    try:
        aside = [line["group"]] if line.get("group") else []
        made = brought(FileSource(path), folder, place, map or {}, task=line.get("task") or "", contract=contract,
                       aside=aside)  # fmt: skip
    except NotRows as error:
        raise refuse("E-rows", str(error), where=path, todo="Mend the file, or the `--map`.") from error
    finally:
        shutil.rmtree(at.folder / "aside", ignore_errors=True)
    at.say(json.dumps({"rows": made.rows, "left aside": made.quarantined}))
    return RawSnapshot.made(folder)
