"""What is in force, kept in a file: a daemon that starts beside a broken edit goes on with the last good version."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from sentinel.contract.attempt import write_aside
from sentinel.domain.form import from_json, to_json
from sentinel.supervisor.catalogue import Catalogue

IN_FORCE = "in-force.json"
"""The file, in the folder of the state."""


def remember(path: Path, catalogue: Catalogue, release: str) -> None:
    """Keep what is in force now."""
    write_aside(path, json.dumps({"release": release, "catalogue": to_json(catalogue)}).encode())


def recall(path: Path, recipe: type[Any], release: str) -> Catalogue:
    """What was in force last, its recipes of that type; nothing where it was kept by another release, or is torn."""
    try:
        kept = json.loads(path.read_bytes())
        if kept["release"] != release:
            return Catalogue()
        catalogue = from_json(Catalogue, kept["catalogue"])
        return replace(catalogue, recipes={name: from_json(recipe, each) for name, each in catalogue.recipes.items()})
    except (OSError, ValueError, KeyError, TypeError):
        return Catalogue()
