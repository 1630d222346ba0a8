"""A table that grows at its end: it keeps to the end, or stands still while somebody reads."""

from collections.abc import Sequence

from textual.message import Message

from sentinel.tui.widgets.grid import Column, Grid, Row


class Growing(Grid):
    """Whoever goes up reads; whoever goes to the end follows."""

    class Turned(Message):
        """It follows now, or stands still."""

    def __init__(self, columns: Sequence[Column], *, id: str | None = None) -> None:
        super().__init__(columns, id=id)
        self.follows = True

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows. Who reads sees the same ones as before, whatever came above them."""
        was, at, top = self.cursor, self._at, self.scroll_offset.y
        super().show(rows)
        if self.follows:
            self.to_end()
        elif was is not None and self.cursor is not None and self.cursor.key == was.key and self._at != at:
            self.scroll_to(y=top + self._at - at, animate=False, immediate=True)

    def to_end(self) -> None:
        """Keep to the end from now on."""
        self._turn(True)
        super()._go(len(self.seen) - 1)
        self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True)

    def stand_still(self) -> None:
        """Keep to what is seen from now on."""
        self._turn(False)

    def resized(self) -> None:
        """Another height has another end."""
        super().resized()
        if self.follows:
            self.scroll_to(y=self.max_scroll_y, animate=False)

    def on_mouse_scroll_up(self) -> None:
        """Who scrolls up reads."""
        self.stand_still()

    def _go(self, place: int) -> None:
        self._turn(place >= len(self.seen) - 1)
        super()._go(place)

    def _turn(self, follows: bool) -> None:
        if follows != self.follows:
            self.follows = follows
            self.post_message(self.Turned())
