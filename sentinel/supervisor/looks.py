"""Looks at sets: counted with each verdict, across runs, and told of once a set has been looked at too often."""

from sentinel.domain.line.decide import Cited, Look
from sentinel.domain.line.decide import decide as decide_line
from sentinel.domain.line.events import SetLookedAt
from sentinel.domain.looks import ENOUGH
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
