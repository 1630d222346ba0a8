"""Answers reach whoever asked, and nobody else."""

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
