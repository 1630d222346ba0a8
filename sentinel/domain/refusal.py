"""A no, with its reason: what was wrong, where, and what to do next."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was not carried out. A value, returned by every `decide`."""

    code: str
    what: str
    where: str = ""
    todo: str = ""

    def __str__(self) -> str:
        """The sentence that a person reads: what, where, what to do next."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.code}: {self.what}" + (f" {self.todo}" if self.todo else "")


class Refused(Exception):
    """A refusal on its way up through a shell that cannot return it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def refuse(code: str, what: str, *, where: str = "", todo: str = "") -> Refused:
    """The exception of a refusal, to be raised."""
    return Refused(Refusal(code, what, where, todo))
