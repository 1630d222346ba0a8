"""All about one step of a run, as a page: its attempts, what it took and gave, its verdict, what to do."""

from collections.abc import Iterator, Mapping

from sentinel.api.draw.moments import ago, clock, due, took
from sentinel.api.draw.progress import progress_line
from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_duration, rough_size
from sentinel.tui.marks import BAD, BOLD, DIM, LIVE, WARN, Cell, state
from sentinel.tui.shown.timeline import number
from sentinel.tui.widgets.page import Line

_SHORT = 16


def about_step(step: Json, expected: Json, doing: Mapping[str, Json], now: int) -> Iterator[Line]:
    """Its lines. `expected` says when it is expected to end; `doing` is how far living attempts are, by their ids."""
    shown = state(step["outcome"] if step["state"] == "done" and step["outcome"] else step["state"])
    yield (Cell(step["step"], BOLD), "  ", Cell(step["does"], DIM), "  ", shown, Cell(_when(step, now), DIM))
    verdict = step["verdict"]
    if step["why"] and not _said_below(step):
        yield step["why"]
    if expected is not None and expected["end"] is not None and step["state"] in ("pending", "running"):
        yield Cell(f"ends in {due(expected['end'], expected['end_bound'], now)} (half of all cases, nine in ten)", DIM)
    if step["state"] == "waiting":
        come = f"{step['come']}; " if step["come"] else ""
        until = f"until {clock(step['until'])}, {ago(step['until'], now)}" if step["until"] else "as long as it takes"
        yield Cell(f"it waits: {come}{until}", WARN)
    if step["reused_from"]:
        yield f"reused from {step['reused_from']}: Enter goes there"
    if step["child"]:
        yield f"its run is {step['child']}: Enter goes there"
    if step["lifted"]:
        yield Cell("a person let it pass", WARN)
    if verdict is not None:
        yield from _verdict(verdict)
    for attempt in reversed(step["attempts"]):
        sentence = verdict["sentence"] if verdict is not None else None
        yield from _attempt(attempt, sentence, doing.get(attempt["attempt"]), now)
    yield from _ports(step)


def _said_below(step: Json) -> bool:
    """Whether its verdict or its last attempt says why."""
    error = step["attempts"][-1]["error"] if step["attempts"] else None
    said = [step["verdict"]["sentence"]] if step["verdict"] is not None else []
    said += [error["what"]] if error else []
    return any(each in step["why"] for each in said)


def _when(step: Json, now: int) -> str:
    start, end = step["started_at"], step["ended_at"]
    if start is None or step["state"] in ("skipped", "reused"):
        return ""
    (day, _, _), (last, _, time) = clock(start).partition(" "), clock(end).partition(" ")
    until = f" to {time if last == day else clock(end)}" if end is not None else ""
    return f"  {took(start, end, now)}, from {clock(start)}{until}"


def _verdict(verdict: Json) -> Iterator[Line]:
    against = f", against {verdict['against']}" if verdict["against"] else ""
    beside = f" (round {verdict['round']}{against}; Enter shows the evidence)"
    yield ("verdict ", state(verdict["verdict"]), f": {verdict['sentence']}", Cell(beside, DIM))
    for check in verdict["checks"]:
        if check["verdict"] != "pass":
            yield ("  ", state(check["verdict"]), f" {check['check']}: {check['sentence']} {check['todo']}".rstrip())


def _attempt(attempt: Json, sentence: str | None, doing: Json | None, now: int) -> Iterator[Line]:
    used = [f"on {attempt['node']}", took(attempt["started_at"], attempt["ended_at"], now)]
    if attempt["cpu_ms"]:
        used.append(f"cpu {rough_duration(attempt['cpu_ms'])}")
    if attempt["peak_memory"]:
        used.append(f"{rough_size(attempt['peak_memory'])} at most")
    if attempt["pid"] is not None:
        used.append(f"pid {attempt['pid']}")
    yield (Cell(f"{number(attempt)} ", BOLD), state(attempt["state"]), Cell("  " + ", ".join(used), DIM))
    error = attempt["error"]
    if error:
        yield ("   ", Cell(f"{error['code']}: {error['what']}", BAD))
        if error["where"]:
            yield Cell(f"   at {error['where']}", DIM)
        if error["todo"]:
            yield f"   → {error['todo']}"
    elif attempt["says"] and (sentence is None or sentence not in attempt["says"]):
        yield f"   {attempt['says']}"
    if attempt["effect"]:
        yield f"   effect {attempt['effect']}"
    if isinstance(attempt["receipt"], dict):
        yield from (f"   receipt {name}: {value}" for name, value in attempt["receipt"].items())
    if doing is not None:
        yield ("   ", Cell(progress_line(doing), LIVE))


def _ports(step: Json) -> Iterator[Line]:
    taken = step["attempts"][-1]["inputs"] if step["attempts"] else {}
    for port in {**step["binds"], **taken}:
        bound = " ".join(step["binds"].get(port, ()))
        held = taken.get(port, [])
        yield (Cell("in   ", DIM), f"{port}  ", *_artifacts(held), Cell(f" from {bound}" if bound else "", DIM))
    for port, held in step["outputs"].items():
        yield (Cell("out  ", DIM), f"{port}  ", *_artifacts(held))


def _artifacts(held: list[Json]) -> Iterator[str]:
    yield ", ".join(f"{each['kind']} {each['digest'][:_SHORT]}" for each in held)
