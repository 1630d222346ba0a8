"""New classes: labels that nobody had seen are taken up by thresholds that were written before anybody saw them."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset
from sentinel.contract.registry import check
from sentinel.contract.scalars import Share, Whole
from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.gate.comparing import named, several
from sentinel.gate.datasets import line_of, percent, readable, some

NAME = "new_classes"


@check(NAME, comparative=True)
def new_classes(
    at: Look, dataset: Dataset, prior: Dataset | None, *, at_most: Annotated[Whole, Field(ge=0)] | None = None,
    at_least_rows: Annotated[Whole, Field(ge=1)] | None = None, at_most_share: Share | None = None,
) -> Finding:  # fmt: skip
    """Labels that neither the dataset before nor those before it had are so few, have so many rows each, and make up so
    small a share. What is not given here is the line's `labels.new`; where nothing is, no new class passes.
    """

    def look() -> Finding:
        from sentinel.data.dataset import Held, NotADataset

        if prior is None:
            raise NotADataset("There is no dataset before this one to compare with.")
        now, before = Held(dataset.path).profile, Held(prior.path).profile
        seen = set(before.labels).union(*before.history)
        new = {name: rows for name, rows in sorted(now.labels.items()) if name not in seen}
        limits = {
            name: given if given is not None else _line(at).get(name)
            for name, given in (
                ("at_most", at_most),
                ("at_least_rows", at_least_rows),
                ("at_most_share", at_most_share),
            )
        }
        labelled = sum(now.labels.values())
        share = sum(new.values()) / labelled if labelled else 0.0
        evidence: dict[str, Json] = {"new": new, "share": share, "limits": limits, "seen": len(seen)}
        if not new:
            what = f"All {len(now.labels)} classes have been seen before."
            return Finding(NAME, "pass", what, evidence)
        wrong = _wrong(new, share, limits)
        if wrong:
            todo = "Look at their rows: a mistake in labelling, or a class to let in by the line's `labels.new`."
            came = several(len(new), "class", "came in new", "came in new").replace("classs", "classes")
            return Finding(NAME, "fail", f"{came} ({named(list(new))}): {some(wrong)}.", evidence, todo)
        what = f"{named(list(new))} came in new, within what the line takes up: {percent(share)} of the labels."
        return Finding(NAME, "pass", what, evidence)

    return readable(NAME, look)


def _line(at: Look) -> dict[str, Json]:
    return (line_of(at).get("labels") or {}).get("new") or {}


def _wrong(new: dict[str, int], share: float, limits: dict[str, Json]) -> list[str]:
    if all(limit is None for limit in limits.values()):
        return ["the line does not say when it takes up a class that nobody had seen"]
    found = []
    if limits["at_most"] is not None and len(new) > limits["at_most"]:
        found.append(f"at most {limits['at_most']} may at once")
    few = {name: rows for name, rows in new.items() if limits["at_least_rows"] and rows < limits["at_least_rows"]}
    found += [f"`{name}` has {rows} rows, and needs {limits['at_least_rows']}" for name, rows in few.items()]
    if limits["at_most_share"] is not None and share > limits["at_most_share"]:
        found.append(f"they make up {percent(share)}, and at most {percent(limits['at_most_share'])} may be new")
    return found
