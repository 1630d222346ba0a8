"""The runs, a page after the other: the latest are asked for again as they change, older ones now and then."""

from collections.abc import Mapping

from sentinel.domain.digest import Json
from sentinel.tui.known.asking import Wish

_PAGE = 100
_MOST = 50
"""So many pages are leafed back."""


class RunList:
    """Which pages are wanted, and what is known by them."""

    def __init__(self) -> None:
        self.asked_too = False
        """With the runs that verbs have asked for."""
        self._before: list[str] = []

    def wishes(self, older: bool) -> dict[str, Wish]:
        """The latest page; the older ones too."""
        given = {"limit": _PAGE, "all": self.asked_too}
        pages = {f"runs {each}": Wish("runs", {**given, "before": each}, every=60) for each in self._before if older}
        return {"runs": Wish("runs", given, ("run/",)), **pages}

    def known(self, answers: Mapping[str, Json]) -> list[Json]:
        """The runs that are known, the latest first."""
        told = [answers[name] for name in reversed(list(self.wishes(True))) if name in answers]
        found = {run["run"]: run for page in told for run in page["runs"]}
        return sorted(found.values(), key=lambda run: -number_of(run["run"]))

    def more(self, answers: Mapping[str, Json]) -> bool:
        """Whether there are older ones."""
        last = answers.get(list(self.wishes(True))[-1])
        return last is not None and bool(last["more"]) and len(self._before) < _MOST

    def leaf(self, answers: Mapping[str, Json]) -> None:
        """Ask for the next page."""
        if self.more(answers):
            self._before.append(self.known(answers)[-1]["run"])

    def turn(self) -> None:
        """With what verbs have asked for, or without."""
        self.asked_too, self._before = not self.asked_too, []


def number_of(run: str) -> int:
    """The number in a run's id."""
    return int(run[1:])


def neighbour(known: list[int], number: int, by: int) -> int | None:
    """The run before or after one: among those that are known, or beyond where they end, the next number."""
    if by > 0:
        after = [each for each in known if each > number]
        return (min(after) if number >= min(known) else number + 1) if after else None
    before = [each for each in known if each < number]
    return max(before) if before else number - 1 if number > 1 else None
