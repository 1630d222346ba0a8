"""How a fault speaks of what a user wrote: short, on one line, between backticks."""

from collections.abc import Iterable

_LONGEST = 60


def quoted(text: object) -> str:
    """A user's text inside a sentence: cut where it is long, and never more than one line of what can be printed."""
    line = "".join(letter if letter.isprintable() else "�" for letter in " ".join(str(text).replace("`", "'").split()))
    return f"`{line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'}`"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words as people list them: `a`, `b` and `c`."""
    shown = [quoted(word) for word in words]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}" if shown else "nothing"
