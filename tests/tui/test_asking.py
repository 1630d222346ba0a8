"""Answers reach whoever asked, and nobody else."""

import pytest
from textual.message import Message

from sentinel.tui.known.asking import Asker, Wish
from tests.tui.house import Shop
from tests.tui.watching import LARGE, watching


async def test_the_board_is_drawn_from_its_own_answer_beside_any_screen(shop: Shop) -> None:
    """Each answer to a screen was taken for the board's too, and a board that was opened then fell over it."""
    async with watching(shop, LARGE) as held:
        held.app.go("rotation")
        await held.settle()
        await held.press("b")
        await held.sees("acme/chat", "the Hub's boards were read")
        await held.press("j")
        await held.sees("acme/chat")


async def test_what_a_screen_is_refused_is_said_on_that_screen_alone(shop: Shop) -> None:
    """It was told over it a second time, for as long as a notice stays."""
    async with watching(shop, LARGE) as held:
        held.app.go("models")
        await held.settle()
        await held.press("y")
        await held.sees(f"{shop.names.rejected} has written no card.")
        assert len(held.app.heard) == 0


async def test_whatever_a_screen_wants_to_know_is_asked_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each screen with a mount of its own had two that asked."""
    asked: list[tuple[object, str, str]] = []

    async def ask(self: Asker, name: str, wish: Wish) -> Message:
        asked.append((self._wishes.__self__, wish.route, str(wish.given)))  # type: ignore[attr-defined]
        return await asks(self, name, wish)

    asks = Asker._ask
    monkeypatch.setattr(Asker, "_ask", ask)
    async with watching(shop, LARGE) as held:
        for key in held.app.places:
            await held.press(key)
        assert asked and not {each for each in asked if asked.count(each) > 1}
