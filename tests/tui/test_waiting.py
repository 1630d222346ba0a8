"""What waits for a person: listed on one key, dealt with there, or looked at."""

from collections.abc import Callable

from sentinel.api.peers import VIEW
from sentinel.tui.dialogs.waiting import Waiting
from sentinel.tui.widgets.grid import Grid
from tests.tui.history import Names
from tests.tui.house import Shop
from tests.tui.watching import SMALL, Watching, watching

HOSTILE = "\x1b[31m[@click=app.quit]out[/]\u202e " + "long" * 40


async def open_list(watched: Watching, kind: str | None = None) -> Grid:
    """The list, with the cursor on what is of a kind."""
    await watched.press("w")
    await watched.sees("What waits for you", "deals with it")
    grid = watched.app.screen.query_one(Grid)
    for row in grid.rows:
        if kind == row.what["kind"]:
            grid.go_to(row.key)
    await watched.pilot.pause()
    return grid


async def test_all_that_waits_is_listed_with_the_command_that_would_do_at_80_by_24(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        grid = await open_list(watched)
        kinds = [row.what["kind"] for row in grid.rows]
        assert kinds == ["approval", "frozen", "given-up", "faults", "held"]
        await watched.sees(
            "⚑ asks", "hello agreed", "Hand this greeting on?", f"→ sentinel approve {names.asking} agreed"
        )
        await watched.press("j")
        await watched.sees(f"→ sentinel acknowledge chat {names.frozen} --reason TEXT")
        await watched.press("G")
        await watched.sees("The shop sells at half price until Tuesday.", "→ sentinel release chat")


async def test_what_is_dealt_with_goes_from_the_list_while_one_looks(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        grid = await open_list(watched, "held")
        await watched.press("enter")
        await watched.sees("release chat")
        await watched.press("h")
        await watched.sees("The aliases of chat may move again.")
        await watched.press("enter")
        await watched.says("chat is no longer held.")
        await watched.until(lambda: "held" not in [row.what["kind"] for row in grid.rows])
        assert isinstance(watched.app.screen, Waiting)
        # somebody else deals with another
        shop.client.ask("answer", run=shop.names.asking, step="agreed", approve=True)
        await watched.until(lambda: "approval" not in [row.what["kind"] for row in grid.rows])


async def test_broken_files_are_read_anew_from_the_list(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        grid = await open_list(watched, "faults")
        (shop.workspace / "recipes/broken.yaml").unlink()
        await watched.press("a")
        await watched.sees("reload the files")
        await watched.press("r")
        await watched.says("Every file is good")
        await watched.until(lambda: "faults" not in [row.what["kind"] for row in grid.rows])


async def test_once_nothing_waits_any_more_it_says_so(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await open_list(watched)
        watched.app.attention = ()
        await watched.sees("Nothing waits any more.")
        await watched.press("a", "v", "enter", "escape")
        assert watched.app.screen is watched.screen


async def test_v_goes_where_it_is_seen(shop: Shop, names: Names) -> None:
    places = {"approval": "run", "frozen": "models", "given-up": "run", "faults": "recipes", "held": "models"}
    async with watching(shop, SMALL) as watched:
        for kind, place in places.items():
            await open_list(watched, kind)
            await watched.press("v")
            await watched.until(lambda place=place: type(watched.screen).__name__.lower() == place)  # type: ignore[misc]
            assert watched.app.screen is watched.screen
            await watched.settle()
            if kind == "faults":
                await watched.sees("recipes/broken.yaml", "asemble")


async def test_hostile_words_are_plain_letters(shop: Shop) -> None:
    shop.client.ask("release", line="chat", reason="")
    shop.client.ask("hold", line="chat", reason=HOSTILE)
    async with watching(shop, SMALL) as watched:
        await open_list(watched, "held")
        await watched.sees("[@click=app.quit]out[/]")
        assert "\x1b" not in watched.text and "\u202e" not in watched.text
        await watched.press("a")
        await watched.sees("release chat")


async def test_a_viewer_reads_the_list_and_is_offered_nothing(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop(VIEW), SMALL) as watched:
        await open_list(watched)
        await watched.press("a")
        await watched.says("You may look, and not act.")
        assert isinstance(watched.app.screen, Waiting)
