"""Names that people give to things, and the nearest known one to a name nobody knows."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

ALIASES = ("champion", "challenger", "shadow", "previous", "anchor")
FOLLOWS = ("previous", "anchor")
"""The aliases that nobody moves: the last champion, and the first one that there ever was."""
RESERVED = frozenset({"inputs", "it", "line", *ALIASES})
_NAME = re.compile(r"[a-z][a-z0-9-]{0,47}")
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_LONGEST = 96
_METRIC = re.compile(r"[a-z][a-z0-9_-]{0,47}")


def is_name(text: str) -> bool:
    """Whether this may name a line, recipe, step, gate, set, node, program or spec."""
    return _NAME.fullmatch(text) is not None


def is_metric(text: str) -> bool:
    """Whether this may name a metric, as the libraries that compute them name theirs."""
    return _METRIC.fullmatch(text) is not None


def is_owner(text: str) -> bool:
    """Whether this may be a person or an organisation on the Hub."""
    return _OWNER.fullmatch(text) is not None and ".." not in text and "--" not in text


def is_repository(text: str) -> bool:
    """Whether this may be a repository on the Hub: its owner and its name."""
    owner, _, name = text.partition("/")
    is_sound = ".." not in name and "--" not in name and not name.endswith(".git") and len(text) <= _LONGEST
    return is_sound and is_owner(owner) and _REPOSITORY.fullmatch(name) is not None


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
