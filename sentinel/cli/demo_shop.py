"""The demo's shop: its tickets day by day, of which people read some that judge; the rest is exported."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sentinel.domain.digest import Json, digest_of

BASELINE, AFTER = 28, 10
"""Days on which nothing moves, and days of a new product line."""
AUDITED = 1 / 6
"""The share of tickets that people read: it judges, and never trains."""
WHOLE, SMALL = (300, 8, 40), (140, 2, 16)
"""Tickets a day, product lines, and days before the baseline."""
LATELY = 8
"""Days that the canary looks back."""
NEW_LINE, NEW_SHARE = "heatpump", 0.15
CORRUPT = {
    "labels": ("swapped labels", "distribution", "means has moved"),
    "unit": ("amounts in cents", "distribution", "the median of `amount`"),
    "flood": ("a flood of one queue", "label_balance", "The labels are not what they were"),
}
"""How an export may be broken: what that is called, the check that has to see it, and words it has to say."""
Ticket = dict[str, Json]


@dataclass
class Shop:
    """What the shop has on record, and what has been let out of it so far."""

    place: Path
    seed: int
    per_day: int
    lines: int
    """Product lines that it sells, five queues each."""
    before: int
    """Days of tickets that the first router learns from."""
    today: datetime
    days: list[list[Ticket]] = field(default_factory=list)
    """The tickets of each day, the oldest first."""

    def open(self) -> None:
        """Invent all tickets; export those from before the baseline, and set some of them aside to judge by."""
        total = self.before + BASELINE + AFTER
        begin = self.today - timedelta(days=total)
        usual = self._invented(self.seed, begin, self.before + BASELINE)
        later = self._invented(self.seed + 1000, begin + timedelta(days=self.before + BASELINE), AFTER, NEW_LINE)
        self.days = [
            *_by_day(usual, begin, self.before + BASELINE),
            *_by_day(later, begin + timedelta(days=self.before + BASELINE), AFTER),
        ]
        first = [ticket for day in self.days[: self.before] for ticket in day]
        (self.place / "shop").mkdir()
        (self.place / "sets").mkdir()
        self._write("sets/regression.jsonl", [_judged(ticket) for ticket in first if self._is_audited(ticket)])
        self._write(
            "sets/canary.jsonl", [_judged(ticket) for ticket in self.days[self.before] if self._is_audited(ticket)]
        )
        self._write("sets/days.jsonl", [
            {**_judged(ticket), "slice": f"{number:02}"}
            for number, day in enumerate(self.days[self.before:]) for ticket in day if self._is_audited(ticket)
        ])  # fmt: skip
        self.export(self.before)

    def export(self, until: int, corrupt: str | None = None) -> None:
        """Let the shop's export know the tickets of the first days, less what judges; or break them first."""
        rows = [ticket for day in self.days[:until] for ticket in day if not self._is_audited(ticket)]
        self._write("shop/tickets.jsonl", rows if corrupt is None else self._corrupted(rows, corrupt))

    def day(self, number: int) -> tuple[datetime, datetime]:
        """When a day after those that the first router learned from began and ended."""
        begin = self.today - timedelta(days=BASELINE + AFTER - number)
        return begin, begin + timedelta(days=1)

    def live(self, number: int) -> None:
        """A day has gone by: its tickets can be exported, and those that were read are in the canary."""
        self.export(self.before + number + 1)
        lately = self.days[self.before + max(0, number + 1 - LATELY) : self.before + number + 1]
        self._write(
            "sets/canary.jsonl", [_judged(ticket) for day in lately for ticket in day if self._is_audited(ticket)]
        )

    def _is_audited(self, ticket: Ticket) -> bool:
        """Whether a person reads it: by its number, and not by what it says."""
        return int(digest_of(ticket["id"])[:8], 16) < AUDITED * 2**32

    def _invented(self, seed: int, begin: datetime, days: int, added: str | None = None) -> list[Ticket]:
        more = ["--add", added, "--share", str(NEW_SHARE)] if added is not None else []
        return self._run(["--seed", str(seed), "--days", str(days), "--per-day", str(self.per_day),
                          "--lines", str(self.lines),
                          "--begin", begin.date().isoformat(), *more])  # fmt: skip

    def _corrupted(self, rows: list[Ticket], how: str) -> list[Ticket]:
        given = "".join(json.dumps(row) + "\n" for row in rows)
        return self._run(["--seed", str(self.seed), "--corrupt", how, "--read"], given)

    def _run(self, argv: list[str], given: str = "") -> list[Ticket]:
        script = self.place / "programs" / "generate.py"
        told = subprocess.run(
            [sys.executable, str(script), *argv], input=given, capture_output=True, text=True, check=True, timeout=120
        )
        return [json.loads(line) for line in told.stdout.splitlines()]

    def _write(self, name: str, rows: list[Ticket]) -> None:
        """Put a file in place as a whole: the daemon may look at any moment."""
        path = self.place / name
        aside = path.with_name(f".{path.name}")
        aside.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        aside.replace(path)


def shop(place: Path, seed: int, size: tuple[int, int, int]) -> Shop:
    """An open shop in a workspace."""
    per_day, lines, before = size
    opened = Shop(
        place, seed, per_day, lines, before, datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    opened.open()
    return opened


def _by_day(rows: list[Ticket], begin: datetime, days: int) -> list[list[Ticket]]:
    found: list[list[Ticket]] = [[] for _ in range(days)]
    for row in rows:
        found[(datetime.fromisoformat(row["created"]) - begin).days].append(row)
    return found


def _judged(ticket: Ticket) -> Ticket:
    """A ticket as the router sees it, with the queue that a person put it into."""
    return {"id": ticket["id"], "text": f"{ticket['subject']}\n{ticket['body']}", "label": ticket["queue"]}
