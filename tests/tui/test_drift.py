"""Drift: the feeds, their curves, what they mean, and what a person does about it, by keys alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from sentinel.api.peers import VIEW
from sentinel.domain.quantity import DAY, HOUR
from sentinel.tui.marks import BAD, WARN, Cell
from sentinel.tui.screens.drift import evidence, rates
from sentinel.tui.shown.standing import standing
from sentinel.tui.widgets.page import Line
from tests.tui.hostile import Hostile
from tests.tui.house import NOW, Shop
from tests.tui.watching import SMALL, watching
from tests.unit.api.house import House

SAID = {"says", "recipe", "held", "frozen", "champion", "because", "promise", "metric"}


async def test_a_feed_is_seen_with_its_curves_and_what_they_mean(shop: Shop) -> None:
    async with watching(shop) as watch:
        await watch.go("drift")
        await watch.sees("Feeds · 3", "canary accuracy", "· pending", "71%", "0.865", f"★ {shop.names.champion}")
        await watch.sees("Rates 0.865 · ─ held to 0.904 · ─ counts below 0.891", "14 Oct", "22 Nov", "0.91┤")
        await watch.sees("Evidence 71% · ─ fires", "100%┤", "tickets.canary.accuracy")
        await watch.sees("it fires   after 4 more (4d) at 0.874 · 1 more (1d) at 0.844")
        await watch.sees("false alarms 1 per 3 years at most, falls up to 1 point do not count", "fired      never")
        await watch.sees("held to    0.904 over 11200 rows, learned 12d3h ago")
        await watch.press("j")
        await watch.sees("tickets.recent.accuracy", "Rates 1.000", "outcome 1", "No trigger watches it")
        await watch.press("j")
        await watch.sees("chat.canary.accuracy", "held       The shop sells at half price until Tuesday.", "✓ ok")
        await watch.press("enter")
        assert "It has not fired yet: there is no run to open." in watch.said
        assert "turn" not in watch.text


async def test_one_curve_at_a_time_fits_a_small_terminal_and_z_gives_it_all_the_room(shop: Shop) -> None:
    async with watching(shop, SMALL) as watch:
        await watch.go("drift")
        await watch.sees("Feeds · 3", "Rates 0.865", "0.90┤", "22 Nov", "after 4 more (4d) at 0.874", "] turn")
        assert "Evidence" not in watch.text
        await watch.press("right_square_bracket")
        await watch.sees("Evidence 71%", "100%┤", "11 Nov")
        assert "Rates" not in watch.text
        await watch.press("z")
        assert "Feeds" not in watch.text and "it fires" not in watch.text
        await watch.sees("40%┤", "80%┤")
        await watch.press("left_square_bracket", "escape")
        await watch.sees("Feeds · 3", "Rates 0.865")
        await watch.press("tab", "G")
        await watch.sees(f"champion   ★ {shop.names.champion} since 20d23h ago")


async def test_the_overview_leads_to_a_line_and_escape_back(shop: Shop) -> None:
    async with watching(shop) as watch:
        await watch.pilot.press("shift+tab", "j", "enter")
        await watch.until(lambda: type(watch.screen).__name__ == "Drift")
        await watch.sees("chat.canary.accuracy", "held to 0.872")
        watch.app.visit("drift", line="tickets")
        await watch.sees("tickets.canary.accuracy", "held to 0.904")
        await watch.press("escape")
        assert type(watch.screen).__name__ == "Overview"


async def test_a_person_holds_a_line_to_what_it_delivers_now(shop: Shop) -> None:
    async with watching(shop) as watch:
        await watch.go("drift")
        await watch.press("a")
        await watch.sees("hold tickets", "roll tickets back", "accept what canary shows now")
        await watch.press("s")
        await watch.sees("not to 0.904", "why, for the record")
        await watch.press("enter")
        await watch.sees("Say why, for the record.")
        await watch.press(*"autumn", "enter")
        await watch.says("tickets on canary is held to what it delivers now.")
        await watch.until(lambda: "held to 0.904" not in watch.text)
        await watch.sees("0%", "accepted")
        (feed, _) = shop.client.ask("drift", line="tickets")["feeds"]
        assert feed["baseline"]["because"] == "accepted" and feed["baseline"]["rate"] < 0.9


async def test_a_new_measurement_and_a_hold_are_seen_at_once(shop: Shop) -> None:
    async with watching(shop) as watch:
        await watch.go("drift")
        await watch.sees("Rates 0.865")
        span = {"from": "2026-11-22T00:00:00Z", "to": "2026-11-22T08:00:00Z"}
        shop.client.ask("signal", line="tickets", set="canary", metric="accuracy", measure="300/400", **span)
        await watch.sees("Rates 0.750", "0.750", "✗ firing")
        shop.client.ask("hold", line="tickets", reason="nobody is here")
        await watch.sees("‖ held: nobody is here", "held       nobody is here")


async def test_whoever_may_only_look_is_offered_nothing(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop(VIEW)) as watch:
        await watch.go("drift")
        await watch.press("a")
        await watch.sees("Rates 0.865", "pending")
        assert "You may look, and not act." in watch.said


async def test_no_word_of_a_line_drives_the_terminal(shop: Shop) -> None:
    async with watching(shop, SMALL) as watch:
        watch.app.client = Hostile(shop.workspace, SAID)
        await watch.go("drift")
        await watch.sees("[@click=app.quit]gone[/]", "Feeds")
        await watch.press("tab", "G")
        assert not {"\x1b", "\x07", "\u202e"} & set(watch.text)
        assert max(map(len, watch.text.splitlines())) <= SMALL[0]


async def test_where_nothing_comes_in_it_says_what_would(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        async with watching(cast(Shop, house), SMALL) as watch:
            await watch.go("drift")
            await watch.sees("Feeds · 2", "Nothing has come in on router", "`sentinel signal`")
            await watch.press("j", "enter", "z", "right_square_bracket", "z")
            await watch.sees("Nothing has come in on other")


async def test_a_line_that_has_left_the_file_says_so(shop: Shop) -> None:
    async with watching(shop, SMALL) as watch:
        screen = cast(Any, watch.screen)
        await watch.go("drift")
        screen = cast(Any, watch.screen)
        screen._line, screen._feed = "gone", "gone.canary.accuracy"
        screen.look_again()
        await watch.sees("sentinel.yaml has no line 'gone'.")


# What is said of one feed, in all its states.

LINE = {"line": "tickets", "champion": None, "since": None, "held": "", "frozen": "the canary fell"}
WATCHED: dict[str, Any] = {
    "trigger": "t", "recipe": "lifecycle", "margin": 0.01, "promise": "1 per 3 years", "often": 2190.0,
    "every_ms": DAY, "wants": 28, "below": None, "for_ms": 4 * DAY, "standing": "firing", "since": NOW - HOUR,
    "says": "`canary` fires", "champion": "v1", "silent": False, "fired": 2, "run": "r9", "quiet_until": NOW + DAY,
    "expected": 0.891, "track": [0.4, 1.1], "track_at": [NOW - DAY, NOW], "share": 1.1, "evaluations": 2,
    "rows": 400.0, "fires_at": [],
}  # fmt: skip
BASE = {"rate": 0.9, "rows": 11200.0, "spread": 1.0, "because": "learned", "set_at": NOW - DAY}
FEED: dict[str, Any] = {
    "feed": "tickets.canary.accuracy", "set": "canary", "metric": "accuracy", "signals": 2, "baseline": BASE,
    "recent": [[NOW - DAY, 0.9, 400.0, "time"], [NOW, 0.0, 0.0, "time"]], "watched": [WATCHED],
}  # fmt: skip
UNLEARNED = {**WATCHED, "expected": None, "track": [], "track_at": [], "standing": "ok", "run": None, "fired": 0}


def test_what_fired_says_when_into_which_run_and_until_when_it_is_quiet() -> None:
    text = "\n".join(map(shown, standing(FEED, LINE, [], NOW)))
    assert "✗ firing since 1h ago" in text
    assert "fired      2 times, last into r9; it is quiet, and may fire again in 1d" in text
    assert "it fires" not in text and "frozen     the canary fell" in text and "champion   none yet" in text


def test_a_silent_feed_says_that_nobody_knows() -> None:
    lines = list(standing({**FEED, "watched": [{**WATCHED, "silent": True, "run": None}]}, LINE, [], NOW))
    assert (lines[0][0].tone, "! silent" in shown(lines[0])) == (WARN, True)
    assert "Nothing has come in for longer than usual" in shown(lines[1])


def test_a_trigger_without_a_baseline_says_what_it_takes_and_a_plain_bound_that_it_promises_nothing() -> None:
    learning = {**FEED, "baseline": None, "watched": [UNLEARNED]}
    assert "learned from the first 28 evaluations" in "\n".join(map(shown, standing(learning, LINE, [], NOW)))
    assert evidence(learning).empty == "A baseline takes 28 evaluations; 2 have come."
    plainly = {**FEED, "watched": [{**UNLEARNED, "below": 0.8}]}
    assert "below 0.8 for 4d, which promises nothing" in "\n".join(map(shown, standing(plainly, LINE, [], NOW)))
    assert "plain bound" in evidence(plainly).empty
    assert [(level.name, level.tone) for level in rates(plainly).levels][-1] == ("fires below 0.8", BAD)


def test_other_triggers_of_the_line_are_told_below() -> None:
    other = {"trigger": "o", "recipe": "days", "kind": "distribution", "fired": 1, "run": "r3", "looked_at": NOW - HOUR,
             "failed": True, "says": "its look broke", "next": NOW + HOUR}  # fmt: skip
    last = shown(list(standing(FEED, LINE, [other], NOW))[-1])
    assert last == "besides    days, distribution: its look broke; looked 1h ago; looks again in 1h; fired last into r3"


def test_a_measurement_of_nothing_is_no_point_of_the_curve() -> None:
    curve = rates(FEED)
    assert (curve.points, curve.title) == (((NOW - DAY, 0.9),), "Rates 0.900")
    assert rates({**FEED, "recent": []}).points == ()
    assert evidence({**FEED, "watched": []}).empty == "No trigger watches it."


def shown(line: Line) -> str:
    """The letters of a line."""
    pieces = (line,) if isinstance(line, Cell | str) else line
    return "".join(piece.text if isinstance(piece, Cell) else piece for piece in pieces)
