"""The form of a zoo file: a challenger's definition."""

from typing import Annotated, Literal

from pydantic import Field

from sentinel.contract.scalars import Whole
from sentinel.recipe.form import AnyName, Form, Mapping


class Override(Form):
    """What a spec changes in one step of its recipe."""

    params: Mapping = Field(default_factory=dict, alias="with")


class SpecForm(Form):
    """A spec: the recipe that trains it, and what it changes in that recipe's steps."""

    spec: AnyName
    label: AnyName | None = None
    status: Literal["active", "retired"] = "active"
    priority: Annotated[Whole, Field(ge=0, le=100)] = 50
    recipe: AnyName
    overrides: dict[AnyName, Override] = Field(default_factory=dict)
