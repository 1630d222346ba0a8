"""Gates: the list, a verdict whole, two beside each other, and the documents behind one, by keys alone."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from sentinel.api.peers import VIEW
from sentinel.contract.attempt import AttemptOut
from sentinel.data.flips import flips
from sentinel.domain.artifact import Artifact
from sentinel.domain.refusal import Refusal
from sentinel.store import Store
from sentinel.tui.screen import DashboardScreen
from tests.tui.history import Names
from tests.tui.hostile import Hostile
from tests.tui.house import Shop
from tests.tui.watching import SMALL, Watching, watching
from tests.unit.api.house import House

SAID = {"sentence", "gate", "recipe", "check", "todo", "line", "against", "version", "set", "text", "how"}


class Run(DashboardScreen):
    """Remembers what it was asked to show."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: Mapping[str, str] = {}

    def focus_on(self, **what: str) -> None:
        self.shown = what


def stand_in(watch: Watching) -> Run:
    """A screen in the place of the one of runs."""
    run = Run()
    watch.app._known["run"] = run
    watch.app.install_screen(run, "run")
    return run


async def see(watch: Watching, verdict: str) -> None:
    """Look at a verdict."""
    watch.app.visit("gates", verdict=verdict)
    await watch.until(lambda: type(watch.screen).__name__ == "Gates")
    await watch.settle()
    await watch.sees(f" {verdict} ")


async def test_the_chosen_verdict_is_shown_whole_and_enter_opens_its_run(shop: Shop, names: Names) -> None:
    async with watching(shop) as watch:
        await watch.go("gates")
        await watch.sees("Verdicts · 31", "r66.integrity.a1", "All 8 checks passed.", "tickets")
        await watch.press("j", "j")
        await watch.sees("r64.proof.a1", "floor on holdout", "0.879 in 0.863 … 0.894, the bar 0.800", "━●━")
        await watch.sees("-3.8 points in -5.0 … -2.7, the margin -2.0", "won 12, lost 58 (5.8% disagree) · α 0.05")
        await watch.sees("look 5 of 20", "→ Give the next candidate more rows of it", names.candidate)
        assert "asked 4" not in watch.text
        await watch.press("f")
        await watch.sees("all evidence", "asked 4")
        await watch.press("f")
        assert "asked 4" not in watch.text
        asks = {
            "kind": "person",
            "run": names.rejected,
            "step": "proof",
            "says": "is it good enough?",
            "line": None,
            "since": None,
            "todo": "",
            "version": None,
            "about": "lifecycle",
        }
        watch.app.attention = (asks,)
        await watch.press("a")
        await watch.sees("approve", "is it good enough?")
        await watch.press("escape")
        run = stand_in(watch)
        await watch.press("enter")
        await watch.until(lambda: watch.screen is run)
        assert run.shown == {"run": names.rejected, "step": "proof"}


async def test_list_and_verdict_can_both_be_used_in_a_small_terminal(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watch:
        await see(watch, names.proof)
        rows = [line for line in watch.text.splitlines() if "r64 " in line and "promotion" in line]
        assert "✗ fail" in rows[0]
        assert "no_regression" not in watch.text.split("floor on holdout")[1]
        await watch.press("tab", "G")
        await watch.sees("n 60 · look 4 of 20", "Verdicts")
        await watch.press("z", "g")
        await watch.sees("floor on holdout", "no_regression on holdout")
        assert "Verdicts" not in watch.text
        await watch.press("right_square_bracket")
        await watch.sees("r64.integrity.a1")
        await watch.press("escape")
        await watch.sees("Verdicts · 31", "r64.integrity.a1")
        await watch.press("escape")
        assert type(watch.screen).__name__ == "Overview"


async def test_two_verdicts_stand_beside_each_other_until_they_are_left(shop: Shop, names: Names) -> None:
    async with watching(shop) as watch:
        await see(watch, names.proof)
        await watch.press("c")
        await go_to(watch, names.passed)
        await watch.press("c")
        await watch.sees(f"A {names.proof} beside B {names.passed}", "no_regression on holdout", "fail became pass")
        await watch.sees("the estimate moved by +5.7 points", "look 5 became 3", "won 34, lost 12")
        marked = [line.split()[0].strip("│") for line in watch.text.splitlines() if line.startswith(("│A", "│B"))]
        assert marked == ["A", "B"]
        await go_to(watch, names.doubted)
        await watch.sees(f"A {names.proof} beside B {names.passed}")
        await watch.press("c")
        await watch.sees(f"A {names.proof} beside B {names.doubted}", "fail became inconclusive")
        await watch.press("c", "c")
        await watch.sees(f"A {names.proof} beside B {names.doubted}")
        await watch.press("escape")
        assert " beside B " not in watch.text
        assert names.doubted in watch.text


async def go_to(watch: Watching, verdict: str) -> None:
    """Put the cursor on a verdict, which leaves what is compared in its place."""
    cast(Any, watch.screen.query_one("#verdicts")).grid.go_to(verdict)
    await watch.settle()


async def test_flips_are_computed_said_meanwhile_and_shown(shop: Shop, names: Names) -> None:
    shop.client.ask("cancel", run=names.running)
    async with watching(shop) as watch:
        await see(watch, names.proof)
        await watch.press("x")
        await watch.sees(f"Flips · A {names.candidate} beside B {names.champion}", "flips")
        run = next(each["run"] for each in shop.client.ask("queue")["runs"] if each["recipe"] == "flips")
        await watch.until(lambda: shop.client.ask("show", run=run)["state"] == "running")
        await watch.sees(f"{run}  running  asked")
        end_flips(shop, run)
        await watch.sees("B is right", "holdout", "A BETTER", "12        58")
        await watch.press("tab", "G")
        await watch.sees("And 34 more: `m`.")
        await watch.press("m", "G")
        await watch.until(lambda: "more: `m`" not in watch.text)
        await watch.press("escape")
        await watch.sees("floor on holdout")
        await watch.press("x")
        await watch.sees("A BETTER")
        assert sum(each["recipe"] == "flips" for each in shop.client.ask("runs", limit=500, all=True)["runs"]) == 1


def end_flips(shop: Shop, run: str, refused: Refusal | None = None) -> None:
    """Do what its worker would."""
    (attempt,) = shop.client.ask("show", run=run)["steps"][0]["attempts"]
    name = attempt["attempt"]
    if refused is not None:
        shop.house.do(lambda engine: engine.ended(AttemptOut(name, "refused", error=refused), "refused"))
        return
    store = Store(shop.workspace / ".sentinel" / "store")
    held = shop.client.ask("show", run=run)["inputs"]
    one, other = (store.path(held[port]["digest"]) for port in ("one", "other"))
    folder = shop.root / "answer"
    folder.mkdir()
    (folder / "answer.json").write_text(json.dumps(flips(one, other, None, 1000)), encoding="utf-8")
    kept = store.put(folder)
    artifact = Artifact("RawSnapshot", kept.digest)
    out = AttemptOut(name, "succeeded", {"rows": (artifact,)}, {kept.digest: kept.size})
    shop.house.do(lambda engine: engine.ended(out, "succeeded"))
    shutil.rmtree(folder)


async def test_flips_that_come_to_nothing_say_why_and_can_be_asked_for_again(shop: Shop, names: Names) -> None:
    shop.client.ask("cancel", run=names.running)
    async with watching(shop) as watch:
        await see(watch, names.proof)
        await watch.press("x")

        def asked() -> list[str]:
            return [each["run"] for each in shop.client.ask("queue")["runs"] if each["recipe"] == "flips"]

        await watch.until(asked)
        (run,) = asked()
        await watch.until(lambda: shop.client.ask("show", run=run)["state"] == "running")
        end_flips(shop, run, Refusal("E-not-comparable", "The two reports have no set in common."))
        await watch.sees("They could not be laid side by side.", "no set in common")
        await watch.press("x")
        await watch.until(lambda: asked() and asked() != [run])


async def test_where_two_models_cannot_be_laid_side_by_side_it_says_why(shop: Shop, names: Names) -> None:
    async with watching(shop) as watch:
        await watch.go("gates")
        await watch.press("x", "a")
        assert "This verdict is about rows" in watch.said and "Nothing can be done to it from here." in watch.said
        await see(watch, names.froze)
        cast(Any, watch.screen)._judged.known[names.froze]["against"] = "v0000"
        await watch.press("x")
        await watch.says("no version and no alias")
        await watch.until(lambda: "Flips" not in watch.text)
        watch.app.visit("gates", verdict="r1.proof.a9")
        await watch.sees("There is no verdict 'r1.proof.a9'.")
        await watch.press("j")
        await watch.until(lambda: "r1.proof.a9" not in watch.text)


async def test_whoever_may_only_look_sees_all_and_asks_for_nothing(
    open_shop: Callable[[str | None], Shop], names: Names
) -> None:
    shop = open_shop(VIEW)
    async with watching(shop) as watch:
        await see(watch, names.proof)
        await watch.press("x", "a")
        assert watch.said.count("You may look, and not act.") == 2
        assert "Flips" not in watch.text
        assert not any(each["recipe"] == "flips" for each in shop.client.ask("runs", limit=500, all=True)["runs"])


async def test_older_verdicts_come_with_m(shop: Shop, names: Names) -> None:
    import sentinel.tui.screens.gates as gates

    kept, gates._PAGE = gates._PAGE, 9
    try:
        async with watching(shop) as watch:
            await watch.go("gates")
            await watch.sees("Verdicts · 9 · m shows more")
            await watch.press("m")
            await watch.sees("Verdicts · 18 · m shows more")
            await see(watch, names.doubted)
            await watch.sees("Verdicts · 19 · m shows more")
            await watch.press("m")
            await watch.sees("Verdicts · 27 · m shows more")
            await watch.press("m")
            await watch.sees("Verdicts · 31 ─", names.doubted)
    finally:
        gates._PAGE = kept


async def test_no_word_of_a_verdict_drives_the_terminal(shop: Shop, names: Names) -> None:
    async with watching(shop, SMALL) as watch:
        watch.app.client = Hostile(shop.workspace, SAID)
        await see(watch, names.proof)
        await watch.press("c", "j", "j", "j", "j", "c")
        await watch.sees("[@click=app.quit]gone[/]")
        assert not {"\x1b", "\x07", "\u202e"} & set(watch.text)
        assert max(map(len, watch.text.splitlines())) <= 80
        await watch.press("escape", "f")
        await watch.sees("[@click=app.quit]gone[/]")


async def test_where_nothing_was_judged_it_says_what_to_do(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        async with watching(cast(Shop, house), SMALL) as watch:
            await watch.go("gates")
            await watch.sees("no gate has judged yet", "A run judges where its recipe has a gate")
            await watch.press("j", "enter", "c", "x", "f", "m", "z", "z")
            await watch.sees("no gate has judged yet")
