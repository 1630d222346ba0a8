"""The route that a screen listens to all day: every event, how far the running attempts are, and that all is alive."""

import asyncio
from collections.abc import Iterable

from sentinel.api.event_shape import event_shape
from sentinel.api.news import News
from sentinel.api.peers import VIEW
from sentinel.api.progress import last_progress
from sentinel.api.route import Ask, Messages, Param, Route
from sentinel.api.site import Site
from sentinel.contract.attempt import PROGRESS
from sentinel.domain.digest import Json

MOST_MISSED = 1000
"""Whoever has missed more events than this is told so, and hears what comes."""
_GLANCE = 1.0
"""Seconds between two looks at how far the running attempts are."""
_SILENCE = 5.0
"""Seconds without a word, after which it is said that the daemon is alive."""


async def live(ask: Ask) -> Messages:
    """Each event after a seq, or from now on, and each word of the running attempts, as they come."""
    since, said = ask.given["since"], _Said(ask.site)
    with News(ask.site) as news:
        last = await ask.site.look(lambda ledger: ledger.last_seq)
        seen = last if since is None else since
        yield _alive(ask.site, last)
        if not 0 <= last - seen <= MOST_MISSED:
            # ahead is who has seen a ledger that has been put back since
            yield {"skipped": {"from": seen, "to": last}}
            seen = last
        spoke, fresh = _now(), True
        while True:
            if fresh:
                async for event in news.since(seen):
                    seen, spoke = event.seq, _now()
                    yield {"event": event_shape(event)}
            for message in await said.more():
                spoke = _now()
                yield message
            if _now() - spoke >= _SILENCE:
                spoke = _now()
                yield _alive(ask.site, seen)
            rest = spoke + _SILENCE - _now()
            fresh = await news.wait(max(0.0, min(rest, _GLANCE) if said.workers else rest))


def _alive(site: Site, last: int) -> Json:
    return {"alive": {"at": site.daemon.clock.now(), "last": last}}


def _now() -> float:
    return asyncio.get_running_loop().time()


class _Said:
    """What the running attempts have said, as far as it has been told."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._told: dict[str, dict[str, Json]] = {}
        self._next = 0.0

    @property
    def workers(self) -> bool:
        """Whether any attempt runs here."""
        return bool(self._site.daemon.hands.workers)

    async def more(self) -> list[Json]:
        """What is another than at the last look; the files are looked at once a second, whatever else happens."""
        if not self.workers or _now() < self._next:
            return []
        self._next = _now() + _GLANCE
        found = await asyncio.to_thread(self._look, list(self._site.daemon.hands.workers))
        fresh = {attempt: said for attempt, said in found.items() if self._told.get(attempt) != said}
        self._told = found
        return [{"progress": {**said, **_named(attempt)}} for attempt, said in fresh.items()]

    def _look(self, attempts: Iterable[str]) -> dict[str, dict[str, Json]]:
        folder = self._site.daemon.folders.path
        said = {attempt: last_progress(folder(attempt) / PROGRESS) for attempt in attempts}
        return {attempt: each for attempt, each in said.items() if each is not None}


def _named(attempt: str) -> Json:
    """An attempt by its id, which is made of its run and its step."""
    run, _, rest = attempt.partition(".")
    return {"run": run, "attempt": attempt, "step": rest.rpartition(".")[0]}


ROUTES = (Route("live", VIEW, {"since": Param("whole")}, stream=live),)
