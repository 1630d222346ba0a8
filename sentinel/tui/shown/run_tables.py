"""The tables about runs: all of them, and what one took, made, judged and sent."""

from collections.abc import Iterator, Mapping, Sequence

from sentinel.api.draw.moments import ago, clock, took
from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_size
from sentinel.tui.marks import BAD, BOLD, DIM, LIVE, WARN, Cell, state
from sentinel.tui.widgets.grid import Column, Row
from sentinel.tui.widgets.page import Line

RUNS = (
    Column("run", most=10), Column("recipe", most=20), Column("line", most=16, rank=2), Column("state", most=17),
    Column("took", most=10, right=True, rank=1), Column("asked", most=16, rank=3), Column("by", most=16, rank=4),
    Column("why", most=200, least=12, grows=True),
)  # fmt: skip
ARTIFACTS = (
    Column("step", most=20, least=6), Column("way", most=4), Column("port", most=16, least=6),
    Column("kind", most=14, least=6), Column("size", most=10, right=True), Column("kept", most=14, rank=3),
    Column("digest", most=64, least=12, grows=True),
)  # fmt: skip
VERDICTS = (
    Column("gate", most=24), Column("verdict", most=16), Column("round", most=5, right=True, rank=2),
    Column("when", most=14, rank=1), Column("why", most=200, least=16, grows=True),
)  # fmt: skip
SENT = (
    Column("delivery", most=10), Column("act", most=12), Column("to", most=40, least=10), Column("state", most=14),
    Column("tries", most=5, right=True, rank=2), Column("what came of it", most=200, least=14, grows=True),
)  # fmt: skip
_SENT = {"trying": ("▸ on its way", LIVE), "waiting": ("· waits", WARN), "given-up": ("✗ given up", BAD)}


def run_row(run: Json, now: int) -> Row:
    """A run among others."""
    lasted = (run["ended_at"] or now) - run["started_at"] if run["started_at"] is not None else -1
    return Row(
        run["run"],
        (
            Cell(run["run"], BOLD, int(run["run"][1:])), run["recipe"], run["line"] or "", state(run["state"]),
            Cell(took(run["started_at"], run["ended_at"], now), "", lasted),
            Cell(ago(run["created_at"], now), DIM, -run["created_at"]), Cell(run["trigger"], DIM),
            run["why"] or Cell(run["reason"], DIM),
        ),
        run,
    )  # fmt: skip


def artifact_rows(run: Json, kept: Mapping[str, Json], now: int) -> Iterator[Row]:
    """What the steps of a run took and gave; `kept` is what is known of artifacts, by their digests."""
    for step in run["steps"]:
        last: Sequence[Json] = step["attempts"][-1:]
        for way, ports in (("in", last[0]["inputs"] if last else {}), ("out", step["outputs"])):
            for port, held in ports.items():
                for number, each in enumerate(held):
                    known = kept.get(each["digest"])
                    size = Cell(rough_size(known["size"]), "", known["size"]) if known else Cell("", "", -1)
                    since = Cell(ago(known["kept_at"], now), DIM, -known["kept_at"]) if known else Cell("", "", 0)
                    gone = known is not None and not known["here"]
                    digest = Cell(f"{each['digest']}{' (dropped)' if gone else ''}", WARN if gone else DIM)
                    yield Row(f"{step['step']} {way} {port} {number}",
                              (Cell(step["step"], BOLD), Cell(way, DIM), port, each["kind"], size, since, digest),
                              step)  # fmt: skip


def verdict_row(told: Json, now: int) -> Row:
    """A verdict of a run."""
    when = Cell(ago(told["at"], now), DIM, -told["at"])
    return Row(told["verdict_id"], (Cell(told["step"], BOLD), state(told["verdict"]), str(told["round"]), when,
                                    told["sentence"]), told)  # fmt: skip


def sent_row(told: Json, now: int) -> Row:
    """A delivery."""
    word = Cell(*_SENT.get(told["state"], ("✓ done", "good")))
    following = told["next_at"] is not None and told["attempts"]
    came = told["url"] or told["why"] or "it is about to be sent"
    came += f", the next try {ago(told['next_at'], now)}" if following else ""
    return Row(told["delivery"], (Cell(told["delivery"], BOLD), told["act"], told["repo"], word,
                                  Cell(str(told["attempts"]), "", told["attempts"]), came), told)  # fmt: skip


def about_sent(told: Json) -> Iterator[Line]:
    """All about a delivery."""
    yield (Cell(told["delivery"], BOLD), f" {told['act']} to {told['repo']}", Cell(" (private)" * bool(told["private"]),
           DIM), Cell(f"  wanted by {told['step']}, {clock(told['intended_at'])}", DIM))  # fmt: skip
    if told["why"]:
        yield Cell(told["why"], BAD if told["state"] == "given-up" else WARN)
    if told["maybe_sent"]:
        yield Cell("It may have been sent: whoever was asked could not say.", WARN)
    for name in ("url", "commit", "request", "model"):
        if told[name]:
            yield (Cell(f"{name:<8}", DIM), str(told[name]))
    for each in told["rejected"]:
        yield Cell(f"the Hub does not take {each['file']}: {each['why']}", BAD)
    for each in told["entries"] or ():
        yield "  ".join(f"{name} {_shown(value)}" for name, value in each.items() if value is not None)


def _shown(value: Json) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
