"""A feed: one line's signals on one set by one metric, and the baseline that the line is held to there."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf

from sentinel.domain.digest import digest_of
from sentinel.domain.event import Happened, on_record
from sentinel.domain.moment import format_moment
from sentinel.domain.names import is_metric
from sentinel.domain.quantity import DAY
from sentinel.domain.refusal import Refusal

_NUMBER = r"([0-9]{1,15}(?:\.[0-9]{1,15})?)"
_MEASURE = re.compile(rf"{_NUMBER}(?::{_NUMBER})?/{_NUMBER}")
_WIDEST = 0.25
_ROUNDING = 1e-9
TIME, SETTLED, DOCUMENTS = "time", "settled", "documents"
"""What a signal's range counts: moments in ms, outcomes by the numbers under which they settled, or documents by the
order in which they were scored."""
MOST_DOCUMENTS = 50_000
_NAME = 12


@dataclass(frozen=True, slots=True)
class Signal:
    """One measurement: so much right of n, or a mean of n with the variance of its rows, over a half-open range."""

    id: str
    value: float
    n: float
    variance: float | None
    version: str | None
    """The version that answered, where it is known."""
    of: str
    first: int
    last: int
    taken_at: int = 0
    late: bool = False
    """Whether a later one was there already."""

    @property
    def rate(self) -> float:
        """The share that was right, or the mean."""
        return self.value if self.variance is not None else self.value / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a line is expected to deliver on a set, and the signals that say so."""

    rate: float
    spread: float
    rows: float
    variance: float
    counts: bool
    signals: int
    """How many of the feed's signals, in the order of their coming, had gone by when it was set."""


@on_record
@dataclass(frozen=True, slots=True)
class SignalTaken(Happened):
    """A measurement of a line came in."""

    id: str
    value: float
    n: float
    variance: float | None
    version: str | None
    of: str
    first: int
    last: int
    late: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """What an evaluation says of a model on one set, and of which documents."""

    set: str
    metric: str
    model: str
    value: float
    n: float
    variance: float | None
    documents: tuple[str, ...]
    """The name of each."""


@on_record
@dataclass(frozen=True, slots=True)
class EvaluationTaken(Happened):
    """An evaluation of a version came in: of these documents, which count once."""

    id: str
    value: float
    n: float
    variance: float | None
    version: str
    first: int
    last: int
    documents: tuple[str, ...]


@on_record
@dataclass(frozen=True, slots=True)
class BaselineSet(Happened):
    """What a line is held to, from now on: learned, risen with evidence, or accepted by a person."""

    baseline: Baseline
    because: str
    reason: str


@dataclass(frozen=True, slots=True)
class Feed:
    """The signals by id, in the order in which they came, and the baseline."""

    name: str
    signals: dict[str, Signal] = field(default_factory=dict)
    baseline: Baseline | None = None
    because: str = ""
    set_at: int = 0
    documents: frozenset[str] = frozenset()
    """The documents of its evaluations."""

    def since(self, number: int) -> list[Signal]:
        """The signals that came after the first so many."""
        return list(self.signals.values())[number:]

    @property
    def latest(self) -> Signal | None:
        """The signal that came last."""
        return next(reversed(self.signals.values()), None)


def feed_name(line: str, set: str, metric: str) -> str:
    """The name of a feed. None of the three holds a dot."""
    return f"{line}.{set}.{metric}"


def parse_measure(text: str) -> tuple[float, float, float | None]:
    """The value, n and variance of `91/100`, or of `0.83:0.02/40`, a mean and the variance of its rows."""
    found = _MEASURE.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            "a measure is written like 91/100; or a mean, the variance of its rows and n like 0.83:0.02/40"
        )
    value, variance, n = found.groups()
    return float(value), float(n), None if variance is None else float(variance)


def evolve(feed: Feed, body: Happened, at: int, actor: str = "") -> Feed:
    """The feed after one more event."""
    match body:
        case SignalTaken(id=id, value=value, n=n, variance=variance, version=version):
            rows = None if variance is None else float(variance)
            signal = Signal(id, float(value), float(n), rows, version, body.of, body.first, body.last, at, body.late)
            return replace(feed, signals={**feed.signals, id: signal})
        case EvaluationTaken(id=id, version=version, documents=documents):
            rows = None if body.variance is None else float(body.variance)
            signal = Signal(
                id, float(body.value), float(body.n), rows, version, DOCUMENTS, body.first, body.last, taken_at=at
            )  # fmt: skip
            return replace(feed, signals={**feed.signals, id: signal}, documents=feed.documents | frozenset(documents))
        case BaselineSet(baseline=baseline, because=because):
            return replace(feed, baseline=baseline, because=because, set_at=at)
    raise TypeError(f"{type(body).__name__} is no event of a feed")


def signal_id(value: float, n: float, of: str, first: int, last: int) -> str:
    """The id of a signal that was given none: what it says of which range."""
    return f"s{digest_of([value, n, of, first, last])[:16]}"


def take(feed: Feed, signal: Signal, at: int) -> list[Happened] | Refusal:
    """The events of a signal that comes in: none where it is there already, a refusal where it counts a thing twice."""
    held = feed.signals.get(signal.id)
    if held is not None:
        return [] if _same(held, signal) else _other(feed, held)
    if signal.last <= signal.first:
        return Refusal("E-range", "A signal counts from one moment to a later one.", todo="Turn --from and --to round.")
    if signal.first < 0 or (signal.of == TIME and signal.last > at + DAY):
        span = f"{shown(signal.of, signal.first)} to {shown(signal.of, signal.last)}"
        return Refusal("E-range", f"{span} has not been.",
                       todo="Give the time in which it was measured: a signal cannot be taken back.")  # fmt: skip
    fault = _unfit(signal.value, signal.n, signal.variance)
    if fault is not None:
        return fault
    if signal.of == TIME and any(each.of == SETTLED for each in feed.signals.values()):
        return Refusal("E-signal", f"{feed.name} is measured from outcomes by now: this would count them twice.",
                       todo="Send what is measured elsewhere as a set of its own.")  # fmt: skip
    if feed.documents:
        return _mixed(feed)
    measured = {each.variance is None for each in feed.signals.values()}
    if measured and measured != {signal.variance is None}:
        return Refusal("E-signal", f"The signals of {feed.name} are {'counts' if True in measured else 'means'}.",
                       todo="Give all signals of a set alike.")  # fmt: skip
    across = next((each for each in feed.signals.values() if _overlap(each, signal)), None)
    if across is not None:
        span = f"{shown(across.of, across.first)} to {shown(across.of, across.last)}"
        return Refusal("E-overlap", f"Signal {across.id} has counted {span} already.",
                       todo="Each outcome counts once: send what came after it, or the same id again.")  # fmt: skip
    late = any(each.of == signal.of and each.first >= signal.last for each in feed.signals.values())
    return [
        SignalTaken(signal.id, signal.value, signal.n, signal.variance, signal.version, signal.of, signal.first,
                    signal.last, late)
    ]  # fmt: skip


def _unfit(value: float, n: float, variance: float | None) -> Refusal | None:
    """Why these are no measure, where they are none."""
    if variance is not None and not 0 <= variance <= _WIDEST * max(1.0, n / max(n - 1, 1)) + _ROUNDING:
        return Refusal("E-signal", f"A measure in 0..1 has no variance of {variance:g}.",
                       todo="Write MEAN:VARIANCE/N, with the variance of the rows.")  # fmt: skip
    if not 0 <= value <= (n if variance is None else 1) + _ROUNDING or not 0 <= n < inf:
        return Refusal("E-signal", f"{value:g} of {n:g} is no share.", todo="Write K/N, or a mean in 0..1.")
    return None


def document_name(document: str) -> str:
    """The short name under which a feed remembers a document."""
    return digest_of(document)[:_NAME]


def take_evaluation(feed: Feed, scored: Scored, version: str) -> list[Happened] | Refusal:
    """The events of an evaluation that comes in: none where it is there already, a refusal where a document was."""
    fault = _unfit(scored.value, scored.n, scored.variance)
    if fault is not None:
        return fault
    documents = tuple(sorted(set(scored.documents)))
    if not 0 < len(documents) <= MOST_DOCUMENTS or scored.n <= 0 or not is_metric(scored.metric):
        what = f"An evaluation by {scored.metric[:40]!r} of {len(documents)} documents is no signal."
        return Refusal("E-signal", what, todo=f"Name the metric, and 1 to {MOST_DOCUMENTS} documents.")
    id = f"e{digest_of([version, list(documents)])[:16]}"
    if id in feed.signals:
        return []  # the same documents once more tell nothing new, whatever a sampled answer was this time
    again = len(feed.documents.intersection(documents))
    if again:
        return Refusal("E-overlap", f"{feed.name} has counted {again} of these {len(documents)} documents.",
                       todo="Each document counts once: score what has come since.")  # fmt: skip
    if any(each.of != DOCUMENTS for each in feed.signals.values()):
        return _mixed(feed)
    value, variance, first = scored.value, scored.variance, len(feed.documents)
    if variance is None and any(each.variance is not None for each in feed.signals.values()):
        # where earlier ones were means, so is this: its every score happens to be 0 or 1
        rate = scored.value / scored.n
        value, variance = rate, rate * (1 - rate) * (scored.n / (scored.n - 1) if scored.n > 1 else 1.0)
    elif variance is not None and any(each.variance is None for each in feed.signals.values()):
        return Refusal("E-signal", f"The signals of {feed.name} are counts, and this is a mean.",
                       todo="Score a set by one metric, or name another set.")  # fmt: skip
    return [EvaluationTaken(id, value, scored.n, variance, version, first, first + len(documents), documents)]


def _mixed(feed: Feed) -> Refusal:
    last = feed.latest
    ways = {TIME: "measured elsewhere", SETTLED: "measured from outcomes", DOCUMENTS: "measured by evaluations"}
    known = ways[last.of] if last is not None else ways[DOCUMENTS]
    return Refusal("E-signal", f"{feed.name} is {known}: this may count the same answers twice.",
                   todo="Send what is measured another way as a set of its own.")  # fmt: skip


def _same(one: Signal, other: Signal) -> bool:
    return replace(one, taken_at=0, late=False) == replace(other, taken_at=0, late=False)


def _other(feed: Feed, held: Signal) -> Refusal:
    what = f"{feed.name} has a signal {held.id} already, which says {held.value:g} of {held.n:g}."
    return Refusal("E-signal-id", what, todo="A signal never changes: give another id, and a range of its own.")


def _overlap(one: Signal, other: Signal) -> bool:
    return one.of == other.of and one.first < other.last and other.first < one.last


def shown(of: str, value: int) -> str:
    """An end of a signal's range, in words."""
    return format_moment(value) if of == TIME else f"{'outcome' if of == SETTLED else 'document'} {value}"


def counted(signals: Iterable[Signal], version: str | None) -> list[Signal]:
    """The signals that speak of a version: those that name it, and those that name none."""
    return [each for each in signals if each.n > 0 and each.version in (None, version)]
