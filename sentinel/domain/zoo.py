"""A challenger of the zoo as it is in force: the plan that trains it, and how what comes of it is traced back to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json, canonical, digest_of_bytes, tree_digest
from sentinel.domain.plan import Plan

SPEC_FILE = "spec.json"
"""The one file of a Spec."""


@dataclass(frozen=True)
class ZooSpec:
    """A spec in force. Its plan is its recipe's, with what it overrides put over the steps' parameters."""

    name: str
    label: str
    active: bool
    priority: int
    overrides: Json
    path: str
    plan: Plan
    lines: tuple[str, ...] = ()
    """The lines that its recipe names, none where it leaves that to the rotation."""
    needs_line: bool = False
    gpu: int | None = 0
    """The GPU time that one training takes at most, by its timeouts; None where a step that needs GPUs has none."""

    @property
    def text(self) -> str:
        """What its artifact says. The plan's digest is in it, so that another recipe makes another spec of it."""
        held = {
            "spec": self.name, "label": self.label, "recipe": self.plan.recipe, "overrides": self.overrides,
            "plan": self.plan.digest,
        }  # fmt: skip
        return canonical(held).decode() + "\n"

    @property
    def artifact(self) -> Artifact:
        """The artifact that stands for it: known from what it says, before anything has written it."""
        data = self.text.encode()
        return Artifact("Spec", tree_digest([(SPEC_FILE, len(data), digest_of_bytes(data))]))

    def line_for(self, line: str | None) -> str | None:
        """The line that it trains for in a rotation for a line, or for none."""
        return self.lines[0] if line is None and len(self.lines) == 1 else line

    def misfit(self, line: str | None) -> str:
        """Why it cannot train in a rotation for a line, or for none; nothing where it can."""
        if line is not None and self.lines and line not in self.lines:
            return f"its recipe `{self.plan.recipe}` is not for {line}"
        if line is None and len(self.lines) > 1:
            return f"its recipe `{self.plan.recipe}` has several lines, and the rotation names none"
        if self.needs_line and self.line_for(line) is None:
            return f"its recipe `{self.plan.recipe}` needs a line, and the rotation names none"
        return ""


def label_of(name: str, declared: str | None, overrides: Mapping[str, Json]) -> str:
    """How a version is traced to its spec: the label among its overrides, else the declared one, else spec-<id>."""
    for params in overrides.values():
        label = params.get("label") if isinstance(params, dict) else None
        if isinstance(label, str):
            return label
    return declared or f"spec-{name}"
