"""What every dialog is: a box above the screen that Escape leaves."""

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """A box; left without a word, it answers None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave")]

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)
