"""What a look in a worker is told: which trigger it is of, what its last look kept, and what it declared to read.

What is large, a profile, is not read here: the worker makes it of the dataset and the file that are named.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict

from sentinel.domain.digest import Json
from sentinel.domain.feed import Feed
from sentinel.domain.form import to_json
from sentinel.domain.run.state import Run
from sentinel.domain.streams import parts_of, stream_of
from sentinel.domain.trigger_stream import Stream
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.made_of import dataset_of
from sentinel.supervisor.work import Work

PURPOSE = "look"
"""The key of a run's purpose that names the trigger's stream."""
_LATELY = 1000
"""How many attempts back a model's training set is looked for."""


def look_facts(work: Work, run: Run, catalogue: Catalogue) -> Json:
    """The facts of the look that a run was asked for."""
    name = (run.purpose or {}).get(PURPOSE)
    if name is None:
        return None
    stream: Stream = work.state(name)
    fires = work.ledger.reads.fires(parts_of(name)[1], limit=1)
    trigger = next((each for each in catalogue.triggers if each.stream == name), None)
    words = trigger.reads if trigger is not None else ()
    return {
        "trigger": stream.kind, "now": work.at, "recipe": stream.recipe, "line": stream.line,
        "timezone": catalogue.timezone, "since": stream.accounted, "fired": fires[0].at if fires else None,
        "state": stream.looking.state if stream.looking is not None else None,
        "facts": {word: _FACTS[word](work, stream.line or "", catalogue) for word in words if word in _FACTS},
    }  # fmt: skip


def trained_on(work: Work, line: str) -> str | None:
    """The dataset that the champion of a line was made of, by its digest; None where none is on record."""
    held = work.line(line)
    champion = held.versions.get(held.champion or "")
    if champion is None:
        return None
    return dataset_of(work, champion.model)


def _profiles(_work: Work, line: str, catalogue: Catalogue) -> Json:
    return {"live": (catalogue.lines.get(line) or {}).get("live")}


def _signals(work: Work, line: str, _catalogue: Catalogue) -> Json:
    return list(_feeds(work, line))


def _feeds(work: Work, line: str) -> Iterator[Json]:
    for row in work.ledger.reads.feeds(line):
        feed: Feed = work.state(stream_of("feed", row.feed))
        _, name, metric, *shadow = row.feed.split(".")
        yield {
            "set": name, "metric": metric, "version": shadow[0] if shadow else None,
            "baseline": to_json(feed.baseline) if feed.baseline is not None else None,
            "signals": [asdict(each) for each in list(feed.signals.values())[-_LATELY:]],
        }  # fmt: skip


def _champion(work: Work, line: str, _catalogue: Catalogue) -> Json:
    held = work.line(line)
    champion = held.versions.get(held.champion or "")
    if champion is None:
        return None
    return {"version": champion.id, "model": champion.model, "registered_at": champion.registered_at}


def _line(_work: Work, line: str, catalogue: Catalogue) -> Json:
    return {"name": line or None, **(catalogue.lines.get(line) or {})}


_FACTS: dict[str, Callable[[Work, str, Catalogue], Json]] = {
    "champion": _champion, "line": _line, "profiles": _profiles, "signals": _signals,
}  # fmt: skip
