"""A picture of what is seen: SVG that needs nothing from elsewhere."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_FAMILY = re.compile(r"font-family: ?Fira Code,? ?", re.IGNORECASE)


def picture(app: "App[None]") -> str:
    """The screen as SVG, in whatever even-spaced letters the reader's machine has."""
    drawn = app.export_screenshot(title="Sentinel", simplify=True)
    return _FAMILY.sub("font-family: ui-monospace, Menlo, DejaVu Sans Mono, ", _FONTS.sub("", drawn))
