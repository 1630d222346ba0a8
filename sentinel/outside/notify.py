"""Telling people: a notice, and the port that it goes out by."""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from sentinel.domain.digest import Json, canonical
from sentinel.domain.refusal import Refusal, refuse
from sentinel.domain.text import plain

_KEY = re.compile(r"[A-Za-z0-9._:@/+=-]{1,200}")


@dataclass(frozen=True, slots=True)
class Notice:
    """What to say. The key is the same each time that this notice is sent, so that a receiver can drop a second one."""

    key: str
    subject: str
    text: str
    fields: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise refuse("E-notice", "a notice's key is 1 to 200 letters, digits or ._:@/+=- .", todo="Use a digest.")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the outside answered."""

    detail: str


class TryLater(Exception):
    """It did not get through this time; `retry_after` is the seconds that the other side asked for, if it did."""

    def __init__(self, what: str, retry_after: float | None = None, refusal: Refusal | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.retry_after = retry_after
        self.refusal = refusal or Refusal("E-try-later", f"it did not get through: {what}.")


class Sender(Protocol):
    """A way out for notices."""

    def send(self, notice: Notice) -> Receipt:
        """Send it. Refused where it will never be taken, TryLater where it may be."""


class FakeSender:
    """Keeps what it is sent. `script` says what becomes of the next ones: an exception to raise, or None for sent."""

    def __init__(self, script: Iterable[Exception | None] = ()) -> None:
        self.sent: list[Notice] = []
        self.script = deque(script)

    def send(self, notice: Notice) -> Receipt:
        """Do as the script says, then take everything."""
        trouble = self.script.popleft() if self.script else None
        if trouble is not None:
            raise trouble
        self.sent.append(cleaned(notice))
        return Receipt("kept by the fake")


def body_of(notice: Notice) -> bytes:
    """The JSON that goes out: key, subject, text and fields, cleaned."""
    clean = cleaned(notice)
    body: Json = {"key": clean.key, "subject": clean.subject, "text": clean.text, "fields": clean.fields}
    return canonical(body)


def cleaned(notice: Notice) -> Notice:
    """The notice without what could drive a terminal: escape sequences, control and bidirectional characters."""
    fields = {plain(name): plain(value, lines=True) for name, value in notice.fields.items()}
    return Notice(notice.key, plain(notice.subject), plain(notice.text, lines=True), fields)
