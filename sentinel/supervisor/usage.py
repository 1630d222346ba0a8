"""What a step is told of a line's usage: up to which moment it may look, and the labels that had settled by then.

The moment is that of the run's round, so that an attempt that is tried again looks at the very same world.
"""

from sentinel.domain.digest import Json
from sentinel.domain.plan import PlannedStep
from sentinel.domain.run.state import Run
from sentinel.ledger.reads.outcomes import LABEL
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.work import Work

MOST = 10_000
"""Labels that are told, the newest ones: more would hold up the daemon."""
_PREFIX = "credential:"


def usage_facts(work: Work, run: Run, step: PlannedStep, catalogue: Catalogue) -> Json:
    """The moment; the newest labels, as JSON, where the step has rows made of them; whether there may be more."""
    to = max(run.step(step.id).fresh_from, run.started_at or run.created_at)
    line = catalogue.lines.get(run.line or "", {})
    if run.line is None or step.use != "resolve" or not _is_asked(step.gives, line):
        return {"to": to}
    found = work.ledger.reads.settled_until(run.line, to, MOST)
    return {"to": to, "keys": list(LABEL), "labels": found.labels, "cut": found.rows == MOST}


def _is_asked(gives: Json, line: Json) -> bool:
    sets = any(each["source"] == "outcomes" for each in (line.get("sets") or {}).values() if "source" in each)
    rows = any(each["source"] == "usage" for each in line.get("data") or ())
    return ("sets" in gives and sets) or ("rows" in gives and rows)


def secrets_of(run: Run, step: PlannedStep, catalogue: Catalogue) -> tuple[str, ...]:
    """The credentials of a step: those that it names, and those that sentinel.yaml names for what it looks after."""
    line = catalogue.lines.get(run.line or "", {})
    named = {
        "line.salt": (line.get("salt") or "").removeprefix(_PREFIX) or None, "hub.token": _token(line, catalogue),
        "board.token": catalogue.hub_token,
    }  # fmt: skip
    found = [named.get(name, name) for name in step.secrets]
    if "hub.token" in step.secrets:
        found += [(source.get("token") or "").removeprefix(_PREFIX) or None for source in line.get("data") or ()]
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _token(line: Json, catalogue: Catalogue) -> str | None:
    """The hub's, where the line has its base or its rows there."""
    rows = any(source["source"] == "hub" for source in line.get("data") or ())
    return catalogue.hub_token if rows or "hub" in (line.get("base") or {}) else None
