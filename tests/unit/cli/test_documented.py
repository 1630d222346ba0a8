"""What pages and messages tell people to type is there to be typed."""

import re
from pathlib import Path

import pytest

from sentinel.cli.parser import verb_parser
from sentinel.cli.table import verbs

COMMAND = re.compile(r"`sentinel ([a-z][a-z-]*)([^`\n]*)`")
LINE = re.compile(r"^(?:runuser .* )?sentinel ([a-z][a-z-]*)([^#\n]*)", re.MULTILINE)
LATER = {"serve", "gc"}
"""Verbs of the design that are not built yet; the architecture speaks of them."""

KNOWN = {verb.name: verb for verb in verbs()}


def wrong(text: str) -> list[str]:
    found = []
    for name, rest in (*COMMAND.findall(text), *LINE.findall(text)):
        if name not in KNOWN:
            found.append(f"sentinel {name}")
            continue
        options = verb_parser(KNOWN[name])._option_string_actions
        found += [
            f"sentinel {name} {word}" for word in re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest) if word not in options
        ]
    return found


@pytest.mark.parametrize(
    "page", ["README.md", "CHANGELOG.md", "docs/operating.md", "docs/recipes.md", "docs/security.md"]
)
def test_every_command_on_a_page_can_be_typed(root: Path, page: str) -> None:
    assert wrong((root / page).read_text()) == []


def test_every_command_in_a_message_can_be_typed(root: Path) -> None:
    lost = {
        f"{path.relative_to(root)}: {each}"
        for path in (root / "sentinel").rglob("*.py")
        for each in wrong(path.read_text())
        if each.split()[1] not in LATER
    }
    assert lost == set()


def test_the_test_finds_what_cannot_be_typed() -> None:
    assert wrong("Run `sentinel frobnicate` or `sentinel show r1 --colour`.") == [
        "sentinel frobnicate", "sentinel show --colour",
    ]  # fmt: skip
