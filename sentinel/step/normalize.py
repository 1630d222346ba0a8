"""Normalize: a snapshot's rows in one canonical form, by a mapping that says which field becomes which."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sentinel.contract.at import At
from sentinel.contract.kinds import RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.scalars import Share, Text, Whole
from sentinel.domain.needs import MIB, Needs
from sentinel.domain.refusal import refuse
from sentinel.domain.task import CHAT, CLASSIFICATION, PREFERENCE, TEXT

Form = Literal[TEXT, CLASSIFICATION, CHAT, PREFERENCE]  # type: ignore[valid-type]
Names = Annotated[
    tuple[Text, ...], BeforeValidator(lambda told: [told] if isinstance(told, str) else told), Field(min_length=1)
]
"""A field, or a list of them."""


@step("normalize", reads=("line",), needs=Needs(memory=1024 * MIB), distributions=("polars",))
def normalize(
    told: At, rows: RawSnapshot, *, form: Form | None = None, map: dict[str, Names] | None = None,
    keep: dict[str, Text] | None = None, id: Text | None = None, at: Text | None = None, group: Text | None = None,
    slice: Text | None = None, times: Literal["iso", "s", "ms"] | None = None, labels: dict[str, Text] | None = None,
    turn: dict[str, Text] | None = None, roles: dict[str, Text] | None = None,
    at_most: Annotated[Share, Field(le=1)] = 0.05, at_least: Annotated[Whole, Field(ge=1)] = 20,
    largest_at_most: Annotated[Share, Field(le=1)] = 0.95,
) -> RawSnapshot:  # fmt: skip
    """Brings rows into the form text, classification, chat or preference (else the line's task): `map: {text: [subject,
    body], label: queue}`. Several fields are joined with a new line. `keep` takes further fields along under names of
    their own; `id`, `at`, `group` and `slice` name fields with a meaning. `at` is ISO 8601, or seconds or milliseconds
    since 1970, which `times` says; else the first times tell, and the step says so. `labels` renames labels; `turn`
    and `roles` what messages and their speakers are called.

    Rows that do not fit, or break the line's contract, go to `quarantine.parquet` with their reason, up to a share of
    `at_most`. Fewer than `at_least` rows, and a label with more than `largest_at_most` of them, are refused.
    """
    from sentinel.data.mapping import Mapping
    from sentinel.data.normalize import Bounds, unseen
    from sentinel.data.normalize import normalize as brought
    from sentinel.data.rows import NotRows

    line = (told.reads or {}).get("line") or {}
    named = form or line.get("task")
    if not named:
        raise refuse("E-form-unset", "nothing says which form the rows are to have.", where=told.step,
                     todo="Give `form:`, or the line a `task:`.")  # fmt: skip
    mapping = Mapping(named, map or {}, keep or {}, id, at, group, slice, times, labels or {}, turn or {}, roles or {})
    contract = (line.get("contract") or {}).get("fields") or {}
    bounds = Bounds(at_most, at_least, largest_at_most, contract)
    try:
        made = brought(rows.path, told.out / "rows", mapping, bounds, told.progress)
    except NotRows as error:
        raise refuse("E-rows", str(error), where=told.step, todo="See the mapping, and what gave the rows.") from error
    if at is not None and times is None:
        ways = {"iso": "in ISO 8601", "s": "in seconds since 1970", "ms": "in milliseconds since 1970"}
        told.say(f"`{at}` is read as times {ways[made.mapping['times']]}; `times:` says otherwise")
    for label in unseen(made):
        told.say(f"no row has the label `{label}`, to which others were to be renamed")
    more = f", {made.quarantined:,} left aside" if made.quarantined else ""
    classes = f", {made.labels.classes} labels" if made.labels is not None else ""
    told.say(f"{made.rows:,} rows of {made.form}{classes}{more}")
    return RawSnapshot.made(told.out / "rows")
