"""What must hold of a site after everything that was done to it."""

import os
from collections import Counter, defaultdict

from lives import Site
from sentinel.ledger.doctor import examine
from sentinel.ledger.ledger import Ledger


def unfinished(site: Site) -> list[str]:
    """Runs that did not come to their end."""
    with Ledger.open(site.ledger) as ledger:
        return [f"{run.id} is {run.state}: {run.why}" for run in ledger.reads.runs(limit=10_000) if run.state != "done"]


def redone(site: Site) -> list[str]:
    """Steps that were begun more than once, or that overlapped with themselves."""
    lines = [line.split() for line in _lines(site.marks)]
    begun = Counter(step for word, step, *_ in lines if word == "begin")
    return [f"{step} was begun {times} times" for step, times in begun.items() if times > 1]


def overlapping(site: Site) -> list[str]:
    """Steps of which two attempts ran at once."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    open_at: dict[tuple[str, str], int] = {}
    for word, step, _, pid, at in (line.split() for line in _lines(site.marks)):
        if word == "begin":
            open_at[step, pid] = int(at)
        else:
            spans[step].append((open_at.pop((step, pid)), int(at)))
    return [
        f"two attempts at {step} ran at once"
        for step, held in spans.items()
        for one, next_one in zip(sorted(held), sorted(held)[1:], strict=False)
        if next_one[0] < one[1]
    ]


def missing(site: Site, runs: int) -> list[str]:
    """Steps that no run may do without, and that nobody did."""
    ended = {line.split()[1] for line in _lines(site.marks) if line.startswith("end")}
    wanted = {f"r{run}.{step}" for run in range(1, runs + 1) for step in ("one", "two", "beside")}
    return sorted(wanted - ended)


def doubled(site: Site) -> list[str]:
    """Effects that the outside saw more than once."""
    seen = Counter(_lines(site.outside / "log"))
    return [f"effect {key[:12]} was done {times} times" for key, times in seen.items() if times > 1]


def effects(site: Site) -> int:
    """How many effects the outside saw."""
    return len(set(_lines(site.outside / "log")))


def unsound(site: Site) -> list[str]:
    """What doctor finds: rows that the events do not make, sums that do not add up."""
    return [str(each) for each in examine(site.ledger).problems]


def _lines(path: os.PathLike[str]) -> list[str]:
    try:
        with open(path) as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []
