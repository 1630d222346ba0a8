"""Signal: what an evaluation of a version says of its line, for what watches drift there."""

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from sentinel.contract.at import At
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import step
from sentinel.contract.scalars import Flag, Metric, Name
from sentinel.domain import names
from sentinel.domain.feed import MOST_DOCUMENTS, Scored, document_name
from sentinel.domain.measure import measured
from sentinel.domain.refusal import refuse

if TYPE_CHECKING:
    from sentinel.data.report import Documents


@step("signal", reads=("line", "counted"), distributions=("polars", "numpy"))
def signal(
    at: At, report: EvalReport, *, set: Name, metric: Metric | None = None, fresh: Flag = False
) -> Scored | None:
    """Tells the line how a version did on a set of fresh documents, as `sentinel signal` does by hand. Each document
    counts once: a set that stays the same says nothing new of a model that does. With `fresh`, documents that were
    counted before are left out, and where no others have come there is no signal.

    The feed is that of the report's own metric, unless `metric` names another.
    """
    import polars as pl

    from sentinel.data.report import NotComparable, documents, model_of

    try:
        held = documents(report.path, set)
    except NotComparable as why:
        raise refuse("E-not-comparable", str(why), todo="See what wrote the report.") from why
    named = metric or held.metric
    if not names.is_metric(named):
        raise refuse("E-signal", f"The report calls what `{set}` measures {named!r}, which is no metric's name.",
                     todo="Name it with `metric:`.")  # fmt: skip
    digests = _named(held)
    if fresh:
        before = _counted(at, named, model_of(report.path))
        new = [name not in before for name in digests]
        if not any(new):
            at.say(f"none of {len(digests)} documents has come since the last signal")
            return None
        held = replace(held, rows=held.rows.filter(pl.Series(new)))
        digests = _named(held)
    if len(digests) > MOST_DOCUMENTS:
        raise refuse("E-signal", f"{len(digests)} documents are more than a signal can hold, which is "
                     f"{MOST_DOCUMENTS}.", todo="Score a random sample of them.")  # fmt: skip
    values = held.values.tolist()
    counts = held.repeats == 1 and all(value in (0.0, 1.0) for value in values)
    weights = held.weights.tolist() if held.weights is not None else None
    groups = held.groups.tolist() if held.groups is not None else None
    found = measured(values, counts, weights, groups)
    at.say(
        f"{found.value:g} of {found.n:g}" if found.variance is None else f"{found.value:.4f}, worth {found.n:g} rows"
    )
    return Scored(set, named, model_of(report.path), found.value, found.n, found.variance, tuple(digests))


def _named(held: "Documents") -> list[str]:
    """The names under which a feed remembers documents."""
    return [document_name("\0".join(each)) for each in held.rows.select("doc", "prompt", "task").iter_rows()]


def _counted(at: At, metric: str, model: str) -> Collection[str]:
    """The documents that the feed of a version has counted."""
    told = (at.reads or {}).get("counted") or {}
    version = (told.get("models") or {}).get(model)
    mine = (each for each in told.get("feeds") or () if (each["metric"], each["version"]) == (metric, version))
    return {name for each in mine for name in each["documents"]}
