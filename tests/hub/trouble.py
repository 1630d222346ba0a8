"""What may go wrong with a request on its way to the loopback hub and back."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

WRITES = ("create", "commit", "status")
"""Requests that change what is seen."""
KINDS = ("whoami", "validate", "preupload", "batch", "put", "verify", "info", "commits", "tree", "discussions",
         "discussion", "leaderboard", "resolve", "revision", *WRITES)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """Before it is applied: `status`, `close`, `hang`, `late` (applied after `seconds`, the caller long gone).

    After: `drop` (no answer), `half` (of the body), `kill` (the caller, at that moment). Another answer: `text`,
    `shape` (known to nobody), `instead` (what `says`), `huge` (without end), `round` (its next page is this one),
    `packed`, `elsewhere` (a redirect to another machine).
    """

    how: str
    status: int = 0
    seconds: float = 0.0
    after: str = ""
    """For `Retry-After`."""
    says: str = ""
    code: str = ""


class Troubles:
    """Which requests get into trouble: those of a kind, so many times, or some of all by chance."""

    def __init__(self) -> None:
        self._planned: dict[str, list[Trouble | None]] = {}
        self._drawn: Callable[[str], Trouble | None] = lambda _: None
        self._lock = threading.Lock()
        self.waiting = 0
        """Requests that are in trouble now."""

    def plan(self, kind: str, *troubles: Trouble | None) -> None:
        """The next requests of a kind get these, one after the other; None is none."""
        assert kind in KINDS, kind
        with self._lock:
            self._planned.setdefault(kind, []).extend(troubles)

    def draw(self, seed: int, share: float, kinds: tuple[str, ...] = KINDS, hows: tuple[str, ...] = ()) -> None:
        """From now on a share of the requests of these kinds gets into some trouble."""
        chance = random.Random(seed)
        with self._lock:
            self._drawn = lambda kind: drawn(chance, kind, hows) if kind in kinds and chance.random() < share else None

    def stop(self) -> None:
        """No more."""
        with self._lock:
            self._planned.clear()
            self._drawn = lambda _: None

    @contextmanager
    def held(self) -> Iterator[None]:
        """While a request is in trouble."""
        with self._lock:
            self.waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self.waiting -= 1

    def of(self, kind: str) -> Trouble | None:
        """What becomes of this one."""
        with self._lock:
            if waiting := self._planned.get(kind):
                return waiting.pop(0)
            return self._drawn(kind)


def drawn(chance: random.Random, kind: str, hows: tuple[str, ...] = ()) -> Trouble:
    """Some trouble that passes."""
    many = hows or ("status", "status", "close", "drop", "half", "text", "shape", "late", "hang")
    how = chance.choice(many)
    return Trouble(how, chance.choice((429, 500, 502, 503, 504)), chance.uniform(0.05, 0.3))
