"""How a state looks: a mark, which needs no colour, and a tone, which the theme turns into one."""

from collections.abc import Mapping
from typing import NamedTuple

from sentinel.domain.text import plain

GOOD, WARN, BAD, LIVE, DIM, BOLD = "good", "warn", "bad", "live", "dim", "bold"
TONES = (GOOD, WARN, BAD, LIVE, DIM, BOLD)

_MARKS: Mapping[str, tuple[str, str]] = {
    "done": ("✓", GOOD), "pass": ("✓", GOOD), "succeeded": ("✓", GOOD), "approved": ("✓", GOOD), "ok": ("✓", GOOD),
    "champion": ("★", GOOD), "reused": ("↺", GOOD), "nothing-trained": ("○", DIM),
    "running": ("▸", LIVE), "started": ("▸", LIVE), "trains": ("▸", LIVE), "chosen": ("▸", GOOD),
    "queued": ("·", DIM), "pending": ("·", DIM), "skipped": ("–", DIM), "cancelled": ("⊘", DIM), "retired": ("–", DIM),
    "waiting": ("⚑", WARN), "paused": ("‖", WARN), "inconclusive": ("≈", WARN), "held": ("‖", WARN),
    "warning": ("▲", WARN), "waits": ("·", ""), "unfit": ("⊘", WARN), "too-dear": ("⊘", BAD),
    "failed": ("✗", BAD), "fail": ("✗", BAD), "rejected": ("✗", BAD), "refused": ("✗", BAD), "error": ("!", BAD),
    "lost": ("!", BAD), "timed-out": ("!", BAD), "stalled": ("!", BAD), "out-of-memory": ("!", BAD),
    "frozen": ("*", BAD), "freeze": ("*", BAD), "firing": ("✗", BAD), "given-up": ("✗", BAD), "silent": ("!", WARN),
}  # fmt: skip


class Cell(NamedTuple):
    """A piece of a table: its text, its tone, and what it is sorted by where that is not its text."""

    text: str
    tone: str = ""
    order: float | str | None = None


def state(word: str | None) -> Cell:
    """A state with its mark and its tone."""
    shown = plain(word or "")
    mark, tone = _MARKS.get(shown, ("", ""))
    return Cell(f"{mark} {shown}".strip(), tone)


def tone_of(word: str | None) -> str:
    """The tone of a state."""
    return _MARKS.get(word or "", ("", ""))[1]


def bar(share: float, width: int) -> str:
    """How much of something is there."""
    full = round(max(0.0, min(1.0, share)) * width)
    return "█" * full + "░" * (width - full)
