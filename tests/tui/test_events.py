"""The record on the dashboard: what happened, as it happens, however much, and all that is known of each event."""

import asyncio
from collections.abc import Callable

from sentinel.api.peers import VIEW
from sentinel.domain.digest import Json
from sentinel.tui.known.link import Heard
from sentinel.tui.known.stretch import MOST
from sentinel.tui.screens.events import Events
from sentinel.tui.screens.run import Run
from sentinel.tui.widgets.growing import Growing
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching

HOSTILE = "[@click=app.quit]x[/] \x1b[2J\x1b]0;gone\x07 \u202eback\u2066 " + "long" * 40


def table(held: Watching) -> Growing:
    """The events."""
    return held.screen.query_one(Growing)


def last(held: Watching) -> str:
    """The seq of the last one that is shown."""
    return table(held).rows[-1].key


async def opened(held: Watching) -> Events:
    """Go there, and wait until the latest are seen."""
    held.app.visit("events")
    await held.until(lambda: isinstance(held.screen, Events) and held.screen.is_mounted and table(held).rows)
    assert isinstance(held.screen, Events)
    return held.screen


def note(seq: int, reason: str = "so") -> Json:
    """An event as the daemon tells of it."""
    return {"seq": seq, "stream": "line/tickets", "version": seq, "kind": "LineHeld", "payload_version": 1,
            "at": 1_795_338_000_000, "actor": "uid:1", "cause": None, "payload": {"reason": reason}}  # fmt: skip


async def test_what_happens_is_seen_at_the_bottom_as_it_happens(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await opened(held)
        await held.sees("Events · 500", "it follows", "node here offers 4 cpus", "NodeSeen")
        assert all(len(line) <= 80 for line in held.text.splitlines())
        shop.client.ask("hold", line="tickets", reason="a look at the till")
        await held.sees("tickets is held: a look at the till", "LineHeld", '"reason"')
        assert table(held).cursor == table(held).rows[-1]


async def test_who_goes_up_reads_while_what_comes_is_only_counted(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        await opened(held)
        await held.press("k", "k")
        row, top = table(held).cursor, table(held).scroll_offset.y
        shop.client.ask("hold", line="tickets", reason="unseen")
        await held.sees("1 came since: f follows")
        assert "unseen" not in held.text and (table(held).cursor, table(held).scroll_offset.y) == (row, top)
        await held.press("f")
        await held.sees("unseen", "it follows")


async def test_older_ones_come_above_and_the_cursor_stays_on_its_event(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        screen = await opened(held)
        await held.press("k")
        row = table(held).cursor
        assert row is not None
        place = table(held)._at - table(held).scroll_offset.y
        await held.press("m")
        await held.until(lambda: len(table(held).rows) == 1000)
        assert table(held).cursor == row and table(held)._at - table(held).scroll_offset.y == place
        await held.press("g")  # at the top they are asked for without a word
        await held.until(lambda: len(table(held).rows) == 1500)
        for _ in range(9):
            await held.press("m")
            if screen.stretch.begins:
                break
        await held.until(lambda: screen.stretch.first == 1)
        await held.press("m")
        await held.says("There are no older ones.")


async def test_one_kind_or_one_stream_is_seen_alone(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        screen = await opened(held)
        await held.press("K")
        await held.sees("Which events?", "deliveries")
        await held.press(*"jjjjjjj", "enter")
        await held.until(lambda: screen.stretch.scope == "delivery/" and table(held).rows)
        await held.sees("Events of delivery", "was given up", "f follows" if not table(held).follows else "it follows")
        assert {row.what["stream"].partition("/")[0] for row in table(held).rows} == {"delivery"}
        shop.client.ask("resend", delivery=shop.names.given_up)
        await held.sees(f"{shop.names.given_up} is to be tried again")
        shop.client.ask("hold", line="tickets", reason="elsewhere")
        await held.press("s")
        await held.until(lambda: screen.stretch.scope == f"delivery/{shop.names.given_up}" and table(held).rows)
        assert "elsewhere" not in held.text
        await held.press("s")
        await held.sees("elsewhere")


async def test_enter_goes_to_what_an_event_is_about(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        held.app.visit("events", run=shop.names.failed)
        await held.until(lambda: isinstance(held.screen, Events) and held.screen.is_mounted and table(held).rows)
        await held.sees(f"Events of run/{shop.names.failed}", "ended as failed")
        await held.press("slash", *"tuned.a1", "enter", "g", "enter")
        await held.until(lambda: isinstance(held.screen, Run) and held.screen.run_ == shop.names.failed)
        await held.sees("Step tuned")
        await held.press("E")
        await held.until(lambda: isinstance(held.screen, Events))


async def test_a_thousand_events_a_second_are_kept_up_with_and_not_all_kept(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        screen = await opened(held)
        first = screen.stretch.last + 1
        for second in range(8):
            told = [{"event": note(first + second * 1000 + number)} for number in range(1000)]
            for each in range(0, 1000, 33):
                held.app.post_message(Heard(told[each : each + 33]))
            await asyncio.sleep(0)
        await held.until(lambda: last(held) == str(first + 7_999))
        assert len(table(held).rows) <= MOST * 1.1
        await held.press("k")
        assert not table(held).follows


async def test_who_may_only_look_sees_everything_and_does_nothing(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop(VIEW), SMALL) as held:
        await opened(held)
        await held.press("a")
        await held.says("You may look, and not act.")


async def test_hostile_words_on_record_do_nothing(shop: Shop) -> None:
    shop.client.ask("hold", line="tickets", reason=HOSTILE)
    async with watching(shop, SMALL) as held:
        await opened(held)
        await held.sees("[@click=app.quit]x[/]")
        await held.press("tab", "G")
        assert "\x1b" not in held.text and "\u202e" not in held.text
        await held.press("shift+tab", "a")
        await held.sees("release tickets")


async def test_where_nothing_is_on_record_it_says_so(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        held.app.visit("events", stream="line/nobody")
        await held.sees("Nothing is on record here.")
