"""Signal: what an evaluation of a version says of its line, for what watches drift there."""

from sentinel.contract.at import At
from sentinel.contract.kinds import EvalReport
from sentinel.contract.registry import step
from sentinel.contract.scalars import Metric, Name
from sentinel.domain import names
from sentinel.domain.feed import MOST_DOCUMENTS, Scored, document_name
from sentinel.domain.measure import measured
from sentinel.domain.refusal import refuse


@step("signal", reads=("line",), distributions=("polars", "numpy"))
def signal(at: At, report: EvalReport, *, set: Name, metric: Metric | None = None) -> Scored:
    """Tells the line how a version did on a set of fresh documents, as `sentinel signal` does by hand. Each document
    counts once: a set that stays the same says nothing new of a model that does.

    The feed is that of the report's own metric, unless `metric` names another.
    """
    from sentinel.data.report import NotComparable, documents, model_of

    try:
        held = documents(report.path, set)
    except NotComparable as why:
        raise refuse("E-not-comparable", str(why), todo="See what wrote the report.") from why
    named = metric or held.metric
    if not names.is_metric(named):
        raise refuse("E-signal", f"The report calls what `{set}` measures {named!r}, which is no metric's name.",
                     todo="Name it with `metric:`.")  # fmt: skip
    digests = [document_name("\0".join(each)) for each in held.rows.select("doc", "prompt", "task").iter_rows()]
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
