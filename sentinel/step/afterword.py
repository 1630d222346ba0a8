"""What a gate adds to what a check found: which look at the set this was, and how long the labels take it asks for."""

from dataclasses import replace

from sentinel.domain.digest import Json
from sentinel.domain.looks import ENOUGH
from sentinel.domain.quantity import DAY, rough_duration
from sentinel.domain.verdict import Finding

_LONGEST = 20 * 365 * DAY


def with_afterword(found: Finding, reads: Json) -> Finding:
    """A finding that says in its evidence which look at its set this is, and in its next act how long that takes."""
    if not isinstance(found.evidence, dict) or not isinstance(found.evidence.get("set"), str):
        return found
    return _paced(_looked(found, found.evidence, reads or {}), reads or {})


def _looked(found: Finding, evidence: dict[str, Json], reads: dict[str, Json]) -> Finding:
    name, documents = evidence["set"], evidence.get("documents")
    if documents is None or not (reads.get("line") or {}).get("name"):
        return found
    look = (reads.get("looks") or {}).get(name, {}).get(documents, 0) + 1
    allowed = ((reads["line"].get("sets") or {}).get(name) or {}).get("looks", ENOUGH)
    told = replace(found, evidence={**evidence, "look": look, "looks": allowed})
    if look <= allowed:
        return told
    worn = f" `{name}` is past its looks: this was look {look} of {allowed} at the same documents."
    return replace(told, sentence=found.sentence + worn)


def _paced(found: Finding, reads: dict[str, Json]) -> Finding:
    more, name, metric = (found.evidence.get(key) for key in ("n_more", "set", "metric"))
    held = ((reads.get("baseline") or {}).get(name) or {}).get(metric) or {}
    per_day = held.get("per_day")
    if found.verdict != "inconclusive" or not found.todo or not isinstance(more, int) or not per_day:
        return found
    took = more / per_day * DAY
    span = rough_duration(round(took)) if took < _LONGEST else "more than twenty years"
    return replace(found, todo=f"{found.todo} At {per_day * 7:.0f} labels a week that takes {span}.")
