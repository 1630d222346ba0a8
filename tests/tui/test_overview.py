"""The overview: what an operator sees first, and what can be done from there."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.tui.widgets.grid import Grid
from sentinel.tui.widgets.listing import Listing
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching


def grid(held: Watching, name: str) -> Grid:
    """A table of the overview."""
    return held.screen.query_one(f"#{name}", Listing).grid


async def test_everything_of_the_house_is_seen_at_a_glance(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        names = shop.names
        await held.sees("tickets", "chat", names.running, names.asking, names.rejected, "promotion", "small")
        assert "● live" in held.text
        assert "held: The shop" in held.text
        assert "pending" in held.text


async def test_it_fits_into_eighty_by_twenty_four(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        names = shop.names
        await held.sees("Lines", "Queue", "Verdicts", "Rotation", names.running, *names.queued)
        assert all(len(line) <= 80 for line in held.text.splitlines())
        assert "starts in" in held.text


async def test_a_queued_run_says_when_it_starts_and_ends(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        row = next(row for row in grid(held, "queue").rows if row.key == shop.names.queued[0])
        starts, ends = row.cells[6], row.cells[7]
        assert all("unknown" not in cell[0] and "," in cell[0] for cell in (starts, ends))


async def test_what_runs_shows_how_far_it_is_as_it_goes_on(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        await held.sees("tuned", "%")

        def doing() -> str:
            row = next(row for row in grid(held, "queue").rows if row.key == shop.names.running)
            return row.cells[5][0]

        before = doing()
        held.app.on_heard(_progress(shop, done=99, total=100))
        await held.pilot.pause()
        assert doing() != before
        assert "99%" in doing()


def _progress(shop: Shop, **more: object) -> "object":
    from sentinel.tui.known.link import Heard

    told = {"run": shop.names.running, "attempt": shop.names.living, "step": "tuned", "at": shop.clock.now() + 1}
    return Heard([{"progress": {**told, **more}}])


async def test_a_run_that_is_asked_for_elsewhere_comes_into_the_queue(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        asked = await asyncio.to_thread(shop.client.ask, "run", recipe="hello")
        await held.until(lambda: grid(held, "queue").go_to(asked["run"]))


async def test_the_cursor_keeps_to_its_run_whatever_comes_before_it(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        table = grid(held, "queue")
        table.go_to(shop.names.queued[2])
        await asyncio.to_thread(shop.client.ask, "cancel", run=shop.names.queued[0], reason="")
        await held.until(lambda: len(table.rows) == 4)
        assert table.cursor is not None
        assert table.cursor.key == shop.names.queued[2]


async def test_what_waits_for_a_person_stands_on_top_until_it_is_dealt_with(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await held.sees("⚑ 5", f"{shop.names.asking} `agreed` asks: Hand this greeting on?")
        await asyncio.to_thread(
            shop.client.ask, "answer", run=shop.names.asking, step="agreed", approve=True, reason=""
        )
        await held.sees("⚑ 4")


async def test_the_keys_reach_every_table_and_filter_it(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        await held.press("tab")
        await held.press("slash", *"reject")
        await held.press("enter")
        ended = grid(held, "ended")
        assert held.app.focused is ended
        assert 0 < len(ended.seen) < len(ended.rows)
        assert all("reject" in " ".join(cell if isinstance(cell, str) else cell.text for cell in row.cells)
                   for row in ended.seen)  # fmt: skip


async def test_a_table_is_exported_as_it_is_seen(shop: Shop, tmp_path: Path) -> None:
    async with watching(shop, LARGE, saves=tmp_path) as held:
        await held.press("e")
        await held.until(lambda: list(tmp_path.glob("sentinel-overview-queue-*.csv")))
        text = _saved(tmp_path)
        assert text.splitlines()[0].startswith("#,run,recipe,line,state")
        assert all(run in text for run in shop.names.queued)


def _saved(folder: Path) -> str:
    (file,) = folder.glob("sentinel-*")
    return file.read_text()


async def test_a_picture_needs_nothing_from_elsewhere(shop: Shop, tmp_path: Path) -> None:
    async with watching(shop, SMALL, saves=tmp_path) as held:
        await held.press("S")
        await held.until(lambda: list(tmp_path.glob("*.svg")))
        text = _saved(tmp_path)
        assert "Queue" in text
        assert "url(http" not in text
        assert "@font-face" not in text


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_marks_tell_states_apart_without_colours(shop: Shop, theme: str) -> None:
    async with watching(shop, LARGE, theme) as held:
        await held.sees("✗ rejected", "✓ done", "▸ running", "⚑ waiting", "· queued")


async def test_a_viewer_is_offered_nothing(open_shop: Callable[[str | None], Shop]) -> None:
    shop = open_shop("view")
    async with watching(shop, SMALL) as held:
        await held.sees("you may look")
        await held.press("a")
        await held.sees("You may look, and not act")
        for key in ("n", "L"):
            await held.press(key)
            assert held.app.screen is held.screen
