"""Card: what a model is, where it comes from and how it was judged, for people and for programs."""

import json
from typing import TYPE_CHECKING

from sentinel.contract.at import At
from sentinel.contract.kinds import Card, Dataset, EvalReport, Model, Verdict
from sentinel.contract.registry import step
from sentinel.contract.scalars import Text
from sentinel.domain import verdict as judgement
from sentinel.domain.digest import Json
from sentinel.domain.form import from_json, to_json
from sentinel.domain.refusal import refuse
from sentinel.step.measured import measured_in

if TYPE_CHECKING:
    from sentinel.model.card import Judged, Score


@step("card", reads=("line", "lineage"), distributions=("polars", "numpy"))
def card(
    at: At, model: Model, reports: list[EvalReport] | None, verdicts: list[Verdict] | None, data: Dataset | None, *,
    licence: Text | None = None,
) -> Card:  # fmt: skip
    """Writes a model card: `README.md` as the Hub reads it, and `card.json` with the same facts.

    Reports and verdicts must be about this model; `data` is the dataset that it was made of. The licence is that of the
    line (`licence:` in sentinel.yaml) unless another is said.
    """
    from sentinel.model.base import TRAINING, task_of
    from sentinel.model.card import Facts, write_card
    from sentinel.model.weigh import parameters_of

    line, lineage = ((at.reads or {}).get(word) or {} for word in ("line", "lineage"))
    config = json.loads((model.path / "config.json").read_bytes())
    task = task_of(model.path)
    training, folded = model.path / TRAINING, model.path / "fold.json"
    facts = Facts(
        line=str(line.get("name") or "model"), model=model.digest, parameters=parameters_of(model.path),
        architecture=str((config.get("architectures") or [config.get("model_type", "nameless")])[0]),
        context=config.get("max_position_embeddings"), form=task.form if task else line.get("task"),
        labels=task.labels if task else (), prompt=to_json(task.prompt) if task else None, base=line.get("base"),
        training=json.loads(training.read_bytes()) if training.is_file() else None, lineage=lineage or None,
        data=_data(data) if data is not None else None, licence=licence or line.get("licence"),
        folded=json.loads(folded.read_bytes()) if folded.is_file() else None,
        scores=tuple(score for each in reports or () for score in _scores(at, model, each)),
        judged=tuple(_judged(at, model, each) for each in verdicts or ()),
    )  # fmt: skip
    return Card.made(write_card(at.out / "card", facts))


def _scores(at: At, model: Model, report: EvalReport) -> "list[Score]":
    from sentinel.data.report import model_of
    from sentinel.model.card import Score

    if model_of(report.path) != model.digest:
        raise _of_another(at, "report", report.digest, model_of(report.path))
    held = measured_in(report.path, at.seed)
    return [Score(each.of, each.metric, each.value, each.lower, each.upper, each.n) for each in held]


def _judged(at: At, model: Model, verdict: Verdict) -> "Judged":
    from sentinel.model.card import Judged

    told = from_json(judgement.Verdict, json.loads((verdict.path / "verdict.json").read_bytes()))
    if told.subject is not None and told.subject != model.digest:
        raise _of_another(at, "verdict", verdict.digest, told.subject)
    checks = tuple((each.check, each.verdict, each.sentence) for each in told.findings)
    return Judged(told.gate, told.verdict, told.sentence, checks)


def _of_another(at: At, what: str, digest: str, model: str) -> Exception:
    return refuse("E-card-subject", f"the {what} {digest[:12]} is about {model[:12]}, and not about this model.",
                  where=at.step, todo=f"Bind each {what} to the card of the model that it speaks of.")  # fmt: skip


def _data(data: Dataset) -> Json:
    from sentinel.data.dataset import Held

    held = Held(data.path)
    return {
        "digest": data.digest, "rows": held.profile.rows, "fields": dict(held.schema.fields),
        "labels": dict(held.profile.labels),
    }  # fmt: skip
