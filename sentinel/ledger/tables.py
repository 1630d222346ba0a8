"""The rows that queries read, one class a table. Times are UTC in ms; columns called like JSON hold its text."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sentinel.ledger.journal_rows import AliasMoveRow, FireRow, ForecastRow, RankRow, VerdictRow


class HouseRow(NamedTuple):
    """The workspace's files in force, as a whole, and the daemon that holds the ledger."""

    id: str
    commit: str | None
    dirty: bool
    broken: str
    daemon: int | None


class FileRow(NamedTuple):
    """A file of the workspace: the digest in force, and the digest of a broken edit of it."""

    path: str
    digest: str | None
    broken: str | None


class AlertRow(NamedTuple):
    """An alert that stands."""

    id: str
    kind: str
    about: str
    sentence: str
    raised_at: int


class NodeRow(NamedTuple):
    """A node and what it offers."""

    node: str
    cpus: int
    gpus: int
    gpu_memory: int
    memory: int


class PlanRow(NamedTuple):
    """A plan on record; the plan itself is in the event that kept it."""

    digest: str
    recipe: str
    line: str | None
    steps: int
    source: str


class ArtifactRow(NamedTuple):
    """An artifact on record, in the store unless `dropped` says why not."""

    digest: str
    kind: str
    size: int
    attempt: str
    kept_at: int
    dropped: str | None


class RunRow(NamedTuple):
    """One execution of a plan. `num` is the number in its id, by which runs are ordered and paged."""

    id: str
    num: int
    recipe: str
    line: str | None
    plan: str
    state: str
    kind: str
    priority: int
    trigger: str
    reason: str
    actor: str
    inputs: str
    only: str | None
    parent: str | None
    parent_step: str | None
    purpose: str | None
    commit: str | None
    dirty: bool
    why: str
    ending: str | None
    round: int
    created_at: int
    started_at: int | None
    ended_at: int | None
    running_since: int | None
    ran_ms: int
    gpu_ms: int


class StepRow(NamedTuple):
    """One node of a run, or one element of a node with `each`. `position` is its place in the file."""

    run: str
    key: str
    position: int
    element: int | None
    act: str
    use: str
    state: str
    outcome: str | None
    why: str
    tries: int
    lost: int
    live: str | None
    waits_for: str | None
    until: int | None
    outputs: str
    elements: int | None
    child: str | None
    verdict: str | None
    lifted: bool
    looks: int
    unset: bool
    source: str | None
    started_at: int | None
    ended_at: int | None


class AttemptRow(NamedTuple):
    """One try of a step. `step` is the key, with its element; `base` the step of the file."""

    id: str
    run: str
    step: str
    base: str
    recipe: str
    state: str
    node: str
    gpus: str
    started_at: int
    ended_at: int | None
    inputs: str
    key: str | None
    effect: str | None
    outputs: str
    says: str
    error: str | None
    receipt: str | None
    cpu_ms: int
    peak_memory: int
    use: str
    traits: str
    """What its time may depend on, by name."""


class LineRow(NamedTuple):
    """A line, and what keeps it still."""

    line: str
    champion: str | None
    adopted: bool
    held: str | None
    frozen: str | None


class VersionRow(NamedTuple):
    """A model of a line."""

    line: str
    id: str
    model: str
    run: str
    step: str
    label: str
    pins: str
    registered_at: int
    frozen: str | None
    rejected: str | None
    cites: str
    was_champion: bool


class AliasRow(NamedTuple):
    """Which version an alias of a line stands for."""

    line: str
    alias: str
    version: str


class LineageRow(NamedTuple):
    """Where a version comes from: a parent version, its own model, or an input that its pins name by port."""

    line: str
    child: str
    parent: str
    kind: str


class LooksRow(NamedTuple):
    """How often gates have judged on the same documents of a set."""

    line: str
    set: str
    documents: str
    looks: int
    last_of: str
    last_at: int


class TriggerRow(NamedTuple):
    """A trigger's stream: what it is for, and how far its slots are accounted for."""

    stream: str
    recipe: str
    line: str | None
    kind: str
    params: str
    armed: bool
    accounted: int
    fired: int
    last_run: str | None
    last_reason: str


class WatchRow(NamedTuple):
    """How a trigger that gathers evidence stands."""

    stream: str
    feed: str
    champion: str | None
    signals: int
    standing: str
    since: int
    reason: str
    numbers: str | None
    silent: bool


class FeedRow(NamedTuple):
    """A line's set and metric, and the baseline that it is held to there."""

    feed: str
    line: str
    rate: float | None
    spread: float | None
    rows: float | None
    signals: int | None
    because: str
    set_at: int


class SignalRow(NamedTuple):
    """One measurement of a feed, of so much right of n or of a mean."""

    feed: str
    id: str
    value: float
    n: float
    variance: float | None
    version: str | None
    of: str
    first: int
    last: int
    taken_at: int
    late: bool


class DeliveryRow(NamedTuple):
    """One effect in the outbox."""

    id: str
    num: int
    state: str
    effect: str
    target: str
    key: str
    content: str
    attempts: int
    live: str | None
    next_at: int
    why: str
    maybe_sent: bool
    receipt: str | None
    intended_at: int


class SendingRow(NamedTuple):
    """A delivery that sends something of a line to the Hub: what it does there, of which model, for which run."""

    delivery: str
    num: int
    target: str
    key: str
    line: str | None
    run: str
    act: str
    model: str
    submission: str
    request: bool
    datasets: str


class BoardRow(NamedTuple):
    """What was last read of the Hub's boards for a line."""

    line: str
    rejected: str
    unread: str
    seen: str
    read_at: int


class PlaceRow(NamedTuple):
    """Where a repository of a line stands on a board, and since when."""

    line: str
    repo: str
    dataset: str
    derived: bool
    rank: int | None
    of: int
    value: float | None
    since: int


class OutcomeRow(NamedTuple):
    """A label of one served answer, for one reason."""

    name: str
    line: str
    id: str
    at: int
    value: float
    counts: bool
    why: str
    chance: float | None
    version: str | None
    answer: str | None
    label: str | None
    due: int
    taken_at: int
    actor: str
    again: str
    number: int | None
    slot: int | None
    late: bool


class SettlingRow(NamedTuple):
    """How far a line's outcomes have settled, and how far the file that brings them has been read."""

    line: str
    closed: int
    next: int
    file: str | None
    head: str | None
    offset: int
    taken: int
    lines: int
    faulty: int
    fault: str


Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its row, its key, the column that names the stream it is made from, and which columns are flags."""

    name: str
    row: type[Row]
    columns: tuple[str, ...]
    key: tuple[str, ...]
    owner: str | None
    flags: tuple[int, ...]
    state: int | None
    keyed: tuple[int, ...]


def _table(name: str, row: Any, *key: str, owner: str | None = None) -> Table:
    columns: tuple[str, ...] = row._fields
    flags = tuple(index for index, column in enumerate(columns) if row.__annotations__[column] is bool)
    state = columns.index("state") if "state" in columns else None
    return Table(name, row, columns, key, owner, flags, state, tuple(columns.index(column) for column in key))


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table("house", HouseRow, "id"),
        _table("files", FileRow, "path"),
        _table("alerts", AlertRow, "id"),
        _table("nodes", NodeRow, "node"),
        _table("plans", PlanRow, "digest", owner="digest"),
        _table("artifacts", ArtifactRow, "digest", owner="digest"),
        _table("runs", RunRow, "id", owner="id"),
        _table("steps", StepRow, "run", "key", owner="run"),
        _table("attempts", AttemptRow, "run", "id", owner="run"),
        _table("lines", LineRow, "line", owner="line"),
        _table("versions", VersionRow, "line", "id", owner="line"),
        _table("aliases", AliasRow, "line", "alias", owner="line"),
        _table("lineage", LineageRow, "line", "child", "parent", "kind", owner="line"),
        _table("looks", LooksRow, "line", "set", "documents", owner="line"),
        _table("triggers", TriggerRow, "stream", owner="stream"),
        _table("watches", WatchRow, "stream", owner="stream"),
        _table("feeds", FeedRow, "feed", owner="feed"),
        _table("signals", SignalRow, "feed", "id", owner="feed"),
        _table("outcomes", OutcomeRow, "name", owner="name"),
        _table("settlings", SettlingRow, "line", owner="line"),
        _table("deliveries", DeliveryRow, "id", owner="id"),
        _table("sendings", SendingRow, "delivery", owner="delivery"),
        _table("boards", BoardRow, "line", owner="line"),
        _table("places", PlaceRow, "line", "repo", "dataset", "derived", owner="line"),
        _table("ranks", RankRow, "seq", owner="line"),
        _table("verdicts", VerdictRow, "seq", owner="run"),
        _table("alias_moves", AliasMoveRow, "seq", owner="line"),
        _table("fires", FireRow, "seq", owner="trigger"),
        _table("forecasts", ForecastRow, "seq", owner="run"),
    )
}
TABLE_OF: dict[type[Row], Table] = {table.row: table for table in TABLES.values()}

TABLES_OF: dict[str, tuple[str, ...]] = {
    "house": ("house", "files", "alerts", "nodes"),
    "plan": ("plans",),
    "artifact": ("artifacts",),
    "run": ("runs", "steps", "attempts", "verdicts", "forecasts"),
    "line": ("lines", "versions", "aliases", "lineage", "looks", "alias_moves"),
    "trigger": ("triggers", "watches", "fires"),
    "feed": ("feeds", "signals"),
    "outcome": ("outcomes",),
    "settling": ("settlings",),
    "delivery": ("deliveries", "sendings"),
    "board": ("boards", "places", "ranks"),
}
"""The tables that each aggregate's streams are made into, by the first word of the stream's name."""
