"""Every screen says what it is, and the help has every key that its footer has."""

from collections.abc import Callable

from textual.binding import Binding

from sentinel.api.peers import VIEW
from sentinel.tui.dialogs.help import Help
from sentinel.tui.widgets.names import Keys, Names
from sentinel.tui.widgets.page import Page
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching


async def helped(watched: Watching) -> str:
    """All that the help of the screen says; it is left again."""
    await watched.press("question_mark")
    await watched.until(lambda: isinstance(watched.app.screen, Help))
    text = watched.app.screen.query_one(Page).text.plain
    await watched.press("escape")
    return text


async def test_every_screen_has_help_with_every_key_of_its_footer(shop: Shop) -> None:
    async with watching(shop, LARGE) as watched:
        for key, name in watched.app.places.items():
            await watched.press(key)
            await watched.until(lambda name=name: type(watched.screen).__name__.lower() == name)  # type: ignore[misc]
            shown = {each.key: each.words for each in watched.screen.query_one(Keys).names}
            assert "?" in shown, name
            text = await helped(watched)
            told = {line.split()[0] for line in text.splitlines() if line.startswith("  ")} | {
                word for line in text.splitlines() if line.startswith("  ") for word in line[2:18].split()
            }
            assert len(type(watched.screen).HELP) > 100, name
            assert type(watched.screen).HELP.strip()[:60] in text
            missing = {key for key in shown if not set(key.split()) <= told}
            assert not missing, (name, missing)
            assert "Focus Next" not in text


async def test_the_keys_of_the_dashboard_itself_are_all_in_the_help(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        text = await helped(watched)
        for binding in watched.app.BINDINGS:
            assert isinstance(binding, Binding)
            if not binding.key.isdigit():
                shown = binding.key_display or binding.key
                assert f" {shown} " in text, binding


async def test_the_help_is_read_to_its_end_and_left_at_80_by_24(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await watched.press("question_mark")
        await watched.sees("Overview", "The lines with their champions")
        await watched.press("G")
        await watched.sees("all commands, by name", "leave")
        await watched.press("escape")
        assert watched.app.screen is watched.screen


async def test_a_viewer_has_the_same_help(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop(VIEW), SMALL) as watched:
        assert "what waits for a person" in await helped(watched)


async def test_the_palette_has_all_that_keys_do_by_name(shop: Shop) -> None:
    async with watching(shop, LARGE) as watched:
        told = {each.title for each in watched.app.get_system_commands(watched.app.screen)}
        assert {"Overview", "What waits for you", "Run a recipe", "Label answers", "Board", "Help", "Leave"} <= told
        # and what can be done to what is chosen
        assert {"approve", "reject", "cancel", "pause"} <= told
        await watched.press("ctrl+p", *"what waits", "enter")
        await watched.sees("What waits for you", "deals with it")


async def test_the_palette_offers_a_viewer_no_acts(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop(VIEW), LARGE) as watched:
        told = {each.title for each in watched.app.get_system_commands(watched.app.screen)}
        assert not {"approve", "reject", "cancel", "pause"} & told


async def test_a_click_on_a_key_or_on_a_screens_name_does_what_the_key_does(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        keys, tabs = watched.screen.query_one(Keys), watched.screen.query_one("#tabs", Names)
        await watched.pilot.hover(Keys, offset=(keys.place_of("question_mark") + 1, 0))
        await watched.pilot.click(Keys, offset=(keys.place_of("question_mark") + 1, 0))
        await watched.until(lambda: isinstance(watched.app.screen, Help))
        await watched.press("escape")
        await watched.pilot.click("#tabs", offset=(tabs.place_of("drift") + 2, 0))
        await watched.sees("Feeds · 3")
