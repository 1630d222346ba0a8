"""Knowing what is wanted: wishes are asked, heeded while the world moves, and asked again, at a pace that holds."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused

if TYPE_CHECKING:
    from sentinel.tui.known.link import Asks

PAUSE = 0.25
"""Seconds between two rounds of asking, however much happens, for as long as nobody waits for an answer."""
TOGETHER = 0.1
"""Seconds in which answers are gathered: each handing over costs a layout of the whole screen."""
_AWAY = {"E-no-daemon", "E-gone-away", "E-silent", "E-busy", "E-closed"}


@dataclass(frozen=True, slots=True)
class Wish:
    """Something to be asked: a route with what it is given, and what makes its answer stale.

    `heeds` are beginnings of streams' names (`run/`, `line/tickets`); `every` asks again after so many seconds.
    """

    route: str
    given: Mapping[str, Json] = field(default_factory=dict)
    heeds: tuple[str, ...] = ()
    every: float | None = None


class Told(Message, bubble=False):
    """The answer to a wish, for nobody but who had it."""

    def __init__(self, wish: str, answer: Json) -> None:
        super().__init__()
        self.wish, self.answer = wish, answer


class Unanswered(Message, bubble=False):
    """Why a wish has no answer, for nobody but who had it."""

    def __init__(self, wish: str, refusal: Refusal) -> None:
        super().__init__()
        self.wish, self.refusal = wish, refusal


def is_away(refusal: Refusal) -> bool:
    """Whether nobody answers at all."""
    return refusal.code in _AWAY


class Asker:
    """Asks what its owner wishes for, as long as the owner looks."""

    def __init__(
        self,
        client: "Asks",
        wishes: Callable[[], Mapping[str, Wish]],
        post: Callable[[Message], object],
        looks: Callable[[], bool] = lambda: True,
    ) -> None:
        self._client, self._wishes, self._post, self._looks = client, wishes, post, looks
        self.asked: dict[str, Wish] = {}
        self._stale: set[str] = set()
        self._wake, self._hurry = asyncio.Event(), asyncio.Event()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._last = 0.0
        self._asking = False

    async def ask_on(self) -> None:
        """Ask, until cancelled."""
        try:
            rested = True
            while True:
                if self._looks():
                    self._asking = True
                    await self._round(rested)
                    self._asking = False
                await self._wake.wait()
                rested = await self._pause()
                self._wake.clear()
        finally:
            for timer in self._timers.values():
                timer.cancel()

    async def _pause(self) -> bool:
        """The first that happens is asked for at once, and what comes right after it in one: unless somebody waits.

        Whether the pause was kept: where it was not, only what is wished for anew is asked.
        """
        rest = PAUSE - (asyncio.get_running_loop().time() - self._last)
        rested = rest <= 0
        if not rested:
            try:
                async with asyncio.timeout(rest):
                    await self._hurry.wait()
            except TimeoutError:
                rested = True
        self._hurry.clear()
        return rested

    @property
    def busy(self) -> bool:
        """Whether something is being asked, or about to be."""
        return self._asking or bool(self._stale)

    def look_again(self) -> None:
        """Have what is stale asked soon, and what is wished for anew at once: somebody waits for it."""
        self._hurry.set()
        self._wake.set()

    def heed(self, streams: set[str]) -> None:
        """Something happened to these streams."""
        for name, wish in self.asked.items():
            if wish.heeds and any(stream.startswith(wish.heeds) for stream in streams):
                self._stale.add(name)
        if self._stale:
            self._wake.set()

    def all_stale(self) -> None:
        """Nobody knows what has happened meanwhile."""
        self._stale |= set(self.asked)
        self._wake.set()

    async def _round(self, rested: bool) -> None:
        wanted = dict(self._wishes())
        stale = self._stale & set(wanted) if rested else set()
        names = [name for name, wish in wanted.items() if name in stale or self.asked.get(name) != wish]
        self.asked = wanted
        self._stale = (self._stale & set(wanted)) - set(names)
        if self._stale:
            self._wake.set()  # after the pause
        # one after the other: what was wished for first is drawn at once, and what comes close behind it together
        loop, gathered = asyncio.get_running_loop(), list[Message]()
        due = 0.0
        for name in names:
            gathered.append(await self._ask(name, wanted[name]))
            if loop.time() > due:
                self._hand_over(gathered)
                due = loop.time() + TOGETHER
        self._hand_over(gathered)
        if rested:
            self._last = loop.time()

    def _hand_over(self, gathered: list[Message]) -> None:
        for message in gathered:
            self._post(message)
        gathered.clear()

    async def _ask(self, name: str, wish: Wish) -> Message:
        try:
            told: Message = Told(name, await self._client.ask(wish.route, **wish.given))
        except Refused as error:
            if is_away(error.refusal):
                self._stale.add(name)  # once somebody is there again
            told = Unanswered(name, error.refusal)
        if wish.every is not None:
            if (timer := self._timers.get(name)) is not None:
                timer.cancel()
            self._timers[name] = asyncio.get_running_loop().call_later(wish.every, self._again, name)
        return told

    def _again(self, name: str) -> None:
        self._stale.add(name)
        self._wake.set()
