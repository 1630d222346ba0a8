"""Ports, parameters and outputs are read from a function's types, and what cannot be read is refused at once."""

from typing import Annotated, Literal, NamedTuple

import pytest
from pydantic import BaseModel, ValidationError

from sentinel.contract.at import At, Look, TriggerLook
from sentinel.contract.kinds import Dataset, EvalReport, Model, RawSnapshot
from sentinel.contract.registry import Registry, check, step, trigger
from sentinel.contract.scalars import Duration, Params, Share, Text, Whole
from sentinel.contract.types import StepType
from sentinel.domain.needs import Needs
from sentinel.domain.plan import Port


class Train(Params):
    method: Literal["lora", "full"] = "lora"
    rank: Whole = 16


class Forged(NamedTuple):
    model: Model
    reports: list[EvalReport]
    rows: RawSnapshot | None


TRAIN = Train()


@step("forge", version=3, needs=Needs(cpus=2), makes="version", reads=["line"], about="base")
def forge(
    at: At, base: Model, data: Dataset | None, more: list[Model], *, share: Share, train: Train = TRAIN
) -> Forged:
    """A model trained
    from a base.

    This function is for its readers.
    """
    raise AssertionError("never called here")


def held() -> StepType:
    return Registry.of([forge]).steps["forge"]


def test_positional_parameters_of_a_kind_are_ports() -> None:
    assert held().ports == {
        "base": Port("Model"),
        "data": Port("Dataset", optional=True),
        "more": Port("Model", many=True),
    }


def test_the_fields_of_a_named_tuple_are_the_outputs() -> None:
    assert held().outputs == {
        "model": Port("Model"), "reports": Port("EvalReport", many=True), "rows": Port("RawSnapshot", optional=True),
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "port"), [(Model, "model"), (EvalReport, "report"), (RawSnapshot, "rows")])
def test_a_lone_output_has_the_port_of_its_kind(kind: type, port: str) -> None:
    def lone(at: At):  # type: ignore[no-untyped-def]
        """One thing."""

    lone.__annotations__["return"] = kind
    assert list(Registry.of([step("lone")(lone)]).steps["lone"].outputs) == [port]


def test_a_step_that_gives_nothing_has_no_outputs() -> None:
    @step("told")
    def told(at: At, *, text: Text) -> None:
        """Tell."""

    assert Registry.of([told]).steps["told"].outputs == {}


def test_keyword_only_parameters_are_read_from_text_and_written_as_json() -> None:
    params = held().params.model_validate({"share": "30%", "train": {"rank": "32"}})
    assert params.model_dump(mode="json") == {"share": 0.3, "train": {"method": "lora", "rank": 32}}
    assert held().params.model_validate(params.model_dump(mode="json")) == params


def test_an_unknown_parameter_is_refused_however_deep_it_lies() -> None:
    with pytest.raises(ValidationError):
        held().params.model_validate({"share": "1%", "train": {"rnk": 1}})


def test_what_the_decorator_says_is_kept_and_the_docstring_says_what_it_does() -> None:
    step_type = held()
    assert (step_type.version, step_type.needs, step_type.makes) == (3, Needs(cpus=2), "version")
    assert (step_type.reads, step_type.about, step_type.subject) == (("line",), "base", None)
    assert step_type.says == "A model trained from a base."
    assert step_type.owner == __name__


def test_a_decorated_function_is_still_the_function() -> None:
    with pytest.raises(AssertionError, match="never called"):
        forge(None, None, None, [], share=0.1)  # type: ignore[arg-type]


def no_type(at: At, base) -> Model:  # type: ignore[no-untyped-def]
    """A port without a type."""
    raise NotImplementedError


def parameter_before_the_star(at: At, rank: int) -> Model:
    """A parameter among the ports."""
    raise AssertionError


def port_after_the_star(at: At, *, base: Model) -> Model:
    """A port among the parameters."""
    raise AssertionError


class Loose(BaseModel):
    """Lets unknown keys pass."""


def loose_group(at: At, *, train: list[Loose]) -> Model:
    """A group of parameters that lets unknown keys pass."""
    raise AssertionError


def any_number(at: At, *bases: Model) -> Model:
    """As many as there are."""
    raise AssertionError


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (no_type, "`base` has no type"),
        (parameter_before_the_star, "parameters come after a `*`"),
        (port_after_the_star, "ports come before the `*`"),
        (loose_group, "Loose may let unknown keys pass; make it a `Params`"),
        (any_number, "`bases` takes any number of arguments"),
    ],
)
def test_a_function_that_cannot_be_read_is_refused_by_name(function, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TypeError, match="`odd` cannot be registered") as caught:
        step("odd")(function)
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["Forge", "two words", "", "-forge", "a" * 49])
def test_a_name_that_no_recipe_could_write_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="it is no name"):
        step(name)(forge)


def test_about_and_subject_name_a_port_of_the_step() -> None:
    with pytest.raises(TypeError, match="it has no port `modle`"):
        step("forge", about="modle")(forge)


def test_a_check_takes_its_ports_and_settings_from_its_function() -> None:
    @check("floor", comparative=True)
    def floor(at: Look, candidate: EvalReport, champion: EvalReport | None, *, at_least: Share) -> object:
        """Good enough."""

    found = Registry.of([floor]).checks["floor"]
    assert found.ports == {"candidate": Port("EvalReport"), "champion": Port("EvalReport", optional=True)}
    assert found.comparative
    assert list(found.params.model_fields) == ["at_least"]


def test_a_trigger_has_settings_and_no_ports() -> None:
    @trigger("clock", looks="worker")
    def clock(look: TriggerLook, *, every: Annotated[Duration, "how often"]) -> object:
        """Time."""

    assert Registry.of([clock]).triggers["clock"].looks == "worker"
    with pytest.raises(TypeError, match="a trigger has no ports"):

        @trigger("odd")
        def odd(look: TriggerLook, base: Model) -> object:
            """Takes a port."""


def test_a_trigger_looks_in_the_daemon_or_in_a_worker() -> None:
    with pytest.raises(TypeError, match="in the daemon or in a worker"):
        trigger("odd", looks="cloud")


def test_a_default_is_checked_as_what_it_stands_for() -> None:
    @step("paused")
    def paused(at: At, *, after: Duration = "90s") -> None:  # type: ignore[assignment]
        """Wait."""

    assert Registry.of([paused]).steps["paused"].params().model_dump() == {"after": 90_000}
