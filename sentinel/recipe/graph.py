"""The wiring of a plan as a drawing: in text for a terminal, and as Mermaid for a page."""

import textwrap
from collections.abc import Iterator

from sentinel.domain.plan import Plan, PlannedStep, Source
from sentinel.domain.quantity import format_duration

_MARKS = {"use": "●", "gate": "◆", "approve": "?", "wait": "◷"}


def as_text(plan: Plan, width: int = 80) -> str:
    """The steps from top to bottom, each with what it does, what flows into it and what it gives."""
    title = plan.recipe + (f" for {plan.line}" if plan.line else "")
    lines = [title, "═" * min(len(title), width)]
    longest = min(max((len(step.id) for step in plan.steps), default=0), 24)
    for step in plan.steps:
        if step.is_bar:
            lines.append("─" * width)
        lines += _wrapped(f"{_MARKS[step.act]} {step.id:<{longest}}  {does(step)}", " " * (longest + 4), width)
        for text in _details(step):
            lines += _wrapped(f"│   {text}", "│       ", width)
        if step.is_bar:
            lines.append("─" * width)
    for port, source in plan.gives.items():
        lines += _wrapped(f"gives {port} = {source}", "      ", width)
    return "\n".join(lines) + "\n"


def does(step: PlannedStep) -> str:
    """What a step does, in a few words."""
    if step.gate is not None:
        return f"gate {step.gate.gate}: {', '.join(check.use for check in step.gate.checks)}"
    if step.approval is not None:
        within = format_duration(step.approval.within)
        return f"asks a person, for {within}, else {step.approval.otherwise}: {step.approval.ask}"
    if step.wait is not None:
        return f"waits {format_duration(step.wait)}"
    name = f"{step.use} {step.recipe}" if step.recipe is not None else step.use
    each = f", for each of {step.each}" if step.each is not None else ""
    return name + each + (" (optional)" if step.optional else "")


def _details(step: PlannedStep) -> Iterator[str]:
    for port, sources in step.binds.items():
        yield f"{port} ← {', '.join(map(str, sources))}"
    for name, outcomes in step.when.items():
        yield f"when {name} is {' or '.join(outcomes)}"
    if step.after:
        yield f"after {', '.join(step.after)}"
    if step.gives:
        yield "→ " + ", ".join(f"{port}: {kind}" for port, kind in step.gives.items())


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=indent) or [""]


def as_mermaid(plan: Plan) -> str:
    """The wiring as a Mermaid flowchart: an arrow is a binding, a dotted one an order, a bar is a rhombus."""
    names = {step.id: f"s{number}" for number, step in enumerate(plan.steps)}
    lines = ["flowchart TD"]
    lines += [f"    {names[step.id]}{_shape(step)}" for step in plan.steps]
    outside: dict[str, str] = {}
    arrows: list[str] = []
    for number, step in enumerate(plan.steps):
        for source, label in _flows(step):
            outer = str(source).removesuffix("?")
            start = names.get(source.name) if source.of == "step" else outside.setdefault(outer, f"o{len(outside)}")
            if start is not None:
                arrows.append(f'    {start} -->|"{label}"| {names[step.id]}')
        arrows += [f"    {names[name]} -.-> {names[step.id]}" for name in _orders(plan, number)]
    lines += [f'    {key}(["{name}"])' for name, key in outside.items()]
    return "\n".join([*lines, *arrows]) + "\n"


def _shape(step: PlannedStep) -> str:
    label = _label(f"{step.id}<br/>{_short(step)}")
    return f"{{{{{label}}}}}" if step.is_bar else f"[{label}]"


def _short(step: PlannedStep) -> str:
    # what a person wrote freely is left out: it could end the label and begin a diagram of its own
    if step.gate is not None:
        return f"gate {step.gate.gate}"
    return {"approve": "approval", "wait": "wait"}.get(step.act, step.recipe or step.use)


def _label(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'


def _flows(step: PlannedStep) -> Iterator[tuple[Source, str]]:
    for port, sources in step.binds.items():
        for source in sources:
            if source.of == "it" and step.each is not None:
                yield step.each, f"each {port}"
            else:
                yield source, port


def _orders(plan: Plan, number: int) -> list[str]:
    """The steps that come before one without giving it anything: the bar above it, `after:` and `when:`."""
    step = plan.steps[number]
    gives = {source.name for source, _ in _flows(step)}
    bar = next((above.id for above in reversed(plan.steps[:number]) if above.is_bar), None)
    wanted = [*([bar] if bar is not None else []), *step.after, *step.when]
    return [name for name in dict.fromkeys(wanted) if name not in gives]
