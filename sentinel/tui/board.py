"""The board, at the right of any screen: our versions of each line, and how they rank on the Hub."""

from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text

from sentinel.api.draw.board import draw_board
from sentinel.api.draw.pen import inked
from sentinel.domain.digest import Json
from sentinel.tui.widgets.page import Page, drawn

if TYPE_CHECKING:
    from sentinel.tui.app import Dashboard


class Board(Page):
    """Shown or hidden on every screen alike."""

    app: "Dashboard"

    def __init__(self) -> None:
        super().__init__(id="board")
        self.border_title = "Board"
        self._told: tuple[Json, int] | None = None

    def on_mount(self) -> None:
        """As it is on the other screens."""
        self.tell()

    def on_resize(self) -> None:
        """Another width is another drawing."""
        self.tell()

    def tell(self) -> None:
        """Draw what is known, where it is seen and not drawn already."""
        self.display = self.app.board_is_open
        held = (self.app.board, self.room)
        if not self.display or held == self._told:
            return
        self._told = held
        if self.app.board is None:
            self.show(Text("asking …", "dim"))
        else:
            self.show(drawn(inked(partial(draw_board, told=self.app.board, now=self.app.now()), self.room)))
