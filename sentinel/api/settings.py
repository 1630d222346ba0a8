"""The inputs of a run, from the texts that a person gave."""

from sentinel.contract.types import Registry
from sentinel.domain.digest import Json
from sentinel.domain.plan import Plan
from sentinel.domain.refusal import Refusal, Refused
from sentinel.recipe.inputs import given_inputs


def typed(plan: Plan, given: Json, registry: Registry) -> dict[str, Json]:
    """The inputs, typed and complete. Refused with everything that is wrong with them."""
    texts = {str(name): str(value) for name, value in given.items()}
    found = given_inputs(plan, texts, registry)
    if isinstance(found, dict):
        return found
    told = [" ".join(filter(None, (each.what, each.todo))) for each in found]
    raise Refused(Refusal("E-input", " ".join(told), f"recipe {plan.recipe}"))
