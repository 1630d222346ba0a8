"""Benchmarks of the Hub, and which of our measurements is one of theirs: told by a map, and never guessed."""

from collections.abc import Iterable
from dataclasses import dataclass

PERCENT, SHARE = "percent", "share"
_FACTOR = {PERCENT: 100.0, SHARE: 1.0}
_DIGITS = {PERCENT: 4, SHARE: 6}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark's dataset and task on the Hub, and what has to have been measured to be it."""

    of: str
    """The line's set, or lm-eval's task."""
    metric: str
    dataset: str
    task: str
    scale: str
    filter: str | None = None
    shots: int | None = None
    documents: int | None = None
    """How many there are, where it is known: fewer are another measurement."""
    bundled: bool = False
    """Whether it is the task as lm-eval comes with it, and not one of this name among a line's own files."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a report says of one set or task: a value between 0 and 1 with its interval, and how it was asked."""

    of: str
    metric: str
    value: float
    lower: float
    upper: float
    n: int
    filter: str | None = None
    shots: int | None = None
    limit: int | None = None
    bundled: bool = False
    by: str = ""
    """With what it was measured, in words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A score as the Hub's board takes it, with the interval that it has here."""

    of: str
    metric: str
    dataset: str
    task: str
    scale: str
    value: float
    """In the benchmark's own scale."""
    score: float
    lower: float
    upper: float
    n: int
    notes: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """What of a report may go to a board, what may not though a benchmark is named for it, and what nobody named."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...]
    unnamed: tuple[str, ...]


def mapped(measured: Iterable[Measured], benchmarks: Iterable[Benchmark]) -> Mapping:
    """Hold each measurement against the map. What differs in metric, filter, shots or documents is a fault."""
    known = tuple(benchmarks)
    entries, faults, unnamed = list[Entry](), list[str](), list[str]()
    for each in measured:
        named = [one for one in known if one.of == each.of and (each.bundled or not one.bundled)]
        if not named:
            unnamed.append(each.of)
            continue
        wrong = [_difference(each, one) for one in named]
        fits = [one for one, why in zip(named, wrong, strict=True) if why is None]
        outside = _outside(each)
        if outside is not None:
            faults.append(outside)
        elif fits:
            entries += [_entry(each, one) for one in fits]
        else:
            faults += [f"`{each.of}` is not {one.dataset}, {one.task}: {why}."
                       for one, why in zip(named, wrong, strict=True)]  # fmt: skip
    return Mapping(tuple(entries), (*faults, *_twice(entries)), tuple(unnamed))


def _twice(entries: Iterable[Entry]) -> Iterable[str]:
    """A benchmark has one score: where two measurements come to the same one, which is it?"""
    first: dict[tuple[str, str], str] = {}
    for each in entries:
        other = first.setdefault((each.dataset, each.task), each.of)
        if other != each.of:
            yield f"`{other}` and `{each.of}` are both {each.dataset}, {each.task}."


def _difference(measured: Measured, benchmark: Benchmark) -> str | None:
    """Why a measurement is not this benchmark; None where it is."""
    if measured.metric != benchmark.metric:
        return f"its metric is {benchmark.metric}, and {measured.metric} was measured"
    if measured.filter != benchmark.filter:
        return f"its filter is {benchmark.filter or 'none'}, and {measured.filter or 'none'} was measured"
    if benchmark.shots is not None and measured.shots != benchmark.shots:
        return f"it is asked with {benchmark.shots} shots, and {_or_none(measured.shots)} were given"
    if measured.limit is not None:
        return f"only the first {measured.limit} of its documents were asked"
    if benchmark.documents is not None and measured.n != benchmark.documents:
        return f"it has {benchmark.documents} documents, and {measured.n} were asked"
    return None


def _or_none(number: int | None) -> str:
    return "none" if number is None else str(number)


def _outside(measured: Measured) -> str | None:
    held = (measured.lower, measured.value, measured.upper)
    if all(0 <= each <= 1 for each in held) and measured.n > 0:
        return None
    return f"`{measured.of}` is {measured.value:g} on {measured.n} documents, which no score between 0 and 1 is."


def _entry(measured: Measured, benchmark: Benchmark) -> Entry:
    value = round(measured.value * _FACTOR[benchmark.scale], _DIGITS[benchmark.scale])
    return Entry(
        measured.of, measured.metric, benchmark.dataset, benchmark.task, benchmark.scale, value, measured.value,
        measured.lower, measured.upper, measured.n, _notes(measured, benchmark.scale),
    )  # fmt: skip


def _notes(measured: Measured, scale: str) -> str:
    low, high = (round(each * _FACTOR[scale], _DIGITS[scale]) for each in (measured.lower, measured.upper))
    told = [measured.metric]
    if measured.filter:
        told.append(f"filter {measured.filter}")
    if measured.shots is not None:
        told.append(f"{measured.shots}-shot")
    told.append(f"{measured.n} documents, 95 % interval {low:g} to {high:g}")
    return ", ".join([*told, *([measured.by] if measured.by else [])])
