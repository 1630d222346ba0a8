"""Acting: what can be done is offered by keys, what is dangerous asks first, and what came of it is said."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.widgets import Button, Input

from sentinel.api.peers import VIEW
from sentinel.tui import acts
from sentinel.tui.acts import Act
from sentinel.tui.dialogs.confirm import Confirm
from sentinel.tui.dialogs.menu import Menu
from sentinel.tui.widgets.grid import Grid
from tests.tui.history import Names
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching

HOSTILE = "\x1b[31m[@click=app.quit]out[/]\u202e "


async def on(watched: Watching, key: str) -> None:
    """Put the cursor of the overview on a run or a line, and have offered what can be done."""
    grid = next(grid for grid in watched.screen.query(Grid) if any(row.key == key for row in grid.rows))
    grid.focus()
    grid.go_to(key)
    await watched.press("a")
    await watched.until(lambda: isinstance(watched.app.screen, Menu))


async def take(watched: Watching, key: str) -> None:
    """Choose an act, and wait for the dialog that it opens, if it does."""
    await watched.pilot.press(key)
    await watched.until(lambda: not isinstance(watched.app.screen, Menu))
    await watched.settle()


async def leave_it(watched: Watching, key: str) -> None:
    """Leave what was asked."""
    assert isinstance(watched.app.screen, Confirm)
    await watched.press(key)
    assert watched.app.screen is watched.screen


def run_of(shop: Shop, run: str) -> Any:
    return shop.client.ask("show", run=run)


def line_of(shop: Shop, line: str) -> Any:
    return next(each for each in shop.client.ask("lines")["lines"] if each["line"] == line)


async def test_cancelling_asks_first_and_n_escape_and_a_careless_enter_leave_it(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        for key in ("n", "escape", "enter"):
            await on(watched, names.running)
            await take(watched, "c")
            await watched.sees(f"This ends {names.running} of lifecycle for tickets, and the workers")
            await leave_it(watched, key)
        assert run_of(shop, names.running)["state"] == "running"
        await on(watched, names.queued[1])
        await take(watched, "c")
        await watched.press("y")
        await watched.says(f"{names.queued[1]} is being ended.")
        await watched.until(lambda: run_of(shop, names.queued[1])["state"] == "cancelled")


async def test_a_reason_may_be_given_where_none_is_needed(shop: Shop, names: Names) -> None:
    run = names.queued[1]
    async with watching(shop, SMALL) as watched:
        await on(watched, run)
        await take(watched, "c")
        watched.app.screen.query_one(Input).focus()
        await watched.press(*"by me", "enter")
        await watched.until(lambda: run_of(shop, run)["state"] == "cancelled")
        assert "by me" in str(run_of(shop, run))


async def test_approving_and_rejecting_what_asks_for_a_word(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        await on(watched, names.asking)
        await watched.sees("approve", "reject", "You say yes, by name: Hand this greeting on?")
        await take(watched, "n")
        await watched.press("enter")
        await watched.sees("Say why, for the record.")
        await watched.press("space", "enter")
        assert isinstance(watched.app.screen, Confirm)
        await watched.press(*"no", "enter")
        await watched.says("Rejected; that is on record")
        agreed = next(step for step in run_of(shop, names.asking)["steps"] if step["step"] == "agreed")
        assert agreed["outcome"] == "rejected"


async def test_a_yes_may_go_without_a_reason(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        await on(watched, names.asking)
        await take(watched, "y")
        await watched.press("enter")
        await watched.says(f"Approved; {names.asking} goes on.")
        await watched.until(lambda: run_of(shop, names.asking)["state"] != "waiting")


async def test_pausing_and_resuming_are_done_at_once(shop: Shop, names: Names) -> None:
    run = names.queued[0]
    async with watching(shop, SMALL) as watched:
        await on(watched, run)
        await take(watched, "p")
        await watched.says(f"{run} is paused")
        assert run_of(shop, run)["state"] == "paused"
        await watched.sees("‖ paused")
        await on(watched, run)
        await watched.sees("resume")
        await take(watched, "p")
        await watched.says(f"{run} goes on.")
        assert run_of(shop, run)["state"] == "queued"


async def test_a_run_is_moved_in_the_queue_by_one_key_or_by_a_number(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        first, last = names.queued[0], names.queued[-1]
        await on(watched, last)
        await watched.sees(f"before {names.queued[1]}")
        await take(watched, "+")
        await watched.says(f"{last} has priority")
        assert queued(shop) == [last, first, names.queued[1]]
        await watched.until(lambda: shown(watched) == queued(shop))
        await on(watched, last)
        await watched.sees(f"behind {first}")
        await take(watched, "-")
        await watched.until(lambda: queued(shop) == [first, names.queued[1], last])
        await watched.until(lambda: shown(watched) == queued(shop))
        await on(watched, names.queued[1])
        await take(watched, "m")
        await watched.press("ctrl+u", "enter")
        await watched.sees("Say 0 to 100.")
        await watched.press("minus", "enter")
        await watched.sees("is no whole number")
        await watched.press("ctrl+u", *"99", "enter")
        await watched.until(lambda: queued(shop)[0] == names.queued[1])


def queued(shop: Shop) -> list[str]:
    """Those that wait, as the daemon has them."""
    return [run["run"] for run in shop.client.ask("queue")["runs"] if run["state"] == "queued"]


def shown(watched: Watching) -> list[str]:
    """Those that wait, as they are seen."""
    grid = watched.screen.query_one("#queue-grid", Grid)
    return [row.key for row in grid.rows if row.what["state"] == "queued"]


async def test_holding_and_releasing_a_line(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await on(watched, "tickets")
        await take(watched, "h")
        await watched.sees("No alias of tickets moves until it is released.")
        await watched.press(*"sale", "enter")
        await watched.says("tickets is held.")
        assert line_of(shop, "tickets")["held"] == "sale"
        await watched.until(lambda: "held: sale" in watched.text)
        await on(watched, "tickets")
        await take(watched, "h")
        await watched.press("enter")
        await watched.says("tickets is no longer held.")
        assert not line_of(shop, "tickets")["held"]


async def test_rolling_back_and_promoting_again_by_its_old_verdict(shop: Shop, names: Names) -> None:
    async with watching(shop, LARGE) as watched:
        await on(watched, "tickets")
        await take(watched, "b")
        await watched.sees("The version that was champion of tickets before")
        await watched.press(*"bad", "enter")
        await watched.says("tickets is rolled back.")
        assert line_of(shop, "tickets")["champion"] == names.older
        told = shop.client.ask("versions", line="tickets")
        version = next(each for each in told["versions"] if each["version"] == names.champion)
        watched.app.offer(acts.on_version(told, version, names.passed))
        await watched.sees(f"promote {names.champion}", f"roll back to {names.champion}")
        await take(watched, "m")
        await watched.press("enter")
        assert line_of(shop, "tickets")["champion"] == names.older
        watched.app.offer(acts.on_version(told, version, names.passed))
        await watched.sees(f"promote {names.champion}")
        await take(watched, "m")
        await watched.press("y")
        await watched.says(f"{names.champion} is champion of tickets now.")
        assert line_of(shop, "tickets")["champion"] == names.champion


async def test_taking_note_of_what_froze_a_version(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        told = shop.client.ask("versions", line="chat")
        version = next(each for each in told["versions"] if each["version"] == names.frozen)
        watched.app.offer(acts.on_version(told, version, None))
        await watched.sees(f"acknowledge {names.frozen}")
        await take(watched, "k")
        await watched.sees("You take note, by name, of what froze")
        await watched.press(*"seen", "enter")
        await watched.says(f"Acknowledged: {names.frozen} may move again")
        versions = shop.client.ask("versions", line="chat")["versions"]
        assert not next(each for each in versions if each["version"] == names.frozen)["frozen"]


async def test_retrying_a_run_or_from_one_of_its_steps(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        run = run_of(shop, names.failed)
        watched.app.offer([*acts.on_run(run), *acts.on_step(run, {"step": "tuned"})])
        await watched.sees("retry from tuned")
        await take(watched, "f")
        await watched.sees("`tuned` and all that builds on it")
        await watched.press("y")
        await watched.says(f"{names.failed} is in the queue again, from `tuned` on.")
        watched.app.offer(acts.on_run(run_of(shop, names.cancelled)))
        await watched.sees("goes back into the queue")
        await take(watched, "r")
        await watched.press("enter")
        await watched.says(f"{names.cancelled} is in the queue again.")
        assert {names.failed, names.cancelled} <= set(queued(shop))


async def test_sending_again_what_was_given_up(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        item = next(each for each in shop.client.ask("attention")["items"] if each["kind"] == "given-up")
        watched.app.offer(acts.on_item(item))
        await watched.sees(f"send {names.given_up} again")
        await take(watched, "r")
        await watched.says(f"{names.given_up} is tried again now.")


async def test_what_the_daemon_refuses_is_told_with_what_to_do(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        told = shop.client.ask("versions", line="tickets")
        version = next(each for each in told["versions"] if each["version"] == names.candidate)
        watched.app.offer(acts.on_version(told, version, names.proof))
        await watched.sees("promote")
        await take(watched, "m")
        await watched.press("y")
        await watched.until(lambda: watched.app.heard)
        (said,) = watched.app.heard
        assert said.severity == "error" and said.title.startswith("E-") and names.proof in said.message
        watched.app.heard.clear()
        await on(watched, names.running)
        shop.client.ask("cancel", run=names.running, reason="")
        await take(watched, "p")
        await watched.until(lambda: any(note.severity == "error" for note in watched.app.heard))


async def test_an_act_that_meets_no_daemon_says_so(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        await on(watched, names.queued[0])
        shop.go()
        await watched.pilot.press("p")
        await watched.says("sentinel up")


async def test_a_mouse_does_it_too(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        await on(watched, names.queued[1])
        await take(watched, "c")
        await watched.pilot.click("#leave")
        await watched.settle()
        assert watched.app.screen is watched.screen
        await on(watched, names.queued[1])
        await take(watched, "c")
        await watched.pilot.click("#do")
        await watched.says(f"{names.queued[1]} is being ended.")


async def test_the_menu_is_gone_through_with_the_cursor_and_left_by_its_own_key(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watched:
        await on(watched, names.queued[0])
        await watched.press("a")
        assert watched.app.screen is watched.screen
        await on(watched, names.queued[0])
        await watched.press("down", "enter")
        await watched.sees(f"This ends {names.queued[0]}")


async def test_long_and_hostile_words_leave_the_buttons_in_sight(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        act = Act("x", HOSTILE, "hold", {}, HOSTILE + "word " * 600, "", (acts.WHY,), danger=True)
        watched.app.offer([act])
        await watched.sees("[@click=app.quit]out[/]")
        await take(watched, "x")
        await watched.sees("Leave it (esc)", "Do it (enter)", "[@click=app.quit]out[/]")
        assert "\x1b" not in watched.text and "\u202e" not in watched.text
        for button in watched.app.screen.query(Button):
            assert button.region.bottom <= 24
        await watched.press("escape")


async def test_a_viewer_is_offered_nothing_at_all(open_shop: Callable[[str | None], Shop], names: Names) -> None:
    async with watching(open_shop(VIEW), SMALL) as watched:
        for grid in watched.screen.query(Grid):
            grid.focus()
            await watched.press("a")
            assert watched.app.screen is watched.screen
        await watched.says("You may look, and not act.", "`operators:`")


@pytest.mark.parametrize("state", ["queued", "running", "waiting", "paused", "failed", "rejected", "done", "cancelled"])
def test_each_act_on_a_run_has_a_key_of_its_own(state: str) -> None:
    steps = [{"step": "agreed", "state": "waiting", "waits_for": "approval", "why": "", "asks": None}]
    run = {"run": "r2", "recipe": "x", "line": "a", "state": state, "priority": 50, "steps": steps}
    queue = [{"run": f"r{number}", "priority": 50} for number in range(1, 4)]
    found = [*acts.on_run(run, queue), *acts.on_step(run, {"step": "agreed"})]
    assert len({act.key for act in found}) == len(found)


def test_nobody_is_moved_where_there_is_no_priority_left() -> None:
    queue = [{"run": "r1", "priority": 100}, {"run": "r2", "priority": 50}, {"run": "r3", "priority": 0}]
    run = {"run": "r2", "recipe": "x", "line": None, "state": "queued", "priority": 50}
    assert [act.key for act in acts.on_run(run, queue)] == ["p", "c", "m"]
    queue = [{"run": "r1", "priority": 60}, {"run": "r2", "priority": 50}, {"run": "r3", "priority": 40}]
    given = {act.key: act.given for act in acts.on_run(run, queue)}
    assert (given["+"]["priority"], given["-"]["priority"]) == (61, 39)
