"""The form of a gate file."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from sentinel.contract.scalars import Duration, Text, Whole
from sentinel.recipe.form import BY_SHAPE, IS_LIST, IS_MAPPING, IS_TEXT, AnyName, Form, KindPort, PortName, Raw

Act: TypeAlias = Literal["reject", "hold", "freeze"]


class Until(Form):
    """What an inconclusive gate waits for: so many outcomes, and no longer than so long."""

    outcomes: Annotated[Whole, Field(gt=0)] | None = None
    at_most: Annotated[Duration, Field(gt=0)]


class Waiting(Form):
    """`{wait: …}`."""

    wait: Until


ActOrWait: TypeAlias = Annotated[
    Annotated[Act, IS_TEXT] | Annotated[Waiting, IS_MAPPING] | Annotated[Act, IS_LIST], BY_SHAPE
]


class ThenForm(Form):
    """What each verdict but pass does."""

    fail: Act = "reject"
    inconclusive: ActOrWait = "hold"
    error: Act = "hold"
    freeze: Act = "freeze"


class GateForm(Form):
    """A gate file: what it is given, the checks that judge it, and what their verdict does."""

    gate: AnyName
    about: Text = ""
    ports: Annotated[dict[PortName, KindPort], Field(min_length=1)] = Field(alias="in")
    checks: Annotated[list[Raw], Field(min_length=1, max_length=100)]
    judges: PortName | None = None
    against: PortName | None = None
    then: ThenForm = ThenForm()
