"""The log of a run, of a step or of an attempt, as it is written: it follows its end, or stands still."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static
from textual.worker import Worker

from sentinel.domain.text import plain
from sentinel.tui.known.tail import Tail, Which, Written
from sentinel.tui.widgets.grid import Column, Grid
from sentinel.tui.widgets.growing import Growing
from sentinel.tui.widgets.listing import Listing

if TYPE_CHECKING:
    from sentinel.tui.app import Dashboard


class Log(Vertical):
    """The last lines, and below them the one under the cursor, whole, where it stands still."""

    app: "Dashboard"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f", "follow", "follow")]

    def __init__(self) -> None:
        super().__init__(id="run-log")
        self.tail: Tail | None = None
        self._listening: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """The lines, and the one that is too long for them."""
        yield Listing("Log", _COLUMNS, id="log-lines", empty="nothing is written yet", kind=Growing)
        yield Static(markup=False, id="log-line")

    @property
    def grid(self) -> Growing:
        """The lines."""
        return self.query_one(Growing)

    def read(self, which: Which) -> None:
        """Read this one; one that is being read goes on."""
        if self._listening is not None and self.tail is not None and self.tail.which == which:
            return
        if self.tail is None or self.tail.which != which:
            self.query_one(Listing).show([])
        self.leave()
        self.tail = Tail(self.app.client, which, self.post_message)
        self._listening = self.run_worker(self.tail.listen(), name="reading")
        self._tell()

    def leave(self) -> None:
        """Read no more."""
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    def on_written(self, message: Written) -> None:
        """There is more to read."""
        message.stop()
        self._tell()

    def action_follow(self) -> None:
        """Keep to the end, or stand still."""
        if self.grid.follows:
            self.grid.stand_still()
        else:
            self.grid.to_end()

    def on_growing_turned(self) -> None:
        """What came meanwhile is shown, or is only counted from now on."""
        self._tell()

    @on(Grid.Moved)
    def moved(self, event: Grid.Moved) -> None:
        """Another line is the one that is read."""
        event.stop()
        self._tell_line()

    def _tell(self) -> None:
        if self.tail is None:
            return
        grid = self.grid
        listing = self.query_one(Listing)
        if grid.follows or not grid.rows:
            listing.show(list(self.tail.lines.rows))
        listing.rename(self._title(self.tail, grid))
        self._tell_line()

    def _title(self, tail: Tail, grid: Growing) -> str:
        if tail.refusal is not None:
            return f"{tail.refusal.what} {tail.refusal.todo}".strip()
        shown = int(grid.rows[-1].key) + 1 if grid.rows else 0
        words = [_of(tail.which)]
        words += [f"the last of {shown}"] if shown > len(grid.rows) else []
        words += ["it has ended"] if tail.ended else ["it follows"] if grid.follows else []
        words += [f"{tail.lines.count - shown} came since: f follows"] if not grid.follows else []
        return " · ".join(words)

    def _tell_line(self) -> None:
        """The line under the cursor, where one reads and it does not fit."""
        cursor = self.grid.cursor
        line = str(cursor.what) if cursor is not None else ""
        whole = self.query_one("#log-line", Static)
        whole.display = not self.grid.follows and len(line) > self.size.width - _BESIDE
        if whole.display and whole.content != (shown := plain(line)):
            whole.update(shown)


_BESIDE = 20
_COLUMNS = (Column("by", most=16, rank=1), Column("line", most=10_000, least=20, grows=True))


def _of(which: Which) -> str:
    if which.step is None:
        return f"Log of {which.run}"
    return f"Log of {which.step}" + (f" a{which.attempt}" if which.attempt is not None else "")
