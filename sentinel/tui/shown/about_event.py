"""An event: as a row, as a page with all that is on record of it, and where it leads."""

import json
from collections.abc import Iterator

from sentinel.api.draw.moments import ago, clock
from sentinel.api.sentences import sentence
from sentinel.domain.digest import Json
from sentinel.domain.streams import parts_of
from sentinel.tui.marks import BAD, BOLD, DIM, WARN, Cell, tone_of
from sentinel.tui.widgets.grid import Column, Row
from sentinel.tui.widgets.page import Line

EVENTS = (
    Column("seq", most=10, right=True, rank=4), Column("at", most=14, least=14), Column("stream", most=16, rank=1),
    Column("what happened", most=400, least=40, grows=True), Column("by", most=14, rank=3),
)  # fmt: skip
STREAMS = {
    "run/": "runs: asked for, started, their steps and attempts, ended",
    "line/": "lines: versions, aliases, holds, freezes, looks at sets",
    "trigger/": "triggers: armed, fired, held, silent",
    "feed/": "feeds: signals, evaluations, baselines",
    "outcome/": "outcomes: labels that came back for served answers",
    "settling/": "settling: rounds of outcomes, files of them that are read",
    "delivery/": "deliveries: what is sent to the outside, tried, done, given up",
    "board/": "boards: the places that were read on the Hub",
    "house": "the house: files in force, alerts, nodes, the daemon itself",
    "artifact/": "artifacts: kept, dropped",
    "plan/": "plans: kept with each run",
}
"""The beginnings of streams' names, and what is on record there."""
_WORDS = ("end", "outcome", "state", "to", "standing")
_TONES = {
    "AlertRaised": BAD, "FilesBroken": BAD, "DeliveryGivenUp": BAD, "VersionFrozen": BAD, "LineFrozen": BAD,
    "VersionRejected": BAD, "LineHeld": WARN, "StepWaiting": WARN, "WentSilent": WARN, "DeliveryPutOff": WARN,
    "CancelAsked": WARN, "RunForeseen": DIM, "ArtifactKept": DIM, "PlanKept": DIM, "OutcomeSettled": DIM,
}  # fmt: skip
_MOST_LINES = 500
_LONGEST = 1_000


def event_row(event: Json) -> Row:
    """An event among others."""
    cells = (Cell(str(event["seq"]), DIM, event["seq"]), Cell(clock(event["at"])[5:], DIM, event["at"]),
             event["stream"], Cell(sentence(event), _tone(event)), Cell(event["actor"], DIM))  # fmt: skip
    return Row(str(event["seq"]), cells, event)


def _tone(event: Json) -> str:
    payload = event["payload"]
    if event["kind"] == "GateJudged":
        return tone_of(payload["verdict"]["verdict"])
    said = next((payload[name] for name in _WORDS if isinstance(payload.get(name), str)), None)
    return _TONES.get(event["kind"]) or tone_of(said)


def about_event(event: Json, now: int) -> Iterator[Line]:
    """All that is on record of it."""
    yield (Cell(event["kind"], BOLD), "  ", Cell(sentence(event), _tone(event)))
    yield (Cell("seq     ", DIM), str(event["seq"]), Cell("  at ", DIM), clock(event["at"]),
           Cell(f" ({ago(event['at'], now)})  by ", DIM), event["actor"])  # fmt: skip
    cause: list[Cell | str] = [Cell("  because of ", DIM), str(event["cause"])] if event["cause"] is not None else []
    yield (Cell("stream  ", DIM), event["stream"], Cell(" version ", DIM), str(event["version"]), *cause)
    place = leads(event)
    if place is not None:
        yield Cell(f"Enter shows {' '.join(place[1].values()) or 'it'} under {place[0].capitalize()}.", DIM)
    told = json.dumps(event["payload"], indent=2, ensure_ascii=False).splitlines()
    yield from (line[:_LONGEST] for line in told[:_MOST_LINES])
    if len(told) > _MOST_LINES:
        yield Cell(f"… and {len(told) - _MOST_LINES} more lines: `sentinel events --json` has all of it.", DIM)


def leads(event: Json) -> tuple[str, dict[str, str]] | None:
    """The screen that shows what an event is about, and what is looked at there; None where there is none."""
    (word, name), payload = parts_of(event["stream"]), event["payload"]
    if word == "run":
        if event["kind"] == "GateJudged":
            return "gates", {"verdict": payload["attempt"]}
        if event["kind"] == "SubrunStarted":
            return "run", {"run": payload["run"]}
        step = payload.get("step")
        return "run", {"run": name, **({"step": step} if isinstance(step, str) else {})}
    if word == "line":
        version = payload.get("version")
        return "models", {"line": name, **({"version": version} if isinstance(version, str) else {})}
    if word == "trigger":
        return _trigger(name, payload)
    if word in ("feed", "settling"):
        return "drift", {"line": name.partition(".")[0]}
    if word == "outcome" and isinstance(payload.get("line"), str):
        return "drift", {"line": payload["line"]}
    if word == "board":
        return "models", {"line": name}
    return _through(event["kind"], payload)


def _trigger(name: str, payload: Json) -> tuple[str, dict[str, str]]:
    if isinstance(payload.get("run"), str):
        return "run", {"run": payload["run"]}
    recipe, line, kind = (*name.split(".", 3), "", "", "")[:3]
    return ("drift", {"line": line}) if kind == "drift" else ("recipes", {"recipe": recipe})


def _through(kind: str, payload: Json) -> tuple[str, dict[str, str]] | None:
    """By what it tells: the run that made or wanted something, the files."""
    if kind in ("FilesTaken", "FilesBroken"):
        return "recipes", {}
    content, attempt = payload.get("content"), payload.get("attempt")
    if isinstance(content, dict) and isinstance(content.get("run"), str):
        return "run", {"run": content["run"]}
    if kind == "ArtifactKept" and isinstance(attempt, str) and attempt.startswith("r"):
        run, _, rest = attempt.partition(".")
        return "run", {"run": run, "step": rest.rpartition(".")[0]}
    return None
