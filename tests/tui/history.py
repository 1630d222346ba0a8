"""Some six weeks of a shop on record, the same each time: what was trained, judged, promoted, rejected, and what waits.

`python -m tests.tui.history FOLDER` writes such a workspace with its ledger, relative to the real present moment, and
goes on as the one worker that lives, so that a daemon can be started over it and looked at.
"""

import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sentinel.domain.line.state import Line
from sentinel.domain.run.state import Run
from sentinel.outside.clock import SystemClock
from tests.tui.living import Living, write_traces
from tests.tui.past import Past
from tests.tui.story import CHAT, TICKETS, Story
from tests.tui.workspace import break_a_file, write_workspace


@dataclass(frozen=True, slots=True)
class Names:
    """What the things of a history are called."""

    now: int
    adopted: str
    """The version of tickets that was adopted."""
    older: str
    """The champion of tickets before this one: a roll-back leads there."""
    champion: str
    candidate: str
    """The version that was rejected last night."""
    chat_champion: str
    frozen: str
    """The version of chat that is frozen."""
    promoted: str
    """The run by which the champion of tickets came."""
    inconclusive: str
    failed: str
    """A run that failed, twice at one step."""
    cancelled: str
    """A run that was cancelled; one of its steps was reused."""
    reused: str
    """The key of that step."""
    challenge: str
    rejected: str
    """The lifecycle of last night."""
    asking: str
    """A run that waits for a person's word at its step `agreed`."""
    running: str
    living: str
    """The attempt of its forge, which goes on."""
    began: int
    """When that started."""
    queued: tuple[str, ...]
    rotated: str
    """The last rotation."""
    proof: str
    """The verdict that rejected the candidate."""
    passed: str
    """The verdict by which the champion came."""
    doubted: str
    """A verdict that was inconclusive."""
    froze: str
    given_up: str
    """The delivery that was given up."""
    ended: int
    """How many runs have ended, those of the zoo's specs too."""


def write(place: Path, now: int) -> Names:
    """Write a workspace and its past up to a moment; the names of what is in it. No daemon is left."""
    write_workspace(place, now)
    story = Story(place, now)
    past = story.play()
    names = _names(past, story.runs, now)
    attempt = past.run(names.running).attempts[names.living]
    past.close("it was told to")
    write_traces(past.folders.path(names.living), attempt, now)
    break_a_file(place)
    return names


def _names(past: Past, runs: dict[str, str], now: int) -> Names:
    """What everything is called, as it stands on record."""
    tickets, chat = _line(past, TICKETS), _line(past, CHAT)
    living = f"{runs['running']}.tuned.a1"
    made = {name: _made(tickets, run) for name, run in runs.items()}
    return Names(
        now=now, adopted=made["adopted tickets"] or "", older=made["older"] or "", champion=tickets.champion or "",
        candidate=made["rejected"] or "", chat_champion=chat.champion or "",
        frozen=_made(chat, runs["frozen"]) or "", promoted=runs["promoted"], inconclusive=runs["inconclusive"],
        failed=runs["failed"], cancelled=runs["cancelled"], reused=_reused(past.run(runs["cancelled"])),
        challenge=runs["challenge"], rejected=runs["rejected"], asking=runs["asking"], running=runs["running"],
        living=living, began=past.run(runs["running"]).attempts[living].started_at,
        queued=(runs["next"], runs["greeting"], runs["scoring"]),
        rotated=past.runs("rotation")[-1].id, proof=f"{runs['rejected']}.proof.a1",
        passed=f"{runs['promoted']}.proof.a1", doubted=f"{runs['inconclusive']}.proof.a1",
        froze=f"{runs['frozen']}.proof.a1", given_up=_given_up(past),
        ended=sum(row.ended_at is not None for row in past.engine.ledger.reads.runs(limit=500)),
    )  # fmt: skip


def _line(past: Past, name: str) -> Line:
    state: Line = past.engine.ledger.state(f"line/{name}")
    return state


def _made(line: Line, run: str) -> str | None:
    return next((each.id for each in line.versions.values() if each.run == run), None)


def _reused(run: Run) -> str:
    return _first(key for key, step in run.steps.items() if step.state == "reused")


def _given_up(past: Past) -> str:
    reads = past.engine.ledger.reads
    found = (reads.delivery(f"d{number}") for number in range(1, reads.last_delivery() + 1))
    return _first(row.id for row in found if row is not None and row.state == "given-up")


def _first(held: Iterable[str]) -> str:
    return next(iter(held))


def main() -> None:
    """Write a history into a folder that is not there yet, and live on as its worker until interrupted."""
    place = Path(sys.argv[1]).absolute()
    names = write(place, SystemClock().now())
    print(names)
    folder = place / ".sentinel" / "attempts" / names.living
    print(f"Now `sentinel --workspace {place} up`. {names.living} goes on until Ctrl-C.", flush=True)
    with suppress(KeyboardInterrupt), Living(folder, names.began, names.now) as living:
        living.go_on(SystemClock().now)


if __name__ == "__main__":
    main()
