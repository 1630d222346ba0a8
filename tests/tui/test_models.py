"""The versions of a line: where they come from, what they were made of, how two differ, their cards, and acts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from sentinel.api.async_client import AsyncClient
from sentinel.domain.line.decide import Register
from sentinel.domain.line.decide import decide as decide_line
from sentinel.domain.refusal import refuse
from sentinel.supervisor.work import Work
from sentinel.tui.shown.versions import passed
from sentinel.tui.widgets.grid import Grid
from sentinel.tui.widgets.page import Page
from tests.tui.house import Shop
from tests.tui.watching import LARGE, SMALL, Watching, watching
from tests.unit.api.house import House

HOSTILE = "[@click=app.quit]x[/] \x1b[31mred\x1b[0m \u202eevil " + "w" * 200


class Told:
    """A daemon whose answers to some questions are known beforehand; all others it asks the real one."""

    def __init__(self, client: AsyncClient, answers: dict[str, Callable[..., Any]]) -> None:
        self.client, self.answers = client, answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def ask(self, route: str, **given: Any) -> Any:
        """Answer."""
        if route not in self.answers:
            return await self.client.ask(route, **given)
        self.asked.append((route, given))
        return self.answers[route](**given)

    async def follow(self, route: str, **given: Any) -> AsyncIterator[Any]:
        """What it tells of a run is over at once; all else as it comes."""
        if route != "follow":
            async for told in self.client.follow(route, **given):
                yield told


async def at_models(held: Watching, answers: dict[str, Callable[..., Any]] | None = None, **what: str) -> Told:
    """Go there."""
    told = Told(held.app.client, answers or {})  # type: ignore[arg-type]
    held.app.client = told
    held.app.visit("models", **what)
    await held.pilot.pause()
    await held.settle()
    return told


def grid(held: Watching, name: str) -> Grid:
    """A table of the screen."""
    return held.screen.query_one(f"#{name}-grid", Grid)


def cursor(held: Watching, name: str = "versions") -> str:
    """Where the cursor of a table stands."""
    row = grid(held, name).cursor
    assert row is not None
    return row.key


def page(held: Watching, name: str) -> str:
    """The letters of a page."""
    return held.screen.query_one(f"#{name}", Page).text.plain


async def test_lines_and_versions_fit_into_eighty_by_twenty_four(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        names = shop.names
        await at_models(held)
        await held.sees("Versions of tickets · 17", f"★ {names.champion}", "held: The shop", "Lineage  About  Diff")
        assert f"✗ {names.candidate}" in held.text
        assert all(len(line) <= 80 for line in held.text.splitlines())
        await held.press("G")
        await held.sees(f"☆ {names.adopted}", "anchor")


async def test_another_line_is_chosen_with_the_cursor_and_enter_goes_to_its_versions(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_models(held)
        await held.press("shift+tab", "j")
        await held.sees("Versions of chat · 4 · ‖ held: The shop sells at half price", f"* {shop.names.frozen}")
        await held.press("enter")
        assert held.app.focused is grid(held, "versions")
        assert cursor(held) == shop.names.chat_champion


async def test_the_table_and_the_tree_have_one_cursor(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        names = shop.names
        await at_models(held)
        rows = [row.cells[0][0] for row in grid(held, "family").rows]
        at = rows.index(f"│ └─★ {names.champion}")
        assert (rows[0], rows[at - 1]) == (f"☆ {names.adopted}", f"├─☆ {names.older}")
        grid(held, "versions").go_to(names.champion)
        await held.until(lambda: cursor(held, "family") == names.champion)
        await held.press("tab", "k")
        assert cursor(held) == cursor(held, "family") == names.older


async def test_enter_opens_the_run_that_made_a_version_and_v_its_verdict(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(shop, SMALL) as held:
        await at_models(held)
        went: list[Any] = []
        monkeypatch.setattr(held.app, "visit", lambda name, **what: went.append((name, what)))
        await held.press("enter", "v")
        assert went == [("run", {"run": shop.names.rejected}), ("gates", {"verdict": shop.names.proof})]


async def test_about_a_version_it_says_how_it_was_judged_and_what_is_pinned(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_models(held, line="tickets", version=shop.names.champion)
        await held.press("right_square_bracket")
        await held.until(lambda: shop.names.champion in page(held, "about"))
        about = page(held, "about")
        assert "✓ pass  promotion" in about
        assert "All 5 checks passed." in about
        assert "pin      made.hardware.cpus: 4" in about
        assert all(name in about for name in (shop.names.older, shop.names.adopted))
        await held.press("z")
        await held.sees("made.lock: peft==0.21.0, torch==2.9.1")
        await held.press("z")
        await held.sees("Versions of tickets")


async def test_a_version_is_found_by_its_name_alone(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        await at_models(held, version=shop.names.frozen)
        await held.sees("Versions of chat")
        await held.until(lambda: cursor(held) == shop.names.frozen and cursor(held, "lines") == "chat")
        await at_models(held, version="v0")
        await held.sees("There is no version 'v0'", "Versions of tickets")


async def test_it_is_compared_with_the_champion_until_another_one_is_marked(shop: Shop) -> None:
    async with watching(shop, LARGE) as held:
        names = shop.names
        await at_models(held)
        await held.press("right_square_bracket", "right_square_bracket")
        between = f"Between {names.champion} and {names.candidate} data and recipe both differ"
        await held.until(lambda: between in " ".join(page(held, "diff").split()))
        await held.sees(f"A  {names.champion}  the champion")
        await held.press("c")
        await held.sees("Nothing to compare it with yet")
        await held.press("j")
        await held.sees(f"A  {names.candidate}  marked", f"✗ {names.candidate} ◂A", f"B  {cursor(held)}")
        await held.press("k", "c")
        grid(held, "versions").go_to(names.champion)
        await held.sees(f"A  {names.older}  it comes from that")


async def test_both_are_scored_on_the_same_documents_on_demand(shop: Shop) -> None:
    sets = [{"set": "holdout", "n": 1200, "mean_one": 0.9, "mean_other": 0.8, "only_one": 150, "only_other": 30}]
    answers = {
        "flips": lambda **given: {"run": "r99"}, "show": lambda run: {"state": "done"},
        "computed": lambda run: {"sets": sets},
    }  # fmt: skip
    async with watching(shop, LARGE) as held:
        told = await at_models(held, answers)
        await held.press("right_square_bracket", "right_square_bracket")
        await held.sees("x scores both on the same documents")
        await held.press("x")
        await held.sees("holdout from 0.900 to 0.800 on 1200", "beyond chance")
        await held.press("x")
        flips = {"one": shop.names.champion, "other": shop.names.candidate}
        assert [given for route, given in told.asked if route == "flips"] == [flips]


async def test_where_they_were_not_both_scored_it_says_so(shop: Shop) -> None:
    def nothing(**given: Any) -> Any:
        raise refuse("E-unknown-artifact", "There is no report.")

    async with watching(shop, LARGE) as held:
        await at_models(held, {"flips": nothing})
        await held.press("right_square_bracket", "right_square_bracket")
        await held.press("x")
        await held.sees("were not both scored")


async def test_a_card_is_shown_or_written_on_a_key(shop: Shop) -> None:
    def text(run: str) -> Any:
        if run != "r99":
            raise refuse("E-no-answer", f"{run} has written no card.")
        return {"run": run, "card": "a" * 64, "text": f"# tickets\n{HOSTILE}\n- 0.91", "cut": True}

    answers = {"page": text, "card": lambda **given: {"run": "r99"}, "show": lambda run: {"state": "done"}}
    async with watching(shop, SMALL) as held:
        told = await at_models(held, answers)
        await held.press("y")
        await held.sees(f"{shop.names.rejected} has written no card.", "y has one written.")
        await held.press("y")
        await held.sees("# tickets", "[@click=app.quit]x[/] red evil")
        assert "- 0.91\n… it is longer" in page(held, "card")
        assert ("card", {"version": shop.names.candidate, "line": "tickets"}) in told.asked
        await held.press("y")
        assert len([route for route, _ in told.asked if route == "card"]) == 1


async def test_a_card_that_could_not_be_written_leaves_a_word(shop: Shop) -> None:
    answers = {"card": lambda **given: {"run": "r99"}, "show": lambda run: {"state": "failed"}}
    async with watching(shop, SMALL) as held:
        await at_models(held, answers)
        await held.press("y")
        await held.press("y")
        await held.sees("r99 has written no card")


async def test_the_champion_is_rolled_back_by_name_and_reason(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        names = shop.names
        await at_models(held, line="tickets", version=names.older)
        await held.press("a")
        await held.sees(f"roll back to {names.older}")
        await held.press("b", *"worse", "enter")
        await held.until(lambda: held.screen.answers["versions"]["champion"] == names.older)
        await held.sees(f"★ {names.older}")


async def test_a_frozen_version_is_acknowledged_and_a_held_line_released(shop: Shop) -> None:
    async with watching(shop, SMALL) as held:
        names = shop.names
        await at_models(held, line="chat", version=names.frozen)
        await held.press("a", "k", *"seen", "enter")
        await held.until(lambda: not held.screen.answers["lines"]["lines"][1]["frozen_versions"])
        await held.press("shift+tab", "a", "h", "enter")
        await held.until(lambda: not held.screen.answers["versions"]["held"])


async def test_a_viewer_may_look_and_changes_nothing(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop("view"), SMALL) as held:
        told = await at_models(held, {"flips": lambda **given: {}, "card": lambda **given: {}})
        await held.press("right_square_bracket")
        await held.sees("model ", "made by")
        for keys in (("a",), ("x",), ("y", "y")):
            await held.press(*keys)
            await held.sees("You may look, and not act")
            assert held.app.screen is held.screen
            held.app.heard.clear()
        assert told.asked == []


def test_only_a_verdict_against_the_present_champion_lets_a_version_replace_it() -> None:
    told = [{"verdict_id": name, "verdict": verdict, "against": against} for name, verdict, against in (
        ("r9.proof.a1", "fail", "v3"), ("r8.proof.a1", "pass", "v2"), ("r7.proof.a1", "pass", "v3"),
        ("r6.proof.a1", "pass", "v3"),
    )]  # fmt: skip
    assert passed(told, "v3") == "r7.proof.a1"
    assert passed(told, "v4") is None


async def test_a_line_without_versions_says_how_to_begin(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        async with watching(house, SMALL) as held:  # type: ignore[arg-type]
            await at_models(held)
            await held.sees("Versions of router · none yet", "`a` adopts the model that serves today")
            await held.press("c", "x", "y", "y", "v", "enter")
            await held.press("a")
            await held.sees("adopt a model for router")


async def test_what_runs_and_people_wrote_is_only_ever_letters(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        _register(house)
        await asyncio.to_thread(house.client.ask, "hold", line="router", reason=HOSTILE)
        async with watching(house, SMALL) as held:  # type: ignore[arg-type]
            await at_models(held)
            await held.sees("[@click=app.quit]x[/]")
            for _ in range(4):
                assert not set("\x1b\u202e") & set(held.text)
                await held.press("right_square_bracket")
            await held.until(lambda: "[@click=app.quit]x[/] red evil" in page(held, "about"))


def _register(house: House) -> None:
    def act(work: Work) -> None:
        bodies = decide_line(
            work.line("router"), Register("a" * 64, "r1", "made", HOSTILE, (HOSTILE,), {HOSTILE: HOSTILE}), work.at
        )
        assert isinstance(bodies, list)
        work.apply("line/router", bodies)

    house.do(lambda engine: engine.do("uid:test", act))
