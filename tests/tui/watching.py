"""A dashboard over a shop, driven by keys: open until the end of its block, its clock as still as the daemon's."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import _wait
from textual.notifications import Notification, Notify
from textual.pilot import Pilot

from sentinel.api.async_client import AsyncClient
from sentinel.tui.app import Dashboard
from sentinel.tui.screen import DashboardScreen
from tests.tui.house import Shop

SMALL, LARGE = (80, 24), (160, 48)
# after each key it is looked every so often whether all is still; by itself the toolkit looks five times as seldom
_wait.SLEEP_GRANULARITY, _wait.SLEEP_IDLE = 0.004, 0.002


class Listened(Dashboard):
    """A dashboard of which all is kept that it ever says: its own words go after seconds, and a test may come late."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.heard: list[Notification] = []
        super().__init__(*given, **named)

    def _on_notify(self, event: Notify) -> None:
        self.heard.append(event.notification)


class Watching:
    """A dashboard that is looked at."""

    def __init__(self, app: Listened, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> DashboardScreen:
        """The screen that is seen, dialogs aside."""
        found = self.app._seen()
        assert found is not None
        return found

    @property
    def text(self) -> str:
        """All letters that are seen."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line) for line in lines)

    @property
    def said(self) -> str:
        """What it has said in its corner."""
        return "\n".join(each.message for each in self.app.heard)

    async def says(self, *words: str) -> None:
        """Wait until these words are said."""
        await self.until(lambda: all(word in self.said for word in words))

    async def press(self, *keys: str) -> None:
        """Press keys, and let what they do be done."""
        await self.pilot.press(*keys)
        await self.settle()

    async def go(self, screen: str) -> None:
        """Go to a screen by its key."""
        await self.press(next(key for key, name in self.app.places.items() if name == screen))

    async def settle(self) -> None:
        """Until nothing is wanted any more that is not known."""
        await self.until(self._is_settled)
        await self.pilot.pause()

    def _is_settled(self) -> bool:
        screen = self.screen
        asked = set(screen.wishes())
        known = set(screen.answers) | set(screen.refusals)
        return self.app.status is not None and asked <= known and not screen.asker.busy

    async def until(self, holds: Callable[[], object], seconds: float = 45) -> None:
        """Wait for something to be so."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not holds():
            assert asyncio.get_running_loop().time() < deadline, f"waited in vain; seen is\n{self.text}"
            await self.pilot.pause(0.02)

    async def sees(self, *words: str) -> None:
        """Wait until these words are seen."""
        await self.until(lambda: all(word in self.text for word in words))


@asynccontextmanager
async def watching(
    shop: Shop, size: tuple[int, int] = LARGE, theme: str | None = None, saves: Path | None = None
) -> AsyncIterator[Watching]:
    """Open a dashboard, and wait until its first screen knows what it wants to know."""
    app = Listened(AsyncClient(shop.workspace), shop.workspace, clock=shop.clock.now, saves=saves)
    async with app.run_test(size=size, notifications=True) as pilot:
        if theme is not None:
            app.theme = theme
        held = Watching(app, pilot)
        await held.settle()
        yield held
