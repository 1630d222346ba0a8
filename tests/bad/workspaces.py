"""Bad workspaces: each a good one with one natural mistake in it, as files or, where files cannot show it, as code."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sentinel.api.doubts import doubts
from sentinel.contract.at import At
from sentinel.contract.kinds import RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.types import Registry
from sentinel.domain.needs import Slots
from sentinel.recipe.check import Checked, check_workspace
from tests.bad.stock import STOCK

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
SAID = "said.txt"
NODE = {"here": Slots(8, 0, 0, 32 * 2**30)}


@step("crawl", distributions=("a-crawler-that-nobody-has",))
def crawl(at: At) -> RawSnapshot:
    """Rows from a source that needs a library."""


@dataclass(frozen=True)
class Made:
    """A mistake that no committed file can show."""

    make: Callable[[Path], None]
    says: list[str]
    paths: list[str] | None = None


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda root: (root / name).write_bytes(data) and None


def _no_config(root: Path) -> None:
    (root / "sentinel.yaml").unlink()


def _link(root: Path) -> None:
    outside = root.parent / "outside.yaml"
    outside.write_text("recipe: outside\n")
    (root / "recipes" / "tickets.yaml").symlink_to(outside)


def _pipe(root: Path) -> None:
    os.mkfifo(root / "recipes" / "tickets.yaml")


def _many(root: Path) -> None:
    for number in range(501):
        (root / "gates" / f"gate{number:03}.yaml").write_text("")


def _crawl(root: Path) -> None:
    (root / "recipes" / "tickets.yaml").write_text("recipe: tickets\nsteps:\n  - {id: rows, use: crawl}\n")


T = "recipes/tickets.yaml"
MADE: dict[str, Made] = {
    "E-no-config": Made(_no_config, [
        "sentinel.yaml: E-no-config: There is no sentinel.yaml here. Run `sentinel init` in an empty folder.",
    ]),
    "E-no-file": Made(lambda root: None, [
        "E-no-file: `recipes/lifecicle.yaml` is no file of this workspace. Name sentinel.yaml, or a .yaml file in "
        "recipes/, gates/ or zoo/.",
    ], ["recipes/lifecicle.yaml"]),
    "E-files": Made(_many, [
        "gates: E-files: gates holds 503 files, and 500 are the most. Take some away.",
    ], ["gates/data-integrity.yaml"]),
    "E-path": Made(_link, [
        "recipes/tickets.yaml: E-path: `recipes/tickets.yaml` is a link that leads out of the workspace. Put the file "
        "here.",
    ]),
    "E-unreadable": Made(_pipe, [f"{T}: E-unreadable: This is not a file. Take it away."]),
    "E-size": Made(_write(T, b"recipe: tickets\n" + b"# and so on\n" * 24_000), [
        f"{T}:1:1: E-size: The file is larger than 256 KiB. Split it.",
    ]),
    "E-encoding": Made(_write(T, "recipe: tickets\nabout: Zürich\n".encode("latin-1")), [
        f"{T}:2:9: E-encoding: The file is not UTF-8 text. Save it as UTF-8.",
    ]),
    "E-hidden": Made(_write(T, "recipe: tickets\nabout: fine \u202e\nsteps:\n".encode()), [
        f"{T}:2:13: E-hidden: A character that turns the direction of text (U+202E) hides here. Take it away.",
    ]),
    "E-nodes": Made(_write(T, b"recipe: tickets\nabout: [" + b"a, " * 20_001 + b"a]\n"), [
        f"{T}:2:59994: E-nodes: The file has more than 20000 keys and values. Split it.",
    ]),
    "E-more": Made(_write(T, b"recipe: tickets\nsteps:\n" + b"  - {id: rows, use: asemble}\n" * 60), [
        f"{T}:53:21: E-more: The file has more faults than these 100. Mend these first.",
    ]),
    "E-distribution": Made(_crawl, [
        f"{T}:3:21: E-distribution: `crawl` needs a-crawler-that-nobody-has, which is not installed here. Install it "
        "where steps run: `pip install a-crawler-that-nobody-has`.",
    ]),
}  # fmt: skip


def workspace(example: Path | Made, root: Path) -> Path:
    """The good workspace with one mistake in it."""
    shutil.copytree(HERE / "base", root)
    if isinstance(example, Made):
        example.make(root)
    else:
        shutil.copytree(example, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns(SAID))
    return root


def checked(root: Path, paths: list[str] | None = None) -> Checked:
    """The check of a workspace with the stock of steps, on a node of a known size."""
    return check_workspace(root, REGISTRY, paths, NODE, partial(doubts, root))


def said(found: Checked) -> list[str]:
    """Every sentence of a check."""
    return [str(fault) for fault in [*found.faults, *found.warnings]]


REGISTRY = Registry({**STOCK.steps, **Registry.of([crawl]).steps}, STOCK.checks, STOCK.triggers)
EXAMPLES = sorted(folder.name for folder in CORPUS.iterdir())
