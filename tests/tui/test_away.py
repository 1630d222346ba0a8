"""While its daemon is away, silent or slow, or hangs up, a dashboard stays, says so, and finds its way back."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sentinel.api.async_client import AsyncClient
from sentinel.api.client import NoDaemon
from sentinel.tui.known import link
from sentinel.tui.widgets.listing import Listing
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching


def queue(held: Watching) -> set[str]:
    """The runs that are seen in the queue."""
    return {row.key for row in held.screen.query_one("#queue", Listing).grid.rows}


async def test_it_stays_up_without_a_daemon_and_shows_what_happened_meanwhile(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        await held.sees("● live", shop.names.running)
        await asyncio.to_thread(shop.go)
        shop.clock.advance(90)
        await held.sees("✗", "seen is what was 1m30s ago", shop.names.running)
        await held.press("j", "k")
        await asyncio.to_thread(shop.come)
        asked = await asyncio.to_thread(shop.client.ask, "run", recipe="hello")
        await held.sees("● live", asked["run"])
        assert shop.names.running in queue(held)


async def test_it_opens_before_there_is_a_daemon(shop: Shop) -> None:
    await asyncio.to_thread(shop.go)
    from sentinel.tui.app import Dashboard

    app = Dashboard(AsyncClient(shop.workspace), shop.workspace, clock=shop.clock.now)
    async with app.run_test(size=SMALL) as pilot:
        held = Watching(app, pilot)
        await held.sees("No daemon runs for this workspace", "Queue")
        await asyncio.to_thread(shop.come)
        await held.sees("● live", shop.names.running)


async def test_a_line_that_breaks_is_taken_up_where_it_was(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        seen = held.app.link.seen
        assert seen is not None
        for guest in list(shop.house.door._guests):
            shop.house.loop.call_soon_threadsafe(guest.cancel)
        asked = await asyncio.to_thread(shop.client.ask, "run", recipe="hello")
        await held.until(lambda: asked["run"] in queue(held))
        assert held.app.link.seen is not None
        assert held.app.link.seen > seen
        assert held.app.lost is None


async def test_a_daemon_that_says_nothing_is_said_to_be_silent(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "QUIET", 1.0)
    async with watching(shop, SMALL) as held:
        wakes = threading.Event()
        shop.house.loop.call_soon_threadsafe(wakes.wait, 60)
        await held.sees("did not answer within 1 s")
        # keys do what they do all the same
        await held.pilot.press("j", "slash", "x")
        await held.sees("with “x”")
        wakes.set()
        await held.sees("● live")


class Slow(AsyncClient):
    """Answers come late, and some not at all."""

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.asked = 0

    async def ask(self, route: str, **given: Any) -> Any:
        """Each third answer is lost on its way."""
        self.asked += 1
        await asyncio.sleep(0.2)
        if self.asked % 3 == 0:
            raise NoDaemon(link.Refusal("E-silent", "The daemon did not answer.", todo="Try again."))
        return await super().ask(route, **given)

    async def follow(self, route: str, quiet: float | None = None, **given: Any) -> AsyncIterator[Any]:
        """What is told comes in drips."""
        async for told in super().follow(route, quiet, **given):
            await asyncio.sleep(0.05)
            yield told


async def test_a_slow_line_is_worked_with(shop: Shop) -> None:
    from sentinel.tui.app import Dashboard

    app = Dashboard(Slow(shop.workspace), shop.workspace, clock=shop.clock.now)
    async with app.run_test(size=LARGE) as pilot:
        held = Watching(app, pilot)
        await held.sees(shop.names.running, "tickets", "small")
        asked = await asyncio.to_thread(shop.client.ask, "run", recipe="hello")
        await held.until(lambda: asked["run"] in queue(held))


async def test_what_the_daemon_refuses_is_told_with_what_to_do(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        held.screen.query_one("#queue", Listing).grid.go_to(shop.names.queued[0])
        await asyncio.to_thread(shop.client.ask, "cancel", run=shop.names.queued[0], reason="")
        await held.press("a")
        if "pause" in held.text:
            await held.press("p")
            await held.sees("E-")
