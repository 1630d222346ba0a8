"""The steps of a run as a timeline: a row for each, its attempts below it, and where in the run's span each lay."""

from collections.abc import Mapping
from typing import NamedTuple

from sentinel.api.draw.moments import ago, took
from sentinel.domain.digest import Json
from sentinel.domain.quantity import is_number
from sentinel.tui.marks import BAD, BOLD, DIM, LIVE, Cell, bar, state
from sentinel.tui.widgets.grid import Column, Row

STEPS = (
    Column("step", most=24, least=8), Column("does", most=22, rank=3), Column("state", most=17, least=8),
    Column("took", most=9, right=True), Column("when", most=60, least=60, rank=4),
    Column("remark", most=200, least=16, grows=True),
)  # fmt: skip
_GONE = ("skipped", "reused")


class Span(NamedTuple):
    """From the first moment of a run to its last, or to the one at which it is expected to end."""

    first: int
    last: int
    now: int


class Place(NamedTuple):
    """What a row stands for: a step, and the attempt at it where the row is one's."""

    step: Json
    attempt: Json = None


def rows(run: Json, doing: Mapping[str, Json], now: int, width: int) -> list[Row]:
    """The timeline. `doing` is how far living attempts are, by their ids; bars are so many letters wide."""
    span = span_of(run, now)
    found = []
    for step in run["steps"]:
        found.append(_step(step, doing, span, width))
        found += [_attempt(step, each, span, width) for each in tries(step)]
    return found


def tries(step: Json) -> list[Json]:
    """The attempts that have a row of their own: where there was more than one, or where one went wrong."""
    held: list[Json] = step["attempts"]
    return held if len(held) > 1 or any(each["error"] for each in held) else []


def telling(run: Json) -> str | None:
    """The step that one looks at first: what runs, what waits, what went wrong; else what took longest."""
    steps = [step for step in run["steps"] if step["attempts"] or step["state"] not in ("pending", *_GONE)]
    for state_ in ("running", "waiting", "failed"):
        found = next((step["step"] for step in steps if step["state"] == state_), None)
        if found is not None:
            return str(found)
    return max(steps, key=_lasted, default={"step": None})["step"]


def _lasted(step: Json) -> int:
    return (step["ended_at"] or 0) - (step["started_at"] or 0)


def span_of(run: Json, now: int) -> Span:
    """From when to when a run goes."""
    first = run["started_at"] or run["created_at"]
    expected = (run.get("expected") or {}).get("end")
    last = run["ended_at"] or max(now, expected or 0)
    return Span(first, max(last, first + 1), now)


def gantt(start: int | None, end: int | None, span: Span, width: int) -> str:
    """Where in the run's span something lay, in so many letters; what lasted less than a letter is a thin one."""
    if start is None or width <= 0:
        return ""
    length = span.last - span.first
    until = end if end is not None else span.now
    share = [min(1.0, max(0.0, (each - span.first) / length)) for each in (start, until)]
    first = min(width - 1, int(share[0] * width))
    last = min(width, max(first + 1, round(share[1] * width)))
    thin = until - start < length / width / 2
    return (" " * first + ("▏" if thin else "━" * (last - first))).ljust(width)


def _step(step: Json, doing: Mapping[str, Json], span: Span, width: int) -> Row:
    shown = state(step["outcome"] if step["state"] == "done" and step["outcome"] else step["state"])
    gone = step["state"] in _GONE
    time = "" if gone else took(step["started_at"], step["ended_at"], span.now)
    lasted = (step["ended_at"] or span.now) - step["started_at"] if step["started_at"] is not None else -1
    when = "" if gone else gantt(step["started_at"], step["ended_at"], span, width)
    live = next((doing[each["attempt"]] for each in step["attempts"] if each["attempt"] in doing), None)
    remark = Cell(far(live), LIVE) if live is not None else _remark(step, span.now)
    indent = "  " if "." in step["step"] else ""
    return Row(step["step"], (Cell(indent + step["step"], BOLD), Cell(step["does"], DIM), shown,
                              Cell(time, "", lasted), Cell(when, shown.tone), remark), Place(step))  # fmt: skip


def _remark(step: Json, now: int) -> Cell:
    if step["reused_from"]:
        return Cell(f"from {step['reused_from']}", DIM)
    if step["state"] == "waiting" and step["until"]:
        come = f"{step['come']}, or " if step["come"] else ""
        return Cell(f"{step['why']} ({come}{ago(step['until'], now)})".strip(), "warn")
    if step["child"]:
        return Cell(f"{step['child']} {step['why'] if step['why'] != step['child'] else ''}".strip())
    said = next((each["says"] for each in reversed(step["attempts"]) if each["says"]), "")
    return Cell(step["why"] or said, {"failed": BAD, "pending": DIM, "skipped": DIM}.get(step["state"], ""))


def _attempt(step: Json, attempt: Json, span: Span, width: int) -> Row:
    error = attempt["error"]
    said = f"{error['code']}: {error['what']}" if error else attempt["says"]
    shown = state(attempt["state"])
    lasted = (attempt["ended_at"] or span.now) - attempt["started_at"]
    cells = (
        Cell(f"    {number(attempt)}", DIM), Cell(f"on {attempt['node']}", DIM), shown,
        Cell(took(attempt["started_at"], attempt["ended_at"], span.now), DIM, lasted),
        Cell(gantt(attempt["started_at"], attempt["ended_at"], span, width), shown.tone), Cell(said, DIM),
    )  # fmt: skip
    return Row(attempt["attempt"], cells, Place(step, attempt))


def number(attempt: Json) -> str:
    """Which try of its step an attempt is: `a1`."""
    return str(attempt["attempt"]).rpartition(".")[2]


def far(told: Json) -> str:
    """How far an attempt is: a bar where it knows the end, what it says, and its loss."""
    done, total = told.get("done"), told.get("total")
    figures = told.get("figures")
    loss = f" loss {figures['loss']:.3g}" if isinstance(figures, dict) and is_number(figures.get("loss")) else ""
    if is_number(done) and is_number(total) and total:
        return f"{bar(done / total, 8)} {done / total:.0%}{loss}"
    return f"{told.get('says') or ''}{loss}".strip()
