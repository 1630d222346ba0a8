"""How the dashboard looks: a theme by its name."""

from textual.theme import BUILTIN_THEMES

from sentinel.domain.names import suggest
from sentinel.domain.refusal import refuse


def known_theme(name: str) -> str:
    """A theme's name. Refused where there is no such theme."""
    if name not in BUILTIN_THEMES:
        raise refuse("E-usage", f"There is no theme {name!r}.", todo=suggest(name, BUILTIN_THEMES, "theme"))
    return name
