"""Known credentials, blotted out of a stream of bytes even where one is cut in two by the way it arrives."""

import re
from collections.abc import Iterable

BLOT = b"[credential]"
_SHORTEST = 4
"""What is shorter is found in every text, and is no secret."""


class Blot:
    """A filter that bytes pass through in pieces. It holds back only what may be the beginning of a credential."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {line.encode() for secret in secrets for line in secret.split("\n") if len(line.strip()) >= _SHORTEST}
        self._known = sorted(known, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._known))) if known else None
        self._held = b""

    def pass_on(self, data: bytes) -> bytes:
        """What may go on of these bytes and of those held back before."""
        if self._pattern is None:
            return data
        clean = self._pattern.sub(BLOT, self._held + data)
        held = max((_begun(clean, secret) for secret in self._known), default=0)
        self._held = clean[len(clean) - held :]
        return clean[: len(clean) - held]

    def rest(self) -> bytes:
        """What was held back and turned out to be no credential."""
        held, self._held = self._held, b""
        return held

    def text(self, text: str) -> str:
        """A whole text without the credentials."""
        return text if self._pattern is None else self._pattern.sub(BLOT, text.encode()).decode()


def _begun(data: bytes, secret: bytes) -> int:
    longest = min(len(data), len(secret) - 1)
    return next((size for size in range(longest, 0, -1) if data.endswith(secret[:size])), 0)
