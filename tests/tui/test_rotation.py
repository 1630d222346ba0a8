"""The zoo's screen: who trains next, how far versions have matured, and a rotation by hand."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.refusal import Refusal
from sentinel.tui.known.asking import Told, Unanswered
from sentinel.tui.marks import Cell
from sentinel.tui.widgets.grid import Grid
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching
from tests.unit.api.house import House

pytestmark = pytest.mark.usefixtures("utc")


HOSTILE = "[@click=app.quit]x[/] \x1b[31mred\x1b[0m \u202eevil " + "w" * 200


async def at_rotation(held: Watching, **what: str) -> None:
    """Go there."""
    held.app.visit("rotation", **what)
    await held.pilot.pause()
    await held.settle()


def grid(held: Watching, name: str) -> Grid:
    """A table of the screen."""
    return held.screen.query_one(f"#{name}-grid", Grid)


def letters(held: Watching, name: str) -> list[str]:
    """The rows of a table, in letters."""
    return [" | ".join(str(cell[0] if isinstance(cell, Cell) else cell) for cell in row.cells)
            for row in grid(held, name).rows]  # fmt: skip


async def test_who_trains_next_saturday_is_seen_at_a_glance_in_eighty_by_twenty_four(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_rotation(held)
        await held.sees("Saturday 28 Nov 03:00 (in 5d18h): small and deep train", "shadow of tickets 6/6 slots, 2 wait")
        assert [row.split(" | ")[0] for row in letters(held, "specs")] == [
            "▸ next", "▸ next", "· in 2", "· in 2", "– retired",
        ]  # fmt: skip
        assert "Sat 05 Dec 03:00" in held.text
        assert all(len(line) <= 80 for line in held.text.splitlines())


async def test_the_two_clocks_of_a_version_are_bars(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_rotation(held)
        first = letters(held, "specs")[0]
        assert "████░ 20/28" in first and "████░ 1200/1500" in first and "▸ scored" in first and "canary 5/20" in first
        newest, _, oldest = letters(held, "versions")
        assert "░░░░░ 0/28" in newest
        assert "✗" in oldest and "did not pass" in oldest


async def test_another_spec_has_other_versions_and_enter_opens_one(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_rotation(held)
        before = {row.key for row in grid(held, "versions").rows}
        await held.press("j")
        after = [row.key for row in grid(held, "versions").rows]
        assert after and not before & set(after)
        await held.press("enter", "j", "enter")
        await held.until(lambda: type(held.screen).__name__ == "Models" and "versions" in held.screen.answers)
        await held.settle()
        cursor = grid(held, "versions").cursor
        assert cursor is not None and cursor.key == after[1]


async def test_a_spec_that_is_visited_is_under_the_cursor(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_rotation(held, spec="wide")
        await held.press("right_square_bracket")
        await held.sees("wide", "in 2 rotations", "train rank 32")
        await at_rotation(held, spec="deep")
        await held.sees("train epochs 6")


async def test_another_budget_is_tried_by_keys(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_rotation(held)
        await held.press("plus")
        await held.sees("Now, with a budget of 3", "would train 3 of 5 specs")
        await held.press("minus", "minus", "minus", "minus")
        await held.sees("with a budget of 0", "would train nothing")
        await held.press("left_square_bracket", "left_square_bracket")
        await held.sees("outcomes", "✗")


async def test_all_parts_are_seen_beside_each_other_where_there_is_room(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        await at_rotation(held)
        await held.sees(
            "Versions of small", "train rank 4", "Sat 05 Dec 03:00  in 12d18h  long, wide", "sentinel.yaml keeps"
        )
        seen = []
        for _ in range(4):
            seen.append(held.app.focused.id if held.app.focused is not None else "")
            await held.press("tab")
        assert seen == ["specs-grid", "versions-grid", "spec", "turns"]


async def test_a_rotation_by_hand_asks_for_its_budget_and_is_a_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watching(shop, SMALL) as held:
        await at_rotation(held)
        went: list[Any] = []
        monkeypatch.setattr(held.app, "visit", lambda name, **what: went.append((name, what)))
        await held.press("a", "r")
        await held.sees("rotation for tickets runs now", "small, deep")
        await held.press("backspace", "1", "enter")
        await held.until(lambda: went)
        ((name, what),) = went
        run = await asyncio.to_thread(shop.client.ask, "show", run=what["run"])
        assert (name, run["recipe"], run["line"]) == ("run", "rotation", "tickets")
        await held.sees("rotation starts that waits in the queue: small and deep train")


async def test_a_viewer_may_look_and_try_budgets_but_not_rotate(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop("view"), SMALL) as held:
        await at_rotation(held)
        await held.press("plus")
        await held.sees("would train 3 of 5 specs")
        await held.press("a")
        await held.sees("You may look, and not act")


async def test_what_files_say_is_only_ever_letters(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_rotation(held)
        (told,) = held.screen.answers["zoo"]["rotations"]
        spec = {**told["specs"][0], "spec": HOSTILE, "why": HOSTILE, "label": HOSTILE, "overrides": {HOSTILE: HOSTILE},
                "looks": [{"set": HOSTILE, "looks": 1, "of": 2}]}  # fmt: skip
        spec["versions"] = [{**each, "rejected": HOSTILE, "run": HOSTILE} for each in spec["versions"]]
        held.screen.post_message(
            Told("zoo", {"rotates": True, "specs": 1, "rotations": [{**told, "recipe": HOSTILE, "specs": [spec]}]})
        )
        for key in ("j", "right_square_bracket", "right_square_bracket"):
            await held.pilot.press(key)
            await held.pilot.pause()
            assert "[@click=app.quit]x[/] red evil" in held.text
            assert not set("\x1b\u202e") & set(held.text)


async def test_without_a_zoo_it_says_how_to_begin(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        async with watching(house, SMALL) as held:  # type: ignore[arg-type]
            await at_rotation(held)
            await held.sees("The zoo is empty", "docs/zoo.md")
            await held.press("a")
            await held.sees("Nothing can be done to it from here")


async def test_a_refusal_is_shown_as_a_sentence(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_rotation(held)
        held.screen.post_message(Unanswered("zoo", Refusal("E-unknown-spec", "The zoo is closed.", todo="Open it.")))
        await held.sees("The zoo is closed.", "Open it.")
        assert letters(held, "specs") == []
