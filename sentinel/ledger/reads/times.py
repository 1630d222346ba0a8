"""Questions about time: what steps took, how runs went on, how often they are asked for, and what was expected."""

import json
from collections.abc import Collection
from typing import NamedTuple

from sentinel.ledger.reads.select import Select


class Took(NamedTuple):
    """One attempt that succeeded."""

    ms: int
    recipe: str
    step: str
    node: str
    traits: str
    inputs: str


class Went(NamedTuple):
    """What a step of a recipe came to in one run, and whether a person let its bar be passed."""

    step: str
    outcome: str | None
    lifted: bool


class Expected(NamedTuple):
    """What was expected of a run that has ended, and what came."""

    run: str
    when: str
    at: int
    start_middle: int | None
    start_bound: int | None
    end_middle: int | None
    end_bound: int | None
    started_at: int | None
    ended_at: int


class TimeReads(Select):
    """What has been takes long, and what was said about it beforehand."""

    def took(self, use: str, limit: int) -> list[Took]:
        """The last successes of a kind of step, newest first."""
        columns = "ended_at - started_at, recipe, base, node, traits, inputs"
        where = "WHERE \"use\" = ? AND state = 'succeeded' ORDER BY ended_at DESC LIMIT ?"
        return self._tuples(Took, f"SELECT {columns} FROM attempts {where}", use, limit)  # noqa: S608 - our own names

    def went(self, recipe: str, limit: int) -> list[Went]:
        """What came of each step in the last runs of a recipe that ended."""
        sql = (
            'SELECT "key", outcome, lifted FROM steps WHERE element IS NULL AND run IN '
            "(SELECT id FROM runs WHERE kind = 'recipe' AND recipe = ? AND ended_at IS NOT NULL "
            "ORDER BY num DESC LIMIT ?)"
        )
        return self._tuples(Went, sql, recipe, limit)

    def lasted(self, recipe: str, step: str, limit: int) -> list[int]:
        """How long a step took from its start to its end, in the last runs of a recipe, newest first."""
        sql = (
            "SELECT started_at, ended_at FROM steps WHERE \"key\" = ? AND outcome = 'done' AND started_at IS NOT NULL "
            "AND run IN (SELECT id FROM runs WHERE kind = 'recipe' AND recipe = ? ORDER BY num DESC LIMIT ?)"
        )
        found = sorted(self._tuples(_Time, sql, step, recipe, limit), key=lambda each: -each.ended_at)
        return [each.ended_at - each.started_at for each in found]

    def asked(self, recipe: str, line: str | None, limit: int) -> list[int]:
        """When the last runs of a recipe were asked for on a line, newest first."""
        sql = ("SELECT created_at FROM runs WHERE kind = 'recipe' AND recipe = ? AND line IS ? AND parent IS NULL "
               "ORDER BY num DESC LIMIT ?")  # fmt: skip
        return self._values(sql, recipe, line, limit)

    def sizes(self, digests: Collection[str]) -> dict[str, int]:
        """The bytes of these artifacts, as far as they are on record."""
        sql = "SELECT digest, size FROM artifacts WHERE digest IN (SELECT value FROM json_each(?))"
        held = json.dumps(sorted(digests))
        return {each.digest: each.size for each in self._tuples(_Size, sql, held)}

    def expected(self, limit: int) -> list[Expected]:
        """What was expected of runs that have ended since, the newest first."""
        sql = ('SELECT f.run, f."when", f.at, f.start_middle, f.start_bound, f.end_middle, f.end_bound, r.started_at, '
               "r.ended_at FROM forecasts f JOIN runs r ON r.id = f.run WHERE r.ended_at >= f.at "
               "AND r.state <> 'cancelled' ORDER BY f.seq DESC LIMIT ?")  # fmt: skip
        return self._tuples(Expected, sql, limit)

    def foreseen(self, run: str) -> list[str]:
        """Of a run, when it was told what is expected of it."""
        return self._values('SELECT "when" FROM forecasts WHERE run = ?', run)


class _Size(NamedTuple):
    digest: str
    size: int


class _Time(NamedTuple):
    started_at: int
    ended_at: int
