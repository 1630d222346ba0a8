"""A run is asked for in a form: which recipe, for which line, with what, and the plan beside it."""

from collections.abc import Callable
from typing import Any

from textual.widgets import Input, Select

from sentinel.api.peers import VIEW
from sentinel.tui.dialogs.new_run import NewRun
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching

PICKY = """\
recipe: picky
about: "It takes everything. [@click=app.quit]out[/]"
inputs:
  many: {type: int, default: 3}
  share: {type: number, default: 0.5}
  hard: {type: flag, default: true}
  size: {type: {one_of: [small, "[b]large[/b]"]}, default: small}
  room: {type: size, default: 1GiB}
  named: {type: text}
steps:
  - {id: rest, wait: 1h}
"""


async def open_form(watched: Watching, recipe: str) -> NewRun:
    """The form of a recipe."""
    await watched.press("n")
    await watched.sees("Run a recipe", "what it is for")
    dialog = watched.app.screen
    assert isinstance(dialog, NewRun)
    grid = dialog.query_one("#which")
    grid.go_to(recipe)  # type: ignore[attr-defined]
    await watched.press("enter")
    await watched.sees(f"Run {recipe}: ", "Start it (ctrl+s)")
    return dialog


def run_of(shop: Shop, run: str) -> Any:
    return shop.client.ask("show", run=run)


def newest(shop: Shop) -> Any:
    return shop.client.ask("runs", limit=1)["runs"][0]


async def test_a_recipe_is_chosen_filled_in_and_started_at_80_by_24(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        dialog = await open_form(watched, "lifecycle")
        await watched.sees("window: duration, is 30d", "lifecycle for tickets", "1. line  resolve")
        # the second line; the window; a priority; a reason
        await watched.press("enter", "down", "enter")
        await watched.sees("lifecycle for chat")
        await watched.press("tab", *"60d", "enter", *"70", "enter", *"It is time.")
        await watched.until(lambda: not dialog.query_one("#wrong").content)  # type: ignore[attr-defined]
        await watched.pilot.press("ctrl+s")
        await watched.says("is in the queue.")
        run = run_of(shop, newest(shop)["run"])
        assert (run["recipe"], run["line"], run["inputs"]["window"]) == ("lifecycle", "chat", 60 * 86_400_000)
        assert (run["priority"], run["reason"]) == (70, "It is time.")


async def test_each_input_has_a_field_of_its_type_and_a_plan_comes_once_it_has_what_it_needs(shop: Shop) -> None:
    (shop.workspace / "recipes/picky.yaml").write_text(PICKY)
    (shop.workspace / "recipes/broken.yaml").unlink()
    assert shop.client.ask("reload")["faults"] == []
    async with watching(shop, LARGE) as watched:
        dialog = await open_form(watched, "picky")
        assert isinstance(dialog.query_one("#i-hard"), Select) and dialog.query_one("#i-hard", Select).value == "true"
        assert dialog.query_one("#i-size", Select).value == "small"
        assert dialog.query_one("#i-room", Input).placeholder == "1GiB"
        assert dialog.query_one("#i-many", Input).type == "integer"
        await watched.sees("[@click=app.quit]out[/]", "named: text, must be given", "`named` has to be given.")
        await watched.pilot.press("ctrl+s")
        await watched.sees("`named` has to be given.")
        assert watched.app.screen is dialog
        dialog.query_one("#i-named").focus()
        await watched.press(*"me")
        await watched.sees("1. rest")
        assert "has to be given" not in watched.text
        dialog.query_one("#i-size").focus()
        await watched.press("enter", "down", "enter")
        await watched.sees("[b]large[/b]")
        await watched.pilot.press("ctrl+s")
        await watched.says("is in the queue.")
        inputs = run_of(shop, newest(shop)["run"])["inputs"]
        assert inputs == {"many": 3, "share": 0.5, "hard": True, "size": "[b]large[/b]", "room": 2**30, "named": "me"}


async def test_a_wrong_value_is_told_and_nothing_is_started(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await open_form(watched, "lifecycle")
        await watched.press("tab", *"soon")
        await watched.sees("`soon` is no value for `window`", "the plan stands here, once")
        before = newest(shop)["run"]
        await watched.pilot.press("ctrl+s")
        await watched.press("ctrl+u", *"9d")
        await watched.sees("1. line  resolve")
        await watched.press("enter", *"101")
        await watched.pilot.press("ctrl+s")
        await watched.sees("101 is no priority.")
        await watched.press("ctrl+u", "minus")
        await watched.pilot.press("ctrl+s")
        await watched.sees("`-` is no priority.")
        await watched.press("escape")
        assert newest(shop)["run"] == before


async def test_a_recipe_for_no_line_of_its_own_runs_for_any_or_for_none(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await open_form(watched, "watch")
        await watched.sees("none")
        await watched.press("enter", "down", "down", "enter")
        await watched.sees("watch for chat")
        await watched.pilot.press("ctrl+s")
        await watched.says("is in the queue.")
        assert newest(shop)["line"] == "chat"
        await open_form(watched, "hello")
        await watched.pilot.press("ctrl+s")
        await watched.until(lambda: newest(shop)["recipe"] == "hello" and newest(shop)["line"] is None)


async def test_escape_and_the_button_start_nothing(shop: Shop) -> None:
    before = newest(shop)["run"]
    async with watching(shop, SMALL) as watched:
        for way in ("list", "form", "button"):
            await (watched.press("n") if way == "list" else open_form(watched, "hello"))
            await watched.sees("Run ")
            if way == "button":
                await watched.pilot.click("#leave")
                await watched.settle()
            else:
                await watched.press("escape")
            assert watched.app.screen is watched.screen
    assert newest(shop)["run"] == before


async def test_what_the_daemon_refuses_is_told_in_the_form(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        dialog = await open_form(watched, "hello")
        shop.go()
        await watched.pilot.press("ctrl+s")
        await watched.sees("sentinel up")
        assert watched.app.screen is dialog


async def test_the_plan_is_drawn_anew_for_another_width(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await open_form(watched, "lifecycle")
        await watched.sees("1. line  resolve")
        await watched.pilot.resize_terminal(*LARGE)
        await watched.sees("lifecycle for tickets  Retrain the model when the world moved or it grew old, prove it")


async def test_a_viewer_is_shown_no_form(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop(VIEW), SMALL) as watched:
        await watched.press("n")
        await watched.says("You may look, and not act.")
        assert watched.app.screen is watched.screen
