"""A daemon whose every word would drive a terminal, if anybody let it."""

from collections.abc import Set
from pathlib import Path
from typing import Any

from sentinel.api.async_client import AsyncClient

EVIL = "\x1b]0;x\x07[@click=app.quit]gone[/]\u202e\x1b[2J" + "w" * 300


class Hostile(AsyncClient):
    """There is something evil in what people, recipes and triggers have said, wherever these fields tell it."""

    def __init__(self, workspace: Path, fields: Set[str]) -> None:
        super().__init__(workspace)
        self._fields = fields

    async def ask(self, route: str, **given: Any) -> Any:
        """What the daemon says, and worse."""
        return self._evil(await super().ask(route, **given))

    def _evil(self, told: Any, key: str = "") -> Any:
        if isinstance(told, dict):
            return {name: self._evil(value, name) for name, value in told.items()}
        if isinstance(told, list):
            return [self._evil(value, key) for value in told]
        return f"{EVIL}{told}" if isinstance(told, str) and told and key in self._fields else told
