"""A plan as it is shown: the steps in the order of the file, what each takes, gives, needs and may cost."""

from collections.abc import Mapping

from sentinel.api.run_shape import does
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.plan import Plan, PlannedStep

UNKNOWN: Json = {"reuse": "unknown", "why": "there is no daemon to ask", "expected_ms": None,
                 "expected_bound_ms": None}  # fmt: skip


def plan_shape(plan: Plan, foreseen: Mapping[str, Json] | None = None) -> Json:
    """A plan, with what is foreseen of each step where a daemon could be asked."""
    return {
        "recipe": plan.recipe, "about": plan.about, "line": plan.line, "plan": plan.digest,
        "inputs": {name: to_json(declared) for name, declared in plan.inputs.items()},
        "policy": to_json(plan.policy), "gives": {port: str(source) for port, source in plan.gives.items()},
        "steps": [_step(step, (foreseen or {}).get(step.id, UNKNOWN)) for step in plan.steps],
        "children": [plan_shape(child) for child in plan.children],
    }  # fmt: skip


def _step(step: PlannedStep, foreseen: Json) -> Json:
    return {
        "step": step.id, "does": does(step), "act": step.act, "version": step.version, "params": step.params,
        "takes": {
            port: {"kind": str(step.takes[port]) if port in step.takes else None, "from": [str(each) for each in held]}
            for port, held in step.binds.items()
        },
        "gives": {port: str(held) for port, held in step.gives.items()},
        "each": str(step.each) if step.each else None, "after": list(step.after),
        "when": {name: list(outcomes) for name, outcomes in step.when.items()}, "optional": step.optional,
        "bar": step.is_bar, "ask": step.approval.ask if step.approval else None,
        "within": step.approval.within if step.approval else None, "wait": step.wait, "needs": to_json(step.needs),
        "timeout": step.timeout, "retry": to_json(step.retry), "effect": step.effect, **foreseen,
    }  # fmt: skip
