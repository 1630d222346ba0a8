"""The pinned versions say versions, and cover what is declared."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([0-9][0-9A-Za-z.]*)")


def pins(root: Path) -> dict[str, str]:
    found = {}
    for line in (root / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            match = PIN.fullmatch(line)
            assert match, f"not a name and a public version: {line}"
            found[canonicalize_name(match[1])] = match[2]
    return found


def declared(root: Path) -> dict[str, Requirement]:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [Requirement(text) for group in groups for text in group]
    return {canonicalize_name(one.name): one for one in found if one.name != project["name"]}


def test_a_pin_is_a_name_and_a_public_version_and_no_address(root: Path) -> None:
    assert len(pins(root)) > 40
    assert "://" not in (root / "constraints.txt").read_text()


def test_everything_declared_is_pinned_inside_its_range(root: Path) -> None:
    pinned = pins(root)
    for name, requirement in declared(root).items():
        assert name in pinned, f"pin {name} in constraints.txt"
        assert requirement.specifier.contains(pinned[name]), f"{requirement} does not allow {pinned[name]}"


def test_each_dependency_has_its_line_in_the_docs_and_no_other_has(root: Path) -> None:
    text = (root / "docs/dependencies.md").read_text().partition("## Kept out")[0]
    cells = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    told = {canonicalize_name(name.strip()) for cell in cells for name in cell.split(",")} - {"package"}
    told -= {name for name in told if set(name) <= {"-"}}
    assert told == set(declared(root)) | {"sentinel", "hatchling"}
