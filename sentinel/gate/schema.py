"""Schema: the fields are those of the line's contract and of the dataset before, of the same types."""

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset
from sentinel.contract.registry import check
from sentinel.contract.scalars import Flag, Text
from sentinel.domain.digest import Json
from sentinel.domain.task import TYPES
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import named
from sentinel.gate.datasets import line_of, readable, some

NAME = "schema"


@check(NAME)
def schema(
    at: Look, dataset: Dataset, prior: Dataset | None, *, fields: dict[str, Text] | None = None,
    new_fields: Flag = True,
) -> Finding:  # fmt: skip
    """Every field that the line's contract names (or `fields`), and every one of the dataset before, is there and of
    its type: text, integer, number or flag. New ones may come where `new_fields` lets them.
    """

    def look() -> Finding:
        from sentinel.data.dataset import Held

        there = Held(dataset.path).schema
        before = Held(prior.path).schema if prior is not None else None
        promised = fields if fields is not None else (line_of(at).get("contract") or {}).get("fields") or {}
        wanted = {name: TYPES.get(kind, kind) for name, kind in promised.items()}
        wrong = [_wrong(name, kind, there.fields.get(name), "the contract") for name, kind in wanted.items()]
        for name, kind in (before.fields if before is not None else {}).items():
            if name not in wanted:
                wrong.append(_wrong(name, kind, there.fields.get(name), "the dataset before"))
        if before is not None and before.label != there.label:
            wrong.append(f"the label is `{there.label}`, and was `{before.label}`")
        new = sorted(set(there.fields) - set(before.fields) - set(wanted)) if before is not None else []
        if new and not new_fields:
            wrong.append(f"{named(new)} came in new")
        found = [each for each in wrong if each]
        evidence: dict[str, Json] = {"fields": there.fields, "label": there.label, "new": new, "wrong": found}
        if found:
            todo = "Change what gives the rows, or the contract in sentinel.yaml."
            return Finding(NAME, "fail", f"The fields are not what they should be: {some(found)}.", evidence, todo)
        more = f" {named(new)} came in new." if new else ""
        return Finding(NAME, "pass", f"All {len(there.fields)} fields are what they should be.{more}", evidence)

    return readable(NAME, look)


def _wrong(name: str, wanted: str, there: str | None, of: str) -> str:
    if there is None:
        return f"`{name}` of {of} is missing"
    fits = there == wanted or (wanted, there) == ("number", "integer")
    return "" if fits else f"`{name}` is {there}, and {wanted} in {of}"
