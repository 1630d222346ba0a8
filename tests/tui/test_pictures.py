"""Every screen as SVG, small and large, dark and light, held to the pictures that people have looked at.

`SENTINEL_PICTURES=write` puts new ones into tests/tui/pictures; look at them before they are committed.
"""

import os
import re
from pathlib import Path

import pytest

from sentinel.tui.app import ORDER
from sentinel.tui.picture import picture
from tests.effort import slow
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching

pytestmark = pytest.mark.usefixtures("utc")


PICTURES = Path(__file__).parent / "pictures"
WRITE = os.environ.get("SENTINEL_PICTURES") == "write"
THEMES = {"dark": "textual-dark", "light": "textual-light"}
_LOOKS = 40
_KEYS = {"run": ("g",), "gates": ("j", "j"), "events": ("slash", *"r64", "enter", "g")}
"""A process has another number each time: the step that runs tells it, and so does the daemon's start."""
_OWN = re.compile(r"terminal-\d+")


@pytest.mark.parametrize(
    ("size", "theme"), [(SMALL, "light"), (LARGE, "dark"), slow(SMALL, "dark"), slow(LARGE, "light")]
)
async def test_the_screens_look_as_they_were_looked_at(shop: Shop, size: tuple[int, int], theme: str) -> None:
    differ = []
    async with watching(shop, size, THEMES[theme]) as held:
        for name in ORDER:
            held.app.go(name)
            await held.settle()
            await held.press(*_KEYS.get(name, ()))
            if not await _looks_as_before(held, f"{name}-{size[0]}x{size[1]}-{theme}"):
                differ.append(name)
    assert not differ, f"these look otherwise: {', '.join(differ)}; see {PICTURES} for *.new.svg"


async def _looks_as_before(held: Watching, name: str) -> bool:
    """Whether it comes to look so within a while: what is drawn last may come late on a machine that is busy."""
    known, new = PICTURES / f"{name}.svg", PICTURES / f"{name}.new.svg"
    for _ in range(1 if WRITE else _LOOKS):
        await held.pilot.pause(1.0 if WRITE else 0.2)
        now = _OWN.sub("terminal", picture(held.app))
        if WRITE:
            _write(known, now)
        if known.is_file() and known.read_text(encoding="utf-8") == now:
            return True
    _write(new, now)
    return False


def _write(path: Path, text: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
