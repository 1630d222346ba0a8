"""What the daemon says of itself: one short line for each thing worth a person's eye."""

import asyncio
import os
import sys
import time

from sentinel.api.event_shape import event_shape
from sentinel.api.news import News
from sentinel.api.sentences import sentence
from sentinel.api.site import Site
from sentinel.domain.text import plain

_QUIET = {"PlanKept", "ArtifactKept", "NodeSeen", "StepSpread"}


async def keep_journal(site: Site) -> None:
    """Say what happens, until cancelled."""
    with News(site) as news:
        seen = await site.look(lambda ledger: ledger.last_seq)
        while True:
            async for event in news.after(seen):
                seen = event.seq
                shape = event_shape(event)
                if shape["kind"] not in _QUIET:
                    note(sentence(shape), seq=event.seq, by=event.actor)


def note(text: str, **fields: object) -> None:
    """Say one thing. Where the journal of the system adds the time, we do not."""
    stamp = "" if "JOURNAL_STREAM" in os.environ else time.strftime("%H:%M:%S ")
    told = "".join(f" {name}={value}" for name, value in fields.items())
    try:
        sys.stderr.write(f"{stamp}{plain(text)}{plain(told)}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # nobody listens any more, and that is no reason to stop


async def wind_up(journal: "asyncio.Task[None]") -> None:
    """Let the journal say what is left, and end it."""
    await asyncio.sleep(0)
    journal.cancel()
    await asyncio.gather(journal, return_exceptions=True)
