"""The verdicts that a screen knows of, the newest first: they come a page at a time, and do not change."""

from dataclasses import dataclass, field

from sentinel.api.draw.moments import ago
from sentinel.domain.digest import Json
from sentinel.tui.marks import BOLD, DIM, LIVE, Cell, state
from sentinel.tui.widgets.grid import Column, Row

_SHORT = 12
COLUMNS = (
    Column("", most=1, least=1), Column("gate", most=18), Column("verdict", most=14), Column("run", most=8),
    Column("line", most=14, rank=1), Column("when", most=12, rank=2), Column("recipe", most=14, rank=5),
    Column("subject", most=17, rank=4), Column("why", most=300, least=16, rank=3, grows=True),
)  # fmt: skip


@dataclass
class Judged:
    """Verdicts by their ids."""

    known: dict[str, Json] = field(default_factory=dict)
    last: str | None = None
    """The oldest from which on none is missing."""
    more: bool = False
    """Whether there are older ones."""

    def newest(self, verdicts: list[Json], more: bool) -> None:
        """Keep the newest. Where so many are new that some between were missed, what was known is forgotten."""
        newest = max((row["seq"] for row in self.known.values()), default=0)
        if self.last is not None and verdicts and verdicts[-1]["seq"] > newest:
            self.known, self.last = {}, None
        self._keep(verdicts)
        if self.last is None and verdicts:
            self.last, self.more = verdicts[-1]["verdict_id"], more

    def older(self, verdicts: list[Json], more: bool) -> None:
        """Keep those before the last."""
        self._keep(verdicts)
        self.last, self.more = verdicts[-1]["verdict_id"] if verdicts else self.last, more

    def one(self, verdict: Json) -> None:
        """Keep one, however old it is."""
        self.known.setdefault(verdict["verdict_id"], verdict)

    def _keep(self, verdicts: list[Json]) -> None:
        self.known |= {row["verdict_id"]: row for row in verdicts}

    def rows(self, marked: list[str], at: int) -> list[Row]:
        """A row each; those that are compared have a letter."""
        marks = dict(zip(marked, "AB", strict=False))
        held = sorted(self.known.values(), key=lambda row: -row["seq"])
        return [_row(row, marks.get(row["verdict_id"], ""), at) for row in held]


def _row(told: Json, mark: str, at: int) -> Row:
    subject = told["version"] or (told["subject"] or "")[:_SHORT]
    cells = (Cell(mark, LIVE), told["gate"], state(told["verdict"]), Cell(told["run"], BOLD), told["line"] or "",
             Cell(ago(told["at"], at), DIM, -told["at"]), Cell(told["recipe"] or "", DIM), Cell(subject, DIM),
             told["sentence"])  # fmt: skip
    return Row(told["verdict_id"], cells, told)
