"""The reference of every registered step, check and trigger, as Markdown: for docs/reference.md."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel

from sentinel.contract.codes import CODES
from sentinel.contract.kinds import FORMS, KIND_CLASSES
from sentinel.contract.types import CheckType, Registry, StepType, TriggerType
from sentinel.domain.digest import Json
from sentinel.domain.needs import Needs
from sentinel.domain.plan import Port
from sentinel.domain.quantity import format_size

Schema: TypeAlias = dict[str, Any]

_ACTS = """A step has exactly one of:

- `use: STEP`, one of those below, with `in:` for its ports and `with:` for its parameters;
- `gate: NAME`, a file of `gates/`, with `in:` for its ports; gives `verdict`: Verdict;
- `approve: {ask: TEXT, within: DURATION, else: approve}`, or `else: reject`;
- `wait: DURATION`.
"""
_NOT_USED = ("gate", "approve", "wait", "resolve", "send")
"""What a recipe does not name in `use:`."""


def reference(registry: Registry) -> str:
    """The whole page."""
    lines = ["# Reference: steps, checks, triggers, kinds", ""]
    lines += ["Written by `make docs` from what is registered. Change a step's function, not this page.", ""]
    lines += ["## Steps", "", _ACTS]
    for name, step in sorted(registry.steps.items()):
        lines += _step(step) if name not in _NOT_USED else []
    lines += ["## Checks", ""]
    for _, check in sorted(registry.checks.items()):
        lines += _check(check)
    lines += ["## Triggers", ""]
    for _, trigger in sorted(registry.triggers.items()):
        lines += _trigger(trigger)
    lines += ["## Kinds of artifact", "", "| kind | what it is | files it must hold |", "|---|---|---|"]
    for name, kind in sorted(KIND_CLASSES.items()):
        files = ", ".join(f"`{file}`" for file in FORMS.get(name, ()))
        lines.append(f"| {name} | {_cell(' '.join((kind.__doc__ or '').split()))} | {files or 'any'} |")
    lines += ["", "## What `sentinel check` finds", "", "| code | what is wrong | what to do |", "|---|---|---|"]
    for code, held in sorted(CODES.items()):
        means = f"{held.means} A warning." if held.warning else held.means
        lines.append(f"| `{code}` | {_cell(means)} | {_cell(held.todo)} |")
    return "\n".join(lines) + "\n"


def _step(step: StepType) -> Iterator[str]:
    yield f"### `{step.name}`"
    yield from ("", step.says, "")
    yield from _ports("takes", step.ports, step.open_ports)
    yield from _ports("gives", step.outputs, step.open_ports)
    if step.subject:
        yield f"- `{step.subject}` has to be what the verdict judged"
    if step.about:
        yield f"- its reports are about `{step.about}`"
    if step.effect:
        yield f"- one effect on the world: {step.effect}"
    if step.makes:
        yield f"- makes a {step.makes}"
    if step.reads:
        yield f"- reads {', '.join(step.reads)}"
    if step.secrets:
        yield f"- secrets: {', '.join(f'`{name}`' for name in step.secrets)}"
    if step.distributions:
        yield f"- needs installed: {', '.join(f'`{name}`' for name in step.distributions)}"
    yield "- done by the daemon itself" if step.daemon else f"- needs: {_needs(step.needs)}"
    yield f"- version {step.version}"
    yield from _params(step.params)


def _check(check: CheckType) -> Iterator[str]:
    yield f"### `{check.name}`"
    yield from ("", check.says, "")
    yield from _ports("judges on", check.ports, False)
    if check.comparative:
        yield "- compares with a champion, and so says nothing of a first one"
    if check.reads:
        yield f"- reads {', '.join(check.reads)}"
    yield f"- version {check.version}"
    yield from _params(check.params)


def _trigger(trigger: TriggerType) -> Iterator[str]:
    yield f"### `{trigger.name}`"
    yield from ("", trigger.says, "")
    yield f"- looks in the {trigger.looks}"
    yield from _params(trigger.params)


def _ports(word: str, ports: Mapping[str, Port], open_ports: bool) -> Iterator[str]:
    named = ", ".join(f"`{name}`: {port}" for name, port in ports.items())
    if open_ports:
        named += (" and " if named else "") + "whatever the recipe says"
    if named:
        yield f"- {word} {named}"


def _needs(needs: Needs) -> str:
    gpus = f", gpus: {needs.gpus}, gpu_memory: {format_size(needs.gpu_memory)}" if needs.gpus else ""
    return f"`cpus: {needs.cpus}, memory: {format_size(needs.memory)}{gpus}`"


def _params(model: type[BaseModel]) -> Iterator[str]:
    rows = list(_rows(model.model_json_schema(by_alias=True)))
    if rows:
        yield from ("", "| parameter | takes | default |", "|---|---|---|")
        yield from (f"| `{name}` | {_cell(takes)} | {_cell(default)} |" for name, takes, default in rows)
    yield ""


def _rows(schema: Schema, prefix: str = "", whole: Schema | None = None) -> Iterator[tuple[str, str, str]]:
    whole = whole if whole is not None else schema
    for name, part in schema.get("properties", {}).items():
        target = _resolved(part, whole)
        if "properties" in target:
            yield from _rows(target, f"{prefix}{name}.", whole)
            continue
        default = "required" if name in schema.get("required", []) else _default(part.get("default"))
        yield f"{prefix}{name}", _takes(part, whole), default


def _default(value: Json) -> str:
    return "none" if value in (None, "", [], {}) else f"`{json.dumps(value, ensure_ascii=False)}`"


def _resolved(part: Schema, whole: Schema) -> Schema:
    held: Schema = whole["$defs"][part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part
    return held


def _takes(part: Schema, whole: Schema) -> str:
    part = _resolved(part, whole)
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return " or ".join(f"`{word}`" for word in part["enum"])
    for union in ("anyOf", "oneOf"):
        if union in part:
            return " or ".join(_takes(arm, whole) for arm in part[union])
    if "examples" in part:
        return "like " + ", ".join(f"`{example}`" for example in part["examples"])
    kind = part.get("type", "anything")
    if kind == "array":
        return f"a list of {_takes(part.get('items', {}), whole)}"
    if isinstance(kind, list):
        return "text"
    if "properties" in part:
        return f"`{{{', '.join(part['properties'])}}}`"
    return {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
            "null": "nothing", "object": "a mapping"}.get(kind, str(kind))  # fmt: skip


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
