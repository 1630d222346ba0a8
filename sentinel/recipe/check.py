"""A whole workspace, checked: every fault of every file at once, and all that has none ready to run."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from sentinel.contract.types import Registry
from sentinel.contract.words import quoted
from sentinel.domain.fault import Fault, in_order
from sentinel.domain.needs import Slots
from sentinel.recipe.compile import CompiledRecipe, compile_recipes
from sentinel.recipe.config import Config
from sentinel.recipe.files import CONFIG, workspace_files
from sentinel.recipe.gates import CompiledGate, compile_gate
from sentinel.recipe.house import config_faults, line_faults, this_machine
from sentinel.recipe.loader import Document, read
from sentinel.recipe.parse import ReadRecipe, read_form, read_recipe
from sentinel.recipe.steps import Known
from sentinel.recipe.zoo import CompiledSpec, compile_spec

Doubts: TypeAlias = Callable[[Config, Mapping[str, CompiledRecipe]], Iterable[tuple[str, Fault]]]
"""Warnings about good recipes that take some computing, each with the file that it is about."""
MOST_FAULTS = 100
"""The faults of one file that are told; a file with more is mended in rounds."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check. What has faults is missing from config, recipes, gates and specs."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    config: Config | None = None
    recipes: dict[str, CompiledRecipe] = field(default_factory=dict)
    gates: dict[str, CompiledGate] = field(default_factory=dict)
    specs: dict[str, CompiledSpec] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """The digest of each file, by its path from the workspace."""
    texts: dict[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    """The files that were asked about."""

    def line_of(self, fault: Fault) -> str:
        """The line of the file that a fault is in."""
        lines = self.texts.get(fault.file, "").split("\n")
        return lines[fault.line - 1] if 0 < fault.line <= len(lines) else ""


def check_workspace(
    root: Path, registry: Registry, paths: Iterable[str] | None = None, here: Mapping[str, Slots] | None = None,
    doubts: Doubts | None = None,
) -> Checked:  # fmt: skip
    """Check every file of a workspace; with `paths`, tell the faults of these files only.

    `here` is the node there is where sentinel.yaml names none; by default this machine.
    """
    files = workspace_files(root)
    check = _Check({name: read(data, name) for name, data in files.held.items()}, registry)
    config = check.config()
    gates = check.gates()
    nodes = (config.slots() or here or this_machine()) if config is not None else {}
    known = Known(registry, gates, config.programs if config is not None else None)
    recipes = check.recipes(known, nodes, config)
    specs = check.specs(known)
    if doubts is not None and config is not None:
        check.doubt(doubts(config, recipes))
    wanted = None if paths is None else _wanted(root, paths, check.documents, files.faults)
    told = [*files.faults, *check.told()]
    shown = in_order([fault for fault in told if wanted is None or fault.file in wanted or not fault.line])
    return Checked(
        [fault for fault in shown if not fault.warning], [fault for fault in shown if fault.warning], config, recipes,
        {name: gate for name, gate in gates.items() if gate is not None}, specs,
        {name: document.digest for name, document in check.documents.items()},
        {name: document.text for name, document in check.documents.items()},
        frozenset(check.documents) if wanted is None else frozenset(wanted),
    )  # fmt: skip


class _Check:
    """One check of a workspace, from its documents to what they hold."""

    def __init__(self, documents: dict[str, Document], registry: Registry) -> None:
        self.documents, self._registry = documents, registry
        self._names: dict[tuple[str, str], Document] = {}

    def _of(self, folder: str) -> list[Document]:
        return [held for name, held in sorted(self.documents.items()) if name.startswith(f"{folder}/") and held.whole]

    def _say(self, document: Document, faults: Iterable[Fault]) -> bool:
        """Put faults where they belong; whether any of them is more than a warning."""
        placed = [document.placed(fault) for fault in faults]
        document.faults.extend(placed)
        return any(not fault.warning for fault in placed)

    def _taken(self, noun: str, name: str, document: Document) -> bool:
        first = self._names.setdefault((noun, name), document)
        if first is document:
            return False
        what = f"The {noun} {quoted(name)} is in {first.file} already."
        self._say(document, [Fault("E-name-twice", what, "Give one of them another name.", at=(noun,))])
        return True

    def _unreadable(self, noun: str) -> list[str]:
        """The names, as far as they can be guessed, of what lies in files that are not even YAML."""
        texts = [held.text for name, held in self.documents.items() if name.startswith(f"{noun}s/") and not held.whole]
        guesses = [
            re.search(rf"^{noun}:[ ]*([a-z][a-z0-9-]{{0,47}})\s*(?:#.*)?$", text, re.MULTILINE) for text in texts
        ]
        return [guess[1] for guess in guesses if guess is not None]

    def config(self) -> Config | None:
        """What sentinel.yaml says, where it has no faults."""
        document = self.documents.get(CONFIG)
        if document is None or not document.whole:
            return None
        form = read_form(Config, document.tree)
        faults = [*form.faults, *(config_faults(form.form) if form.form is not None else ())]
        return None if self._say(document, faults) or document.faults else form.form

    def gates(self) -> dict[str, CompiledGate | None]:
        """The gates by name; None for one whose file has faults."""
        found: dict[str, CompiledGate | None] = dict.fromkeys(self._unreadable("gate"))
        for document in self._of("gates"):
            name, gate, faults = compile_gate(document, self._registry)
            faulty = self._say(document, faults) or bool([each for each in document.faults if not each.warning])
            if name and not self._taken("gate", name, document):
                found[name] = None if faulty else gate
        return found

    def recipes(self, known: Known, nodes: Mapping[str, Slots], config: Config | None) -> dict[str, CompiledRecipe]:
        """The recipes by name that have no faults."""
        by_name: dict[str, ReadRecipe] = {}
        for document in self._of("recipes"):
            recipe = read_recipe(document)
            name = recipe.head.form.recipe if recipe.head.form is not None else ""
            nameless = not name or "recipe" in recipe.head.unsure or "recipe" not in _keys(document)
            # one that nobody can name is checked all the same, under a name that nobody can write
            unnamed = nameless or self._taken("recipe", name, document)
            by_name[document.file if unnamed else name] = recipe
        self._compiled = compile_recipes(by_name, known, nodes, self._unreadable("recipe"))
        found = {}
        for name, compiled in self._compiled.items():
            document = compiled.read.document
            named = line_faults(compiled, self._compiled, config) if config is not None else ()
            told = [*compiled.faults, *islice(named, MOST_FAULTS + 1)]
            self._say(document, told)
            if compiled.recipe is not None and not any(not fault.warning for fault in document.faults):
                found[name] = compiled.recipe
        return found

    def specs(self, known: Known) -> dict[str, CompiledSpec]:
        """The specs by name that have no faults."""
        found: dict[str, CompiledSpec] = {}
        for document in self._of("zoo"):
            spec, faults = compile_spec(document, self._compiled, known)
            self._say(document, faults)
            if spec is None or self._taken("spec", spec.name, document):
                continue
            twin = next((each for each in found.values() if each.spec.label == spec.spec.label), None)
            if twin is not None:
                what = f"The label {quoted(spec.spec.label)} is that of {quoted(twin.name)} already."
                todo = "Give it one of its own: versions are traced to their spec by it."
                at = ("label",) if spec.form.label is not None else ("spec",)
                self._say(document, [Fault("E-name-twice", what, todo, at=at)])
            elif not any(not fault.warning for fault in document.faults):
                found[spec.name] = spec
        return found

    def doubt(self, doubts: Iterable[tuple[str, Fault]]) -> None:
        """Take warnings in, each for its file, as far as there is room: too many of them are no fault."""
        for file, fault in doubts:
            if len(self.documents[file].faults) < MOST_FAULTS:
                self._say(self.documents[file], [fault])

    def told(self) -> list[Fault]:
        """The faults of every file, so many of each."""
        found = []
        for document in self.documents.values():
            faults = in_order(document.faults)
            found += faults[:MOST_FAULTS]
            if len(faults) > MOST_FAULTS:
                what = f"The file has more faults than these {MOST_FAULTS}."
                last = faults[MOST_FAULTS]
                found.append(replace(last, code="E-more", what=what, todo="Mend these first.", warning=False))
        return found


def _keys(document: Document) -> Iterable[str]:
    return document.tree if isinstance(document.tree, dict) else ()


def _wanted(root: Path, paths: Iterable[str], documents: Mapping[str, Document], faults: list[Fault]) -> set[str]:
    """The files that are asked about, a folder meaning all that it holds."""
    home, found = root.resolve(), set()
    for path in paths:
        # from where the user stands, else from the workspace
        places = [place for place in (Path(path).resolve(), (home / path).resolve()) if place.is_relative_to(home)]
        name = places[0].relative_to(home).as_posix() if places else ""
        held = {file for file in documents if file == name or file.startswith(f"{name}/") or name == "."}
        if not held and not any(fault.file == name for fault in faults):
            what = f"{quoted(path)} is no file of this workspace."
            todo = "Name sentinel.yaml, or a .yaml file in recipes/, gates/ or zoo/."
            faults.append(Fault("E-no-file", what, todo))
        found |= held | {name}
    return found
