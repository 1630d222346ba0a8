"""What goes over the door: one JSON object a line, of a size that anybody can hold.

In comes `{"do": ROUTE, "with": {…}}`. Out goes `{"ok": …}` or `{"refusal": {…}}`; a stream sends many
`{"event": …}`, `{"line": …}`, `{"progress": …}` before it ends with one of the two.
"""

import json
from collections.abc import Iterator

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal, Refused

LONGEST_REQUEST = 2**20
"""Bytes that a request may have."""


class Garbled(Exception):
    """A line that is no message. The argument says what is wrong with it."""


def packed(message: Json) -> bytes:
    """A message as one line. What cannot be said in UTF-8 is shown as a question mark."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n"


def unpacked(line: bytes) -> dict[str, Json]:
    """The message of one line. Garbled where it is none."""
    try:
        message = json.loads(line.decode(), parse_constant=_no_number)
        json.dumps(message, ensure_ascii=False).encode()
    except RecursionError:
        raise Garbled("it is nested too deeply") from None
    except ValueError as error:
        raise Garbled(f"it is not JSON ({type(error).__name__})") from None
    if not isinstance(message, dict):
        raise Garbled("it is no JSON object")
    return message


class Answers:
    """What the daemon answers, out of whatever pieces it comes in."""

    def __init__(self) -> None:
        self._held = b""

    def take(self, chunk: bytes) -> Iterator[dict[str, Json]]:
        """The messages that a chunk completes. Refused where one of them is a refusal."""
        # only the newest chunk is looked through, so that a long answer costs no more than its length
        *whole, rest = chunk.split(b"\n")
        for each in whole:
            message = unpacked(self._held + each)
            self._held = b""
            if "refusal" in message:
                raise Refused(Refusal(**message["refusal"]))
            yield message
        self._held += rest


def _no_number(word: str) -> Json:
    raise ValueError(f"{word} is no number")
