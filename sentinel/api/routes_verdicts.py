"""Routes about verdicts: the list, and one with its evidence."""

import json
from collections.abc import Sequence
from functools import partial

from sentinel.api.peers import VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.api.routes_watch import known_run
from sentinel.domain.digest import Json
from sentinel.domain.line.state import Line
from sentinel.domain.refusal import Refused, refuse
from sentinel.domain.streams import stream_of
from sentinel.ledger import Ledger
from sentinel.ledger.journal_rows import VerdictRow
from sentinel.ledger.tables import RunRow

_MOST = 1000
_AT_ONCE, _LOOKS = 200, 100
"""So many verdicts are looked through in one look for those of a gate or of a line, and in so many looks."""


async def verdicts(ask: Ask) -> Json:
    """Verdicts, the latest first, of one run or of all; of one gate, and of the runs of one line; or on one subject."""
    given, limit = ask.given, max(1, min(ask.given["limit"], _MOST))
    if given["subject"] is not None:
        on = await ask.site.look(lambda ledger: ledger.reads.verdicts_on(given["subject"], limit + 1))
        return {"verdicts": await ask.site.look(partial(_told, rows=on[:limit])), "more": len(on) > limit}
    before = await ask.site.look(partial(_before, run=given["run"], verdict=given["before"]))
    narrow = given["gate"] is not None or given["line"] is not None
    size = _AT_ONCE if narrow else limit + 1
    found: list[VerdictRow] = []
    for _ in range(_LOOKS):
        page, last = await ask.site.look(partial(_page, ask=ask, before=before, limit=size))
        found += page
        before = last
        if len(found) > limit or last is None:
            break
    more = len(found) > limit or before is not None
    return {"verdicts": await ask.site.look(partial(_told, rows=found[:limit])), "more": more}


def _before(ledger: Ledger, run: str | None, verdict: str | None) -> int | None:
    """The place on record of the verdict before which to look."""
    if run is not None:
        known_run(ledger, run)
    if verdict is None:
        return None
    row = ledger.reads.verdict(verdict)
    if row is None:
        raise _unknown(verdict)
    return row.seq


def _page(ledger: Ledger, ask: Ask, before: int | None, limit: int) -> tuple[list[VerdictRow], int | None]:
    """The verdicts of a page that are asked for, and where the next one begins; None where this is the last."""
    gate, line = ask.given["gate"], ask.given["line"]
    page = ledger.reads.verdicts(ask.given["run"], limit, before)
    found = [row for row in page if gate in (None, row.gate) and line in (None, _line_of(ledger, row, line))]
    return found, page[-1].seq if len(page) == limit else None


def _line_of(ledger: Ledger, verdict: VerdictRow, line: str | None) -> str | None:
    row = ledger.reads.run_row(verdict.run) if line is not None else None
    return row.line if row is not None else None


async def verdict(ask: Ask) -> Json:
    """One verdict with its evidence."""

    def look(ledger: Ledger) -> Json:
        row = ledger.reads.verdict(ask.given["id"])
        if row is None:
            raise _unknown(ask.given["id"])
        body = json.loads(row.body)
        (told,) = _told(ledger, [row])
        return {**told, "checks": body["findings"], "artifact": body["artifact"]}

    return await ask.site.look(look)


def _unknown(verdict: str) -> Refused:
    return refuse("E-unknown-verdict", f"There is no verdict {verdict!r}.", todo="`sentinel verdicts` lists them.")


def _told(ledger: Ledger, rows: Sequence[VerdictRow]) -> list[Json]:
    """Verdicts, each with the recipe and the line of its run, and the version of that line that was judged."""
    runs = {row.run: ledger.reads.run_row(row.run) for row in rows}
    return [_verdict(ledger, row, runs[row.run]) for row in rows]


def _verdict(ledger: Ledger, row: VerdictRow, run: RunRow | None) -> Json:
    recipe, line = (run.recipe, run.line) if run is not None else (None, None)
    return {
        "verdict_id": row.id, "seq": row.seq, "run": row.run, "step": row.step, "recipe": recipe, "line": line,
        "gate": row.gate, "verdict": row.verdict, "sentence": row.sentence, "subject": row.subject,
        "version": _version(ledger, line, row.subject), "against": row.against, "round": row.round, "at": row.at,
    }  # fmt: skip


def _version(ledger: Ledger, line: str | None, model: str | None) -> str | None:
    """The latest version of a line that has a model."""
    if line is None or model is None:
        return None
    held: Line = ledger.state(stream_of("line", line))
    version = held.version_of(model)
    return version.id if version is not None else None


_WORD = Param("word")

ROUTES = (
    Route(
        "verdicts", VIEW,
        {
            "run": _WORD, "gate": _WORD, "line": _WORD, "subject": _WORD, "before": _WORD,
            "limit": Param("whole", default=20),
        },
        verdicts,
    ),
    Route("verdict", VIEW, {"id": Param("word", required=True)}, verdict),
)  # fmt: skip
