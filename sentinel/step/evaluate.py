"""Evaluate: what a model answers to each document of its line's sets, and how good that is."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from sentinel.contract.at import At
from sentinel.contract.kinds import Adapter, Dataset, EvalReport, Model
from sentinel.contract.registry import step
from sentinel.contract.scalars import Name, Text, Whole
from sentinel.domain.digest import Json, digest_of
from sentinel.domain.needs import MIB, Needs
from sentinel.domain.refusal import refuse
from sentinel.domain.task import CLASSIFICATION, Prompt, Task
from sentinel.step.asked_sets import asked_sets

if TYPE_CHECKING:
    from sentinel.data.asked import Asked

Harness = Literal["own", "lm-eval"]
NUMBERS = ("float32", "bfloat16")


@step(
    "evaluate", version=2, about="model", reads=("line", "earlier"), wants=("sets",), needs=Needs(memory=2048 * MIB),
    preload=("torch", "transformers", "polars"), distributions=("torch", "transformers", "peft", "lm-eval", "polars"),
)  # fmt: skip
def evaluate(
    at: At, model: Model, adapters: list[Adapter] | None, sets: list[Dataset] | None, *,
    only: list[Name] | None = None, tasks: list[Text] | None = None,
    limit: Annotated[Whole, Field(ge=1)] | None = None, batch: Annotated[Whole, Field(ge=1, le=4096)] = 16,
    shots: Annotated[Whole, Field(ge=0, le=64)] | None = None, harness: Harness = "own",
    anchor: Literal["refuse", "anew"] = "refuse", dtype: Literal[NUMBERS] = "float32",  # type: ignore[valid-type]
) -> EvalReport:  # fmt: skip
    """Asks a model every document of its line's sets (`only:` some of them) and of lm-eval `tasks:`, bundled ones by
    name or those whose files the line lists. What an earlier report holds of the same model, asked the same way, is
    not asked again, once a few of these documents have given the same answers (the anchor); where they do not, the
    attempt is refused, or with `anchor: anew` everything is asked anew. With adapters, the report is about the model
    and these together, so that it promotes neither alone.
    """
    from sentinel.model import base
    from sentinel.model.score.loaded import load
    from sentinel.step.scoring import Scoring

    asked = asked_sets(at, sets or [], only or [])
    if not asked and not tasks:
        raise refuse("E-evaluate-nothing", "there is no set to ask, and no task.", where=at.step,
                     todo="Give the line `sets:`, or name `tasks:`.")  # fmt: skip
    subject = digest_of([model.digest, *(each.digest for each in adapters)]) if adapters else model.digest
    words, taught = base.tokenizer(model.path), base.task_of(model.path)
    settings: dict[str, Json] = {"dtype": dtype, "harness": harness}
    if limit is not None:
        settings["limit"] = limit
    if tasks and shots is not None:
        settings["shots"] = shots
    gpu = bool(at.told.gpus)
    paths = [each.path for each in adapters or ()]
    scoring = Scoring(
        at, subject, settings, lambda task: load(model.path, words, task, paths, dtype=dtype, batch=batch, gpu=gpu),
        words, anchor == "anew",
    )  # fmt: skip
    for each in asked:
        scoring.ask(each, _task(at, taught, each, asked), limit)
    for name in tasks or ():
        scoring.run(name, shots, limit)
    folder = at.out / "report"
    scoring.write(folder, taught.form if taught is not None else str(_line(at).get("task") or ""))
    return EvalReport.made(folder)


def _line(at: At) -> Any:
    return (at.reads or {}).get("line") or {}


def _task(at: At, taught: Task | None, each: "Asked", asked: "list[Asked]") -> Task:
    """The task by which a set is asked: as the model was taught, else as the line says."""
    told = _line(at).get("prompt") or {}
    prompt = taught.prompt if taught is not None else Prompt(**{"after": "\nAnswer:", **told})
    labels = taught.labels if taught is not None else ()
    if each.form == CLASSIFICATION and not labels:
        labels = tuple(sorted({label for held in asked for label in held.labels}))
    return Task(each.form, prompt, labels if each.form == CLASSIFICATION else ())
