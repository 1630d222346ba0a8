"""One run on the dashboard: its steps, and what its workers write, tell, take, make, and what is judged and sent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.api.async_client import AsyncClient
from sentinel.api.peers import VIEW
from sentinel.tui.app import Dashboard
from sentinel.tui.known.link import Heard
from sentinel.tui.screens.run import PARTS, Run
from sentinel.tui.widgets.grid import Grid
from sentinel.tui.widgets.growing import Growing
from sentinel.tui.widgets.listing import Listing
from tests.effort import slow
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching
from tests.unit.api.house import House

HOSTILE = "[@click=app.quit]x[/] \x1b[2J\x1b]0;gone\x07 \u202eback\u2066 " + "long" * 400


def grid(held: Watching, name: str) -> Grid:
    """A table of the screen."""
    return held.screen.query_one(f"#{name}", Listing).grid


async def shows(held: Watching, run: str, step: str | None = None) -> Run:
    """Go to a run."""
    held.app.visit("run", run=run, **({"step": step} if step else {}))
    await held.until(lambda: isinstance(held.screen, Run) and held.screen.is_mounted)
    screen = held.screen
    assert isinstance(screen, Run)
    await held.until(lambda: screen.shown is not None and screen.run_ == run and grid(held, "timeline").rows)
    return screen


async def test_the_latest_run_that_runs_is_shown_until_one_is_chosen(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        await held.go("run")
        await held.sees(f"{shop.names.running}  lifecycle for tickets", "▸ running", "ends in", "58%", "Step tuned")
        row = grid(held, "timeline").cursor
        assert row is not None and row.key == "tuned"  # what runs is looked at first
        await held.sees("398 of 684", "Model", "from rows.dataset", "━━━", "(half of all cases, nine in ten)")


@pytest.mark.parametrize("size", [SMALL, LARGE, slow((240, 60))])
async def test_each_part_fits_into_the_terminal(shop: Shop, size: tuple[int, int]) -> None:
    async with watching(shop, size) as held:
        await shows(held, shop.names.running)
        seen = {"steps": "integrity", "log": "step 392: the loss", "figures": "held_out", "artifacts": "Dataset",
                "verdicts": "All 8 checks passed", "sent": "sends nothing", "runs": "rejected"}  # fmt: skip
        for key, part in PARTS.items():
            await held.press(key)
            await held.sees(seen[part])
            body = held.screen.query_one("#body").region
            frames = [each for each in held.screen.query(".listing, Page") if each.region]
            assert frames and all(body.contains_region(each.region) for each in frames), part
            focused = held.screen.focused
            assert focused is not None and focused in held.screen.query(f"#run-{part} *"), part


async def test_a_failed_run_shows_each_try_with_what_went_wrong_and_what_to_do(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        await shows(held, shop.names.failed)
        await held.sees("✗ failed", "a1", "a2", "E-out-of-memory: It wanted more memory", "→ Take a smaller `batch`")
        assert "t shows what its worker wrote  and a retries it" in held.text
        assert [row.key.rpartition(".")[2] for row in grid(held, "timeline").rows if row.what.attempt] == ["a1", "a2"]
        await held.press("a")
        await held.sees("retry from tuned", "goes back into the queue")
        await held.press("r", "enter")
        await held.says("is in the queue again")
        await held.sees("queued")


async def test_a_run_is_done_again_from_the_step_under_the_cursor(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        screen = await shows(held, shop.names.rejected, "scores")
        assert screen.place is not None and screen.place.step["step"] == "scores"
        await held.press("a", "f")
        await held.sees("`scores` and all that builds on it")
        await held.press("y")
        await held.says("from `scores` on")


async def test_what_asks_for_a_word_is_approved_where_it_is_seen(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await shows(held, shop.names.asking)
        await held.sees("→ Hand this greeting on?", "a deals with it", "it waits")
        await held.press("a", "y", "enter")
        await held.says("Approved")
        await held.until(lambda: isinstance(held.screen, Run) and held.screen.shown["state"] != "waiting")


async def test_a_queued_run_can_be_moved_before_the_one_ahead_of_it(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await shows(held, shop.names.queued[1])
        await held.sees("starts in")
        await held.until(lambda: "queue" in held.screen.answers)
        titles = [act.title for act in held.screen.chosen()]
        assert f"before {shop.names.queued[0]}" in titles and "cancel" in titles


async def test_who_may_only_look_is_told_the_command_and_cannot_act(open_shop: Callable[[str | None], Shop]) -> None:
    shop = open_shop(VIEW)
    async with watching(shop, SMALL) as held:
        await shows(held, shop.names.asking)
        await held.sees(f"sentinel approve {shop.names.asking} agreed")
        await held.press("a")
        await held.says("You may look, and not act.")
        await held.press("t", "A")
        await held.sees("succeeded")


async def test_enter_leads_to_the_verdict_the_run_below_the_source_and_the_log(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        await shows(held, shop.names.rejected, "proof")
        await held.press("enter")
        await held.until(lambda: type(held.screen).__name__ == "Gates")
        await held.press("escape")
        await shows(held, shop.names.rotated, "trained.0")
        await held.press("enter")
        await held.sees("for " + shop.names.rotated)
        screen = await shows(held, shop.names.cancelled, shop.names.reused)
        await held.press("enter")
        await held.until(lambda: screen.run_ == shop.names.failed)
        await held.until(lambda: screen.place is not None and screen.place.step["step"] == shop.names.reused)
        await held.press("enter")
        await held.sees(f"Log of {shop.names.reused}", "succeeded")


async def test_the_log_follows_what_is_written_until_one_goes_up(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await shows(held, shop.names.running)
        await held.press("t")
        await held.sees("step 392: the loss is", "it follows")
        log = shop.workspace / ".sentinel" / "attempts" / shop.names.living / "log.txt"
        _append(log, "one more\n")
        await held.sees("one more")
        await held.press("k")
        await held.sees("f follows")
        _append(log, "unread\n" * 30 + f"{HOSTILE}\n")
        await held.sees("31 came since")
        assert "unread" not in held.text
        await held.press("f")
        await held.sees("unread", "[@click=app.quit]x[/]", "it follows")
        await held.press("k", "j", "k")
        lines = held.screen.query_one(Growing)
        assert not lines.follows and "\x1b" not in held.text and "\u202e" not in held.text
        await held.press("A")
        await held.sees(f"Log of {shop.names.running}", "rows.a1")


def _append(path: Path, text: str) -> None:
    found = next(path.parent.glob("*log*")) if not path.exists() else path
    with found.open("a", encoding="utf-8") as file:
        file.write(text)


async def test_the_curve_grows_with_each_word_of_the_worker(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await shows(held, shop.names.running)
        await held.press("c")
        await held.sees("─loss─", "0.3481", "┤")
        told = {"attempt": shop.names.living, "run": shop.names.running, "step": "tuned", "at": shop.names.now + 1,
                "done": 400, "total": 684, "figures": {"loss": 0.1234, HOSTILE: 5.0, "odd": "NaN"}}  # fmt: skip
        held.app.post_message(Heard([{"progress": told}]))
        await held.sees("0.1234", "[@click=app.quit]x[/]")
        assert "odd" not in held.text
        await held.press("right")
        assert "─loss─" not in held.text
        await held.press("left")
        await held.sees("─loss─")


async def test_what_was_sent_is_shown_and_what_was_given_up_is_sent_again(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        await held.go("run")
        run = shop.client.ask("delivery", id=shop.names.given_up)
        assert run["state"] == "given-up"
        await shows(held, "r58")
        await held.press("d")
        await held.sees("https://hub.example/acme/commit", "✗ given up", "E-not-ours")
        grid(held, "deliveries").go_to(shop.names.given_up)
        await held.press("a", "r")
        await held.says("is tried again now")


async def test_all_runs_are_listed_filtered_and_opened(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await held.go("run")
        await held.press("R")
        await held.sees("Runs", shop.names.running)
        row = grid(held, "all-runs").cursor
        assert row is not None and row.key == shop.names.running
        await held.press("slash", *"frozen", "enter")
        await held.sees("with “frozen”")
        await held.press("g", "enter")
        await held.sees("* frozen", "s Steps")
        run = held.screen.run_ if isinstance(held.screen, Run) else None
        await held.press("less_than_sign")
        await held.until(lambda: isinstance(held.screen, Run) and held.screen.run_ != run)
        await held.press("greater_than_sign")
        await held.until(lambda: isinstance(held.screen, Run) and held.screen.run_ == run)
        await held.press("R", "A")
        await held.sees("with what verbs have asked for")
        await held.until(lambda: any(row.key == "r1" for row in grid(held, "all-runs").rows))


async def test_a_run_that_nobody_knows_is_refused_in_a_sentence(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await held.go("run")
        held.app.visit("run", run="r999")
        await held.sees("There is no run 'r999'.", "`sentinel runs` lists them.")
        await held.press("comma")
        await held.until(lambda: isinstance(held.screen, Run) and held.screen.shown is not None)


async def test_where_nothing_has_run_it_says_how_to_begin(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        app = Dashboard(AsyncClient(house.workspace), house.workspace)
        async with app.run_test(size=SMALL) as pilot:
            held = Watching(app, pilot)
            await held.settle()
            await held.go("run")
            await held.sees("No run has been asked for yet: n runs a recipe.")
            for key in PARTS:
                await held.press(key)


async def test_hostile_words_on_record_do_nothing(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        run = shop.client.ask("run", recipe="hello", reason=HOSTILE[:180])["run"]
        shop.client.ask("cancel", run=run, reason=HOSTILE[:180])
        await shows(held, run)
        await held.sees("[@click=app.quit]x[/]", "cancelled")
        assert "\x1b" not in held.text and "\u202e" not in held.text
        for key in PARTS:
            await held.press(key)
            assert "\x1b" not in held.text and "\u202e" not in held.text
