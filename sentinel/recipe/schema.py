"""JSON Schemas for editors, from the same models and registry that the check uses."""

from typing import Any

from pydantic import BaseModel

from sentinel.contract.types import Registry
from sentinel.domain.digest import Json
from sentinel.recipe.config import Config
from sentinel.recipe.gatefile import GateForm
from sentinel.recipe.model import ACTS, STEPS, RecipeHead
from sentinel.recipe.spec import SpecForm
from sentinel.recipe.steps import WRITTEN_OTHERWISE

FILES = ("recipe", "gate", "config", "spec")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_FROM_INPUT = [
    {"type": "string", "pattern": r"^inputs\.[a-z][a-z0-9-]{0,47}$"},
    {"type": "object", "properties": {"literal": True}, "required": ["literal"], "additionalProperties": False},
]


def schema_of(file: str, registry: Registry) -> Json:
    """The JSON Schema of a file: recipe, gate, config or spec. KeyError for another."""
    return {"recipe": _recipe, "gate": _gate, "config": _config, "spec": _spec}[file](registry)


def _recipe(registry: Registry) -> Json:
    schema, parts = _opened(RecipeHead, "recipe")
    properties: dict[str, Any] = {}
    rules: list[Json] = []
    for act in ACTS:
        form, more = _opened(STEPS[act], act)
        parts |= more
        properties |= dict.fromkeys(form["properties"], True)
        form.pop("title", None)
        rules.append({"if": {"required": [act]}, "then": form})
    for name, kind in sorted(registry.steps.items()):
        if name in WRITTEN_OTHERWISE:
            continue
        params, more = _opened(kind.params, f"with-{name}")
        parts |= {key: _open_to_inputs(part) for key, part in more.items()}
        then: dict[str, Any] = {"with": _open_to_inputs(params)}

        if not kind.open_ports:
            then["in"] = {"propertyNames": {"enum": sorted(kind.ports)}}
        rule = {"properties": then, **({"required": ["with"]} if params.get("required") else {})}
        rules.append({"if": {"properties": {"use": {"const": name}}, "required": ["use"]}, "then": rule})
    properties["use"] = {"enum": sorted(set(registry.steps) - set(WRITTEN_OTHERWISE))}
    schema["properties"]["steps"]["items"] = {
        "type": "object", "required": ["id"], "additionalProperties": False, "properties": properties,
        "oneOf": [{"required": [act]} for act in ACTS], "allOf": rules,
    }  # fmt: skip
    triggers: dict[str, Any] = {}
    for name, trigger in sorted(registry.triggers.items()):
        params, more = _opened(trigger.params, f"trigger-{name}")
        parts |= more
        triggers[name] = {"anyOf": [params, {"type": "null"}]} if not params.get("required") else params
    schema["properties"]["triggers"]["items"] = {
        "type": "object", "properties": triggers, "additionalProperties": False, "minProperties": 1, "maxProperties": 1,
    }  # fmt: skip
    return _closed(schema, parts, "A recipe of Sentinel")


def _gate(registry: Registry) -> Json:
    schema, parts = _opened(GateForm, "gate")
    rules: list[Json] = []
    for name, kind in sorted(registry.checks.items()):
        params, more = _opened(kind.params, f"check-{name}")
        parts |= more
        params["properties"] = {"use": {"const": name}, **params.get("properties", {})}
        rules.append({"if": {"properties": {"use": {"const": name}}, "required": ["use"]}, "then": params})
    item = {"type": "object", "required": ["use"], "properties": {"use": {"enum": sorted(registry.checks)}}}
    schema["properties"]["checks"]["items"] = {**item, "allOf": rules} if rules else item
    return _closed(schema, parts, "A gate of Sentinel")


def _config(_registry: Registry) -> Json:
    schema, parts = _opened(Config, "config")
    return _closed(schema, parts, "sentinel.yaml")


def _spec(_registry: Registry) -> Json:
    schema, parts = _opened(SpecForm, "spec")
    return _closed(schema, parts, "A challenger's definition in the zoo")


def _opened(kind: type[BaseModel], prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A model's schema and the parts that it refers to, under names of their own."""
    schema = kind.model_json_schema(by_alias=True, ref_template=f"#/$defs/{prefix}.{{model}}")
    parts = {f"{prefix}.{name}": part for name, part in schema.pop("$defs", {}).items()}
    return schema, parts


def _open_to_inputs(schema: dict[str, Any]) -> dict[str, Any]:
    """The same parameters where each may be given by an input of the run."""
    if "properties" not in schema:
        return schema
    held = {name: {"anyOf": [part, *_FROM_INPUT]} for name, part in schema["properties"].items()}
    return {**schema, "properties": held}


def _closed(schema: dict[str, Any], parts: dict[str, Any], title: str) -> Json:
    whole = _tidied({**schema, "title": title, "$defs": {name: parts[name] for name in sorted(parts)}})
    return {"$schema": _DRAFT, **whole}


def _tidied(schema: Json) -> Json:
    """What editors need to know and no more: no titles, and unions in which two arms may look alike."""
    if isinstance(schema, list):
        return [_tidied(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _tidied(part) for key, part in schema.items() if not (key == "title" and _inner(schema))}
    arms = found.get("oneOf")
    if isinstance(arms, list) and not all(set(arm) == {"required"} for arm in arms):
        found["anyOf"] = [arm for number, arm in enumerate(arms) if arm not in arms[:number]]
        del found["oneOf"]
    return found


def _inner(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("title"), str) and "$defs" not in schema
