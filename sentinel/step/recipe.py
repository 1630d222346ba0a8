"""Recipe: a run inside a run."""

from pydantic import JsonValue

from sentinel.contract.at import At
from sentinel.contract.registry import step
from sentinel.contract.scalars import Name


@step("recipe", open_ports=True, daemon=True)
def recipe(at: At, *, recipe: Name | None = None, inputs: dict[Name, JsonValue] | None = None) -> None:
    """Runs a recipe as a run of its own, child of this one; its `gives:` are the outputs.

    This function carries the promise; the daemon does it.
    """
