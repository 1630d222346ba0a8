"""The recipes: which there are, what is wrong with them, and of one its file, its wiring and its plan."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.api.peers import VIEW
from sentinel.tui.screens.recipes import Recipes
from sentinel.tui.widgets.grid import Grid
from sentinel.tui.widgets.names import Names
from sentinel.tui.widgets.panes import Panes
from sentinel.tui.widgets.part import Part
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching

HOSTILE = "recipe: x\nabout: \x1b[31m[@click=app.quit]out[/]\u202e " + "long" * 300 + "\n"


async def to_recipes(watched: Watching, name: str | None = None) -> None:
    """Go to the recipes, and to one of them."""
    watched.app.visit("recipes", **({"recipe": name} if name else {}))
    await watched.until(lambda: isinstance(watched.screen, Recipes) and watched.screen.is_mounted)
    await watched.settle()


async def test_every_recipe_is_listed_and_a_broken_file_stands_out(shop: Shop) -> None:
    async with watching(shop, LARGE) as watched:
        await to_recipes(watched)
        rows = {row.key: [getattr(cell, "text", cell) for cell in row.cells] for row in grid_of(watched).rows}
        assert rows["recipes/lifecycle.yaml"] == [
            "lifecycle", "✓ in force", "tickets, chat", "drift canary", "11", "",
        ]  # fmt: skip
        assert rows["recipes/days.yaml"][3] == "cron 0 5 * * 1-5"
        assert rows["recipes/hello.yaml"][3] == "a person"
        assert rows["recipes/broken.yaml"][1:] == ["✗ broken", "", "", "", "2"]
        names = watched.screen.query_one("#one Names", Names).names
        assert [each.words for each in names] == ["File", "Wiring", "Plan", "Faults 2"]


async def test_each_fault_stands_below_its_line(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "broken")
        seen = [line.strip() for line in watched.text.splitlines()]
        at = next(number for number, line in enumerate(seen) if line.startswith("5    - {id: rows, use: asemble}"))
        assert seen[at + 1].startswith("✗ at 21 E-unknown-step-type: `asemble`")
        assert "✗ at 57 E-unknown-step: No step is called `raws`." in watched.text
        await watched.press("right_square_bracket")
        assert "Nothing of this file is in force" in watched.text
        await watched.press("right_square_bracket")
        assert "Nothing of this file is in force" in watched.text
        await watched.press("right_square_bracket")
        await watched.sees("recipes/broken.yaml", "5:21", "6:57", "Did you mean `rows`?")


async def test_the_parts_are_turned_by_keys_and_by_the_mouse_at_80_by_24(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "days")
        await watched.sees("recipes/days.yaml", " 1  recipe: days", "q leave")
        await watched.press("right_square_bracket")
        await watched.sees("● scores", "model ← champion.model")
        await watched.press("enter", "right_square_bracket")
        await watched.sees("reuse", "expected")
        assert watched.app.focused is part(watched)
        await watched.press("left_square_bracket", "left_square_bracket", "left_square_bracket")
        await watched.sees("recipes/broken.yaml", "5:21")
        await watched.pilot.click("#one Names", offset=(2, 0))
        await watched.sees(" 1  recipe: days")
        await watched.press("tab")
        assert isinstance(watched.app.focused, Grid)


async def test_the_cursor_stays_in_sight_in_a_table_that_is_cut(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched)
        await watched.press("G")
        await watched.sees("recipes/watch.yaml", "watch       ✓ in force")


async def test_wiring_and_plan_are_of_the_line_that_is_turned_to(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "lifecycle")
        await watched.press("right_square_bracket")
        await watched.sees("lifecycle for tickets", "for tickets, one of 2 lines")
        await watched.press("right")
        await watched.sees("lifecycle for chat", "for chat, one of 2 lines")
        await watched.press("enter", "right_square_bracket")
        await watched.sees("lifecycle for chat", "input window: duration, is 30d unless given")
        await watched.press("left")
        await watched.sees("lifecycle for tickets")


async def test_a_plan_is_asked_for_only_once_it_is_looked_at(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "days")
        assert set(watched.screen.wishes()) == {"recipes", "recipe"}
        await watched.press("right_square_bracket", "right_square_bracket")
        assert set(watched.screen.wishes()) == {"recipes", "recipe", "plan"}


async def test_a_wide_file_is_scrolled_sideways_and_a_wide_screen_has_all_beside_each_other(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "reforge")
        await watched.press("enter", *["l"] * 4)
        assert part(watched).scroll_offset.x > 0
        await watched.press("h", "h", "h", "h")
        assert part(watched).scroll_offset.x == 0
        await watched.pilot.resize_terminal(*LARGE)
        await watched.settle()
        assert part(watched).region.x > grid_of(watched).region.right - 2


async def test_reload_says_how_many_faults_there_are_and_shows_what_is_good_now(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "broken")
        await watched.press("r")
        await watched.says("2 faults; the last good version of what is broken stays in force.")
        file = shop.workspace / "recipes/broken.yaml"
        good = file.read_text().replace("asemble", "assemble").replace("raws", "rows")
        file.write_text(good)
        await watched.press("a")
        await watched.sees("reload the files")
        await watched.pilot.press("r")
        await watched.says("Every file is good: ")
        await watched.sees(" 5    - {id: rows, use: assemble}")
        await watched.until(lambda: "✗" not in watched.text)


async def test_an_edit_that_broke_a_recipe_leaves_its_older_one_in_force(shop: Shop) -> None:
    file = shop.workspace / "recipes/days.yaml"
    file.write_text(file.read_text().replace("steps:", "stpes:"))
    shop.client.ask("reload")
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "days")
        await watched.sees("▲ an older one", "stpes:", "✗ at 1 E-unknown-key")
        await watched.press("right_square_bracket")
        await watched.sees("● scores")


async def test_a_recipe_is_run_from_here(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "hello")
        await watched.press("n")
        await watched.sees("Run hello: ", "Start it")
        await watched.press("escape", "a")
        await watched.sees("run hello")
        await watched.pilot.press("n")
        await watched.sees("Run hello: ")


async def test_faults_of_files_that_are_no_recipes_are_told_too(shop: Shop) -> None:
    (shop.workspace / "gates/odd.yaml").write_text("gate: [\n")
    shop.client.ask("reload")
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "days")
        await watched.press("left_square_bracket")
        await watched.sees("of all files", "gates/odd.yaml", "Faults 3")


async def test_what_hostile_files_hold_is_shown_as_plain_letters(shop: Shop) -> None:
    (shop.workspace / "recipes/hostile.yaml").write_text(HOSTILE)
    shop.client.ask("reload")
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, "hostile")
        await watched.sees("recipes/hostile.yaml", "[@click=app.quit]out[/]")
        for _ in range(4):
            assert "\x1b" not in watched.text and "\u202e" not in watched.text
            await watched.press("right_square_bracket")


async def test_without_any_recipe_it_says_what_to_do(shop: Shop) -> None:
    for file in (shop.workspace / "recipes").iterdir():
        file.unlink()
    shop.client.ask("reload")
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched)
        assert "Recipes · none yet" in watched.text
        assert "There are no recipes yet. `sentinel init DIR`" in watched.text
        await watched.press("right", "enter", "n", "escape", "right_square_bracket", "a")
        await watched.sees("reload the files")


async def test_a_viewer_reads_all_of_it_and_is_offered_nothing(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop(VIEW), SMALL) as watched:
        await to_recipes(watched, "days")
        await watched.press("right_square_bracket", "right_square_bracket")
        await watched.sees("reuse", "expected")
        for key in ("n", "r", "a"):
            watched.app.heard.clear()
            await watched.press(key)
            await watched.says("You may look, and not act.")
            assert watched.app.screen is watched.screen


@pytest.mark.parametrize("name", ["days", "recipes/days.yaml"])
async def test_a_recipe_is_visited_by_its_name_or_its_file(shop: Shop, name: str, tmp_path: Path) -> None:
    async with watching(shop, SMALL) as watched:
        await to_recipes(watched, name)
        cursor = grid_of(watched).cursor
        assert cursor is not None and cursor.key == "recipes/days.yaml"


def grid_of(watched: Watching) -> Grid:
    """The table of recipes."""
    return watched.screen.query_one("#all-grid", Grid)


def part(watched: Watching) -> Part:
    """The part that is seen."""
    return watched.screen.query_one(f"#recipe-{watched.screen.query_one(Panes).part.lower()}", Part)
