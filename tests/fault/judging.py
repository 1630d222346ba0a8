"""What must hold of a site after everything that was done to it."""

from collections import Counter, defaultdict

from sentinel.ledger import Ledger
from sentinel.ledger.doctor import doctor
from sentinel.ledger.tables import AttemptRow
from tests.fault.lives import Site, lines


def faults(site: Site) -> list[str]:
    """All that was lost, left lying, done twice at once, done twice to the outside, or is not what the events say."""
    return unfinished(site) + lost(site) + overlapping(site) + doubled(site) + undone(site) + unsound(site)


def unfinished(site: Site) -> list[str]:
    """Runs that did not come to their end."""
    with Ledger.open(site.ledger) as ledger:
        return [f"{run.id} is {run.state}: {run.why}" for run in ledger.reads.runs(limit=10_000) if run.state != "done"]


def lost(site: Site) -> list[str]:
    """Runs that were acknowledged and are not on record, and steps of those on record that nobody did."""
    with Ledger.open(site.ledger) as ledger:
        there = {run.id for run in ledger.reads.runs(limit=10_000)}
        wanted = {f"{run}.{step.key}" for run in there for step in ledger.reads.steps_of(run) if step.use == "mark"}
    forgotten = [f"{run} was acknowledged and is not on record" for run in site.acknowledged() if run not in there]
    ended = {line.split()[1] for line in lines(site.marks) if line.startswith("end")}
    return forgotten + [f"{step} was not done" for step in sorted(wanted - ended)]


def redone(site: Site) -> list[str]:
    """Steps that were begun more than once."""
    begun = Counter(line.split()[1] for line in lines(site.marks) if line.startswith("begin"))
    return [f"{step} was begun {times} times" for step, times in begun.items() if times > 1]


def overlapping(site: Site) -> list[str]:
    """Steps of which two attempts ran at once."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    begun: dict[tuple[str, str], int] = {}
    for word, step, attempt, _, at in (line.split() for line in lines(site.marks)):
        if word == "begin":
            begun[step, attempt] = int(at)
        else:
            spans[step].append((begun[step, attempt], int(at)))
    return [
        f"two attempts at {step} ran at once"
        for step, held in spans.items()
        for one, another in zip(sorted(held), sorted(held)[1:], strict=False)
        if another[0] < one[1]
    ]


def doubled(site: Site) -> list[str]:
    """Effects that were done to the outside more than once."""
    return [f"effect {key[:12]} was done {times} times" for key, times in _effects(site).items() if times > 1]


def undone(site: Site) -> list[str]:
    """Effects that are on record as done, and that the outside knows nothing of."""
    there = _effects(site)
    return [
        f"effect {each.effect[:12]} of {each.id} was never done" for each in posted(site) if each.effect not in there
    ]


def runs(site: Site) -> int:
    """How many runs are on record; a daemon may be killed before it can acknowledge one."""
    with Ledger.open(site.ledger) as ledger:
        return ledger.reads.last_run()


def in_doubt(site: Site) -> int:
    """How many attempts were lost after the outside had seen their effect, or at least one of them had."""
    with Ledger.open(site.ledger) as ledger:
        held = [each for run in ledger.reads.runs(limit=10_000) for each in ledger.reads.attempts_of(run.id)]
    return sum(each.state == "lost" and each.effect is not None for each in held)


def posted(site: Site) -> list[AttemptRow]:
    """The attempts that succeeded in doing an effect."""
    with Ledger.open(site.ledger) as ledger:
        held = [each for run in ledger.reads.runs(limit=10_000) for each in ledger.reads.attempts_of(run.id)]
    return [each for each in held if each.effect is not None and each.state == "succeeded"]


def unsound(site: Site) -> list[str]:
    """What the doctor finds: rows that the events do not make, sums that do not add up."""
    return doctor(site.ledger).faults


def _effects(site: Site) -> Counter[str]:
    return Counter(lines(site.outside))
