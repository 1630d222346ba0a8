"""A registry with a little of everything, in the shape that the real one will have: for tests of the checker."""

from typing import Literal, NamedTuple

from sentinel.contract.at import At, Look, TriggerLook
from sentinel.contract.kinds import (
    Curriculum,
    Dataset,
    EvalReport,
    Model,
    RawSnapshot,
    Shortlist,
    Spec,
    Submission,
    Verdict,
)
from sentinel.contract.registry import check, step, trigger
from sentinel.contract.scalars import Duration, Name, Number, Params, Rate, Share, Text, Whole
from sentinel.contract.types import Registry
from sentinel.domain.needs import Needs
from sentinel.domain.quantity import DAY
from sentinel.domain.trigger_stream import Decision
from sentinel.domain.verdict import Finding


class Train(Params):
    """How a model is trained."""

    method: Literal["lora", "full"] = "lora"
    rank: Whole = 16
    epochs: Whole = 3


TRAIN = Train()


class Ranked(NamedTuple):
    """What a shortlist gives."""

    models: list[Model]
    list: Shortlist


class Chosen(NamedTuple):
    """What a rotation gives."""

    chosen: list[Spec]


@step("assemble", reads=("line",))
def assemble(at: At, raw: list[RawSnapshot] | None, *, window: Duration = 0, replay: Share = 0.0) -> Dataset:
    """Rows of the line's sources in one schema."""


@step("forge", needs=Needs(gpus=0), makes="version")
def forge(at: At, base: Model, data: Dataset, *, train: Train = TRAIN) -> Model:
    """A model trained from a base."""


@step("rank")
def rank(at: At, data: Dataset) -> Ranked:
    """Models worth a look."""


@step("evaluate", about="model")
def evaluate(at: At, model: Model, lessons: list[Curriculum] | None, *, repeats: Whole = 1) -> EvalReport:
    """A model's score on the line's sets."""


@step("rotation", reads=("clock", "zoo"))
def rotation(at: At, *, budget: Whole | None = None) -> Chosen:
    """Who of the zoo trains this time."""


@step("mystery")
def mystery(at: At, model: Model) -> EvalReport:
    """A report that does not say what it is about."""


@step("promote", effect="alias", daemon=True, subject="model")
def promote(model: Model, verdict: Verdict, *, alias: Literal["champion", "challenger", "shadow"] = "champion") -> None:
    """The alias moves to the model that the verdict judged."""


@step("submit", effect="submission")
def submit(at: At, report: EvalReport, *, board: Name = "board") -> Submission:
    """The report goes to the board."""


@step("program", open_ports=True)
def program(at: At, *, run: Name, args: tuple[Text, ...] = ()) -> None:
    """A program of the node's own list."""


@step("recipe", daemon=True, open_ports=True)
def recipe(*, recipe: Name, inputs: dict[str, str] | None = None) -> None:
    """Another recipe."""


@step("notify", effect="notice")
def notify(at: At, *, to: Text, text: Text) -> None:
    """Tell somebody."""


@step("resolve", reads=("line",))
def resolve(at: At, *, wants: tuple[Text, ...] = (), must: tuple[Text, ...] = ()) -> NamedTuple(
    "Resolved", [("base", Model)]
):  # type: ignore[valid-type]
    """The line's base as a model."""


@step("gate", open_ports=True)
def gate(at: At) -> Verdict:
    """Judge."""


@step("approve", daemon=True)
def approve() -> None:
    """Ask a person."""


@check("floor")
def floor(at: Look, candidate: EvalReport, *, set: Name, at_least: Share) -> Finding:
    """The candidate is good enough by itself."""


@check("no_regression", comparative=True)
def no_regression(at: Look, candidate: EvalReport, champion: EvalReport, *, set: Name, margin: Number) -> Finding:
    """The candidate is no worse than the champion."""


@check("schema")
def schema(at: Look, dataset: Dataset, prior: Dataset | None) -> Finding:
    """The rows have their columns."""


@check("checksum")
def checksum(at: Look, *, port: Text | None = None) -> Finding:
    """The files are what their digest says."""


@check("trace")
def trace(at: Look, *, port: Text | None = None) -> Finding:
    """The artifact says where it comes from."""


@trigger("cron")
def cron(look: TriggerLook, *, at: Text, jitter: Duration = 0) -> Decision:
    """By the clock."""


@trigger("manual")
def manual(look: TriggerLook) -> Decision:
    """By a person's word."""


@trigger("drift", looks="worker")
def drift(
    look: TriggerLook, *, set: Name, margin: Number, false_alarms: Rate, every: Duration = DAY, baseline: Whole = 28,
    below: Share | None = None,
) -> Decision:  # fmt: skip
    """When the world moved."""


@trigger("distribution", looks="worker", reads=("profiles",))
def distribution(look: TriggerLook, *, every: Duration = DAY) -> Decision:
    """When what comes in looks otherwise."""


STOCK = Registry.of([
    assemble, forge, rank, rotation, evaluate, mystery, promote, submit, program, recipe, notify, resolve, gate,
    approve, floor, no_regression, schema, checksum, trace, cron, manual, drift, distribution,
])  # fmt: skip
