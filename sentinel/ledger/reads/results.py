"""Questions about what there is already: results by reuse key, effects that are done, artifacts, times, verdicts."""

import json
from dataclasses import dataclass
from typing import NamedTuple

from sentinel.domain.digest import Json
from sentinel.domain.form import from_json
from sentinel.domain.verdict import Verdict
from sentinel.ledger.journal_rows import VerdictRow
from sentinel.ledger.reads.runs import PAGE
from sentinel.ledger.reads.select import Select
from sentinel.ledger.tables import ArtifactRow, AttemptRow, DeliveryRow

_LOOKED_AT = 50
"""How many results of one key are looked at for one that is still kept."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an earlier attempt gave: each port's artifacts as they are in events."""

    attempt: str
    outputs: Json


@dataclass(frozen=True, slots=True)
class Done:
    """An effect that is done: by which attempt or delivery, and what the outside answered."""

    by: str
    receipt: Json


class Reported(NamedTuple):
    """A report that is kept, the step of a recipe that made it, and what was on that step's ports, as JSON."""

    report: str
    recipe: str
    step: str
    inputs: str


class ResultReads(Select):
    """What earlier attempts have left."""

    def find_result(self, key: str, since: int = 0) -> Result | None:
        """The newest success with this reuse key whose artifacts are all still kept; none that began before `since`."""
        where = "WHERE \"key\" = ? AND state = 'succeeded' AND started_at >= ? ORDER BY ended_at DESC LIMIT ?"
        for attempt in self._all(AttemptRow, where, key, since, _LOOKED_AT):
            outputs = json.loads(attempt.outputs)
            if all(self._is_kept(artifact["digest"]) for held in outputs.values() for artifact in held):
                return Result(attempt.id, outputs)
        return None

    def find_effect(self, key: str) -> Done | None:
        """The effect of this key, where it is on record as done."""
        attempt = self._one(AttemptRow, "WHERE effect = ? AND state = 'succeeded'", key)
        if attempt is not None:
            return Done(attempt.id, _json(attempt.receipt))
        delivery = self._one(DeliveryRow, "WHERE \"key\" = ? AND state = 'done' ORDER BY rowid", key)
        return None if delivery is None else Done(delivery.id, _json(delivery.receipt))

    def artifacts(
        self, kind: str | None = None, limit: int = PAGE, before: tuple[int, str] | None = None
    ) -> list[ArtifactRow]:
        """What the store keeps, newest first; the next page begins before the last one's (kept_at, digest)."""
        narrow: list[tuple[str, list[int | str]]] = [("kind = ?", [kind])] if kind is not None else []
        if before is not None:
            narrow.append(("(kept_at, digest) < (?, ?)", [*before]))
        where = "".join(f" AND {clause}" for clause, _ in narrow)
        values = [value for _, held in narrow for value in held]
        rest = f"WHERE dropped IS NULL{where} ORDER BY kept_at DESC, digest DESC LIMIT ?"
        return self._all(ArtifactRow, rest, *values, limit)

    def reported(self, digest: str, of: int, limit: int = PAGE) -> list[Reported]:
        """Among the newest `of` reports those whose step had an artifact of this digest on a port, newest first."""
        newest = "SELECT digest, attempt FROM artifacts WHERE kind = 'EvalReport' AND dropped IS NULL " \
                 "ORDER BY kept_at DESC, digest DESC LIMIT ?"  # fmt: skip
        sql = f"SELECT made.digest, a.recipe, a.base, a.inputs FROM ({newest}) AS made " \
              "CROSS JOIN attempts AS a ON a.id = made.attempt WHERE instr(a.inputs, ?) > 0 LIMIT ?"  # noqa: S608 # fmt: skip
        return self._tuples(Reported, sql, of, digest, limit)

    def artifact(self, digest: str) -> ArtifactRow | None:
        """One artifact, kept or dropped."""
        return self._one(ArtifactRow, "WHERE digest = ?", digest)

    def artifacts_named(self, start: str, limit: int = 2) -> list[ArtifactRow]:
        """The artifacts whose digest begins so: two where it is not enough to tell them apart."""
        return self._all(ArtifactRow, "WHERE digest >= ? AND digest < ? LIMIT ?", start, f"{start}g", limit)

    def verdicts(self, run: str | None = None, limit: int = PAGE, before: int | None = None) -> list[VerdictRow]:
        """The latest verdicts, newest first, of a run or of all; the next page begins before the last one's `seq`."""
        last = before if before is not None else 2**62
        if run is not None:
            return self._all(VerdictRow, "WHERE run = ? AND seq < ? ORDER BY seq DESC LIMIT ?", run, last, limit)
        return self._all(VerdictRow, "WHERE seq < ? ORDER BY seq DESC LIMIT ?", last, limit)

    def verdicts_on(self, subject: str, limit: int = PAGE, line: str | None = None) -> list[VerdictRow]:
        """The latest verdicts on one model or dataset, newest first; of a line, those in runs of its recipes."""
        if line is None:
            return self._all(VerdictRow, "WHERE subject = ? ORDER BY seq DESC LIMIT ?", subject, limit)
        of = "run IN (SELECT id FROM runs WHERE id = verdicts.run AND line = ? AND kind = 'recipe')"
        return self._all(VerdictRow, f"WHERE subject = ? AND {of} ORDER BY seq DESC LIMIT ?", subject, line, limit)

    def verdict(self, attempt: str) -> VerdictRow | None:
        """The verdict that an attempt gave."""
        return self._one(VerdictRow, "WHERE id = ?", attempt)

    def _is_kept(self, digest: str) -> bool:
        found = self.artifact(digest)
        return found is not None and found.dropped is None


def verdict_of(row: VerdictRow) -> Verdict:
    """The whole verdict of a row, with its findings."""
    return from_json(Verdict, json.loads(row.body))


def _json(text: str | None) -> Json:
    return None if text is None else json.loads(text)
