"""What the pages point at is there."""

import re
from pathlib import Path

import pytest

LINK = re.compile(r"\]\(([^)\s]+)\)")


def pages(root: Path) -> list[Path]:
    return [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").glob("**/*.md"))]


def links(page: Path) -> list[str]:
    return [target for target in LINK.findall(page.read_text()) if not target.startswith(("http:", "https:", "#"))]


def test_every_link_leads_to_a_file(root: Path) -> None:
    lost = [
        f"{page.relative_to(root)}: {target}"
        for page in pages(root)
        for target in links(page)
        if not (page.parent / target.partition("#")[0]).exists()
    ]
    assert lost == []


def test_every_page_can_be_reached_from_the_readme(root: Path) -> None:
    reached: set[Path] = set()
    ahead = [root / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        found = {(page.parent / target.partition("#")[0]).resolve() for target in links(page) if ".md" in target}
        ahead += sorted(found - reached)
    lost = [str(page.relative_to(root)) for page in pages(root) if page.resolve() not in reached]
    assert lost == [], "link them from README.md, under Read on"


@pytest.mark.parametrize("name", ["architecture", "dependencies", "operating", "security"])
def test_the_readme_names_the_pages_of_the_house(root: Path, name: str) -> None:
    assert f"docs/{name}.md" in links(root / "README.md")


def test_the_readme_shows_the_two_commands(root: Path) -> None:
    text = (root / "README.md").read_text()
    assert re.search(r"^make demo\b", text, re.MULTILINE)
    assert re.search(r"^make test\b", text, re.MULTILINE)
