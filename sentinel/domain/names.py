"""Names that people give to things, and the nearest known one to a name nobody knows."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

ALIASES = ("champion", "challenger", "shadow", "previous", "anchor")
FOLLOWS = ("previous", "anchor")
"""The aliases that nobody moves: the last champion, and the first one that there ever was."""
RESERVED = frozenset({"inputs", "it", "line", *ALIASES})
_NAME = re.compile(r"[a-z][a-z0-9-]{0,47}")
_METRIC = re.compile(r"[a-z][a-z0-9_-]{0,47}")


def is_name(text: str) -> bool:
    """Whether this may name a line, recipe, step, gate, set, node, program or spec."""
    return _NAME.fullmatch(text) is not None


def is_metric(text: str) -> bool:
    """Whether this may name a metric, as the libraries that compute them name theirs."""
    return _METRIC.fullmatch(text) is not None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if one is near."""
    found = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def suggest(word: str, known: Iterable[str], noun: str = "name") -> str:
    """What to do about an unknown word: the nearest known one, or all of them where they are few."""
    words = sorted(known)
    near = nearest(word, words)
    if near is not None:
        return f"Did you mean `{near}`?"
    if not words:
        return f"There is no {noun} to choose from."
    shown = ", ".join(f"`{item}`" for item in words[:12])
    return f"Known: {shown}{', …' if len(words) > 12 else ''}."
