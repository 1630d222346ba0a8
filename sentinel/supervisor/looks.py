"""Looks at sets: counted with each verdict, across runs, and told of once a set has been looked at too often."""

from sentinel.domain.digest import Json
from sentinel.domain.line.decide import Cited, Look
from sentinel.domain.line.decide import decide as decide_line
from sentinel.domain.line.events import SetLookedAt
from sentinel.domain.looks import ENOUGH
from sentinel.domain.plan import GatePlan, PlannedCheck
from sentinel.domain.refusal import Refusal
from sentinel.domain.streams import stream_of
from sentinel.supervisor.alerts import alert, all_clear
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.work import Work


def count_looks(work: Work, line: str, cited: Cited, catalogue: Catalogue) -> None:
    """Count a verdict as one look at each set that it rests on."""
    decided = decide_line(work.line(line), Look(cited), work.at)
    if isinstance(decided, Refusal):
        return
    work.apply(stream_of("line", line), decided)
    for body in decided:
        if isinstance(body, SetLookedAt):
            _tell(work, line, body, looks_of(catalogue, line, body.set))


def looks_of(catalogue: Catalogue, line: str, name: str) -> int:
    """How many looks a set of a line stands."""
    told = ((catalogue.lines.get(line) or {}).get("sets") or {}).get(name) or {}
    allowed: int = told.get("looks", ENOUGH)
    return allowed


def looks_so_far(work: Work, catalogue: Catalogue, line: str, gate: GatePlan) -> list[Json]:
    """How often gates have judged on each set that a gate judges on, by the documents that they judged on last."""
    found: list[Json] = []
    every = work.line(line).looks
    for name in dict.fromkeys(_set(check) for check in gate.checks):
        if name is None:
            continue
        held = [looks for (each, _), looks in every.items() if each == name]
        last = max(held, key=lambda looks: (looks.last_at, looks.times), default=None)
        found.append({
            "set": name, "looks": last.times if last is not None else 0, "of": looks_of(catalogue, line, name),
        })  # fmt: skip
    return found


def _set(check: PlannedCheck) -> str | None:
    params = check.params if isinstance(check.params, dict) else {}
    name = params.get("set")
    return name if isinstance(name, str) else None


def _tell(work: Work, line: str, body: SetLookedAt, allowed: int) -> None:
    about = f"{line}.{body.set}"
    if body.look > allowed:
        sentence = (
            f"Gates have judged on the same documents of `{body.set}` more than {allowed} times: "
            "a pass on it says less each time. Put fresh documents in their place."
        )
        alert(work, "looks", about, sentence)
    else:
        all_clear(work, "looks", about, "other documents are in their place")
