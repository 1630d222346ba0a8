"""The form of a recipe file, key by key. What the keys mean together is the wiring check's business."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from sentinel.contract.scalars import Duration, Flag, Size, Text, Whole
from sentinel.contract.words import quoted
from sentinel.domain.artifact import KINDS
from sentinel.domain.names import suggest
from sentinel.domain.plan import Source
from sentinel.domain.policy.hours import parse_hours
from sentinel.domain.quantity import MINUTE
from sentinel.recipe.form import (
    BY_SHAPE,
    IS_LIST,
    IS_MAPPING,
    IS_TEXT,
    AnyName,
    Form,
    KindName,
    Mapping,
    OneSource,
    OwnName,
    PortName,
    Raw,
)
from sentinel.recipe.mistakes import Mistake

SCALARS = ("text", "int", "number", "flag", "duration", "size", "rate")
ACTS = ("use", "gate", "approve", "wait")
MOST_STEPS = 500


def _input_type(value: Any) -> Any:
    if isinstance(value, str) and value not in SCALARS and value not in KINDS:
        raise Mistake(
            "E-input-type", f"{quoted(value)} is no type of input.", suggest(value, {*SCALARS, *KINDS}, "type")
        )
    return value


def _hours(value: Any) -> Any:
    return parse_hours(str(value).replace(" ", ""))


class OneOf(Form):
    """An input that takes one of a few words."""

    one_of: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]


_TypeName = Annotated[str, BeforeValidator(_input_type), WithJsonSchema({"enum": [*SCALARS, *sorted(KINDS)]})]
InputType = Annotated[
    Annotated[_TypeName, IS_TEXT] | Annotated[OneOf, IS_MAPPING] | Annotated[_TypeName, IS_LIST], BY_SHAPE
]


class InputForm(Form):
    """A typed input of a recipe; one without a default has to be given."""

    type: InputType
    default: Raw = None


class BudgetForm(Form):
    """What a run may spend while it is running."""

    wall: Annotated[Duration, Field(gt=0)] | None = None
    gpu: Annotated[Duration, Field(gt=0)] | None = None


class PolicyForm(Form):
    """How the recipe's runs queue, when their attempts may start and what they may spend."""

    priority: Annotated[Whole, Field(ge=0, le=100)] = 50
    at_most_one_per: Literal["line"] | None = None
    hours: Annotated[
        tuple[int, int] | None, BeforeValidator(_hours), WithJsonSchema({"type": "string", "examples": ["20:00-06:00"]})
    ] = None
    budget: BudgetForm = BudgetForm()


class NeedsForm(Form):
    """What one attempt claims of a node, where it differs from what the step itself says."""

    cpus: Annotated[Whole, Field(ge=1)] | None = None
    gpus: Annotated[Whole, Field(ge=0)] | None = None
    gpu_memory: Size | None = None
    memory: Annotated[Size, Field(gt=0)] | None = None


class RetryForm(Form):
    """How often a step is tried again, and how long the first pause is."""

    times: Annotated[Whole, Field(ge=0, le=100)] = 0
    backoff: Duration = MINUTE


class ApproveForm(Form):
    """A question to a person, with a deadline and what happens when nobody answers."""

    ask: Annotated[Text, Field(min_length=1, max_length=2000)]
    within: Annotated[Duration, Field(gt=0)]
    otherwise: Literal["approve", "reject"] = Field(alias="else")


Sources: TypeAlias = Annotated[list[OneSource], Field(min_length=1)]
Binding: TypeAlias = Annotated[
    Annotated[OneSource, IS_TEXT] | Annotated[Sources, IS_LIST] | Annotated[OneSource, IS_MAPPING], BY_SHAPE
]
Ports: TypeAlias = dict[PortName, Binding]


class _Step(Form):
    id: OwnName
    after: tuple[AnyName, ...] = ()
    when: dict[AnyName, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(default_factory=dict)
    optional: Flag = False

    @property
    def act(self) -> str:
        """What the step does: use, gate, approve or wait."""
        return next(act for act in ACTS if act in type(self).model_fields)


class _Worked(_Step):
    binds: Ports = Field(default_factory=dict, alias="in")
    each: OneSource | None = None
    needs: NeedsForm = NeedsForm()
    timeout: Annotated[Duration, Field(gt=0)] | None = None
    retry: RetryForm = RetryForm()

    def sources(self) -> dict[str, tuple[Source, ...]]:
        """The bindings, each as the list that it may be."""
        return {port: tuple(held) if isinstance(held, list) else (held,) for port, held in self.binds.items()}


class UseStep(_Worked):
    """A step that does registered work."""

    use: Text
    params: Mapping = Field(default_factory=dict, alias="with")
    gives: dict[PortName, KindName] = Field(default_factory=dict)


class GateStep(_Worked):
    """A step that judges, by a gate file."""

    gate: AnyName


class ApproveStep(_Step):
    """A step that asks a person."""

    approve: ApproveForm


class WaitStep(_Step):
    """A step that lets time pass."""

    wait: Duration


Step: TypeAlias = UseStep | GateStep | ApproveStep | WaitStep
STEPS: dict[str, type[UseStep] | type[GateStep] | type[ApproveStep] | type[WaitStep]] = {
    "use": UseStep, "gate": GateStep, "approve": ApproveStep, "wait": WaitStep,
}  # fmt: skip


Names: TypeAlias = Annotated[list[AnyName], Field(min_length=1)]
Lines: TypeAlias = Annotated[
    Annotated[AnyName, IS_TEXT] | Annotated[Names, IS_LIST] | Annotated[AnyName, IS_MAPPING], BY_SHAPE
]


class RecipeHead(Form):
    """A recipe but for its steps, which are read one by one so that a slip in one hides no other's."""

    recipe: AnyName
    about: Text = ""
    line: Lines | None = None
    inputs: dict[AnyName, InputForm] = Field(default_factory=dict)
    triggers: list[Raw] = Field(default_factory=list)
    policy: PolicyForm = PolicyForm()
    gives: dict[PortName, OneSource] = Field(default_factory=dict)
    steps: Annotated[list[Raw], Field(min_length=1, max_length=MOST_STEPS)]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that the recipe names, none where it leaves that to the run."""
        return tuple(self.line) if isinstance(self.line, list) else (self.line,) if self.line else ()
