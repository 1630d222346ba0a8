"""Evaluate an endpoint: what a server answers to each document of a line's sets, whatever it serves there."""

from typing import Annotated, Any, Literal

from pydantic import Field

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, EvalReport
from sentinel.contract.registry import step
from sentinel.contract.scalars import Credential, Name, Text, Whole
from sentinel.domain.digest import Json, digest_of
from sentinel.domain.refusal import refuse
from sentinel.domain.task import CLASSIFICATION, Prompt, Task

_PREFIX = "credential:"


@step("evaluate-endpoint", reads=("line", "world"), wants=("sets",), distributions=("polars",))
def evaluate_endpoint(
    at: At, sets: list[Dataset], *, url: Text, serves: Text, key: Credential | None = None,
    by: Literal["generated", "echoed"] = "generated", only: list[Name] | None = None,
    limit: Annotated[Whole, Field(ge=1)] | None = None, most: Annotated[Whole, Field(ge=1, le=512)] = 24,
) -> EvalReport:  # fmt: skip
    """Asks an OpenAI-compatible endpoint every document of sets of labels: `generated` goes by what it says, `echoed`
    by how likely it takes each answer to be. The report says which endpoint it was and what it claimed to serve. It is
    about that endpoint, and about no model that is on record here: nothing is promoted by it, and it is never reused.
    """
    import polars as pl

    from sentinel.data.report import SCHEMA, write_report
    from sentinel.model.score.endpoint import Endpoint
    from sentinel.model.score.scorer import METRICS
    from sentinel.outside.completions import Completions
    from sentinel.step.asked_sets import asked_sets
    from sentinel.step.scoring import question_digest, rows_of, sha

    line: Any = (at.reads or {}).get("line") or {}
    asked = asked_sets(at, sets, only or [])
    labels = tuple(sorted({label for each in asked for label in each.labels}))
    other = [each.name for each in asked if each.form != CLASSIFICATION]
    if other or not labels:
        raise refuse("E-endpoint-form", f"an endpoint is asked for labels, and `{''.join(other[:1])}` has none.",
                     where=at.step, todo="Name sets of classification with `only:`.")  # fmt: skip
    task = Task(CLASSIFICATION, Prompt(**{"after": "\nAnswer:", **(line.get("prompt") or {})}), labels)
    secret = at.secret(key.removeprefix(_PREFIX)) if key is not None else None
    held = Endpoint(Completions(url, secret), serves, task, most)
    told: dict[str, Json] = {}
    rows: list[dict[str, Any]] = []
    for each in asked:
        questions = each.questions[:limit]
        tick = lambda done, name=each.name, n=len(questions): at.progress(done, n, set=name)  # noqa: E731
        answers = (held.generated if by == "generated" else held.echoed)(questions, tick)
        kind = question_digest(each.form, METRICS[each.form], False)
        told[each.name] = {"metric": METRICS[each.form], "n": len(questions), "form": each.form, "repeats": 1}
        for question, answer in zip(questions, answers, strict=True):
            key_of = (question.doc, sha(task.prompt.around(question.text)), kind, question.truth)
            rows += rows_of(each.name, METRICS[each.form], question, key_of, {0: answer})
    settings: dict[str, Json] = {"endpoint": held.line.where, "serves": serves, "claims": held.claims, "by": by}
    if limit is not None:
        settings["limit"] = limit
    at.say(f"{held.line.where} was asked for {serves} and says that it serves {held.claims or 'nothing by name'}")
    subject = digest_of(["endpoint", held.line.where, serves, held.claims])
    write_report(at.out / "report", subject, CLASSIFICATION, settings, told, pl.DataFrame(rows, schema=SCHEMA))
    return EvalReport.made(at.out / "report")
