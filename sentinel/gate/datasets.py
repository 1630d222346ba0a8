"""What checks on datasets have in common: the line's own word, and the finding where a dataset cannot be read."""

from collections.abc import Callable, Sequence
from typing import Any

from sentinel.contract.at import Look
from sentinel.domain.verdict import Finding

AGAIN = "Make the dataset again."


def readable(check: str, look: Callable[[], Finding]) -> Finding:
    """What a look finds, or that there was nothing to look at: missing data never passes."""
    from sentinel.data.dataset import NotADataset

    try:
        return look()
    except NotADataset as why:
        return Finding(check, "error", str(why), todo=AGAIN)


def line_of(at: Look) -> dict[str, Any]:
    """What sentinel.yaml says of the line, as far as the gate was told."""
    held = (at.reads or {}).get("line") or {}
    return dict(held)


def percent(share: float) -> str:
    """A share as people say it."""
    return f"{100 * share:.3g} %"


def some(found: Sequence[str], most: int = 3) -> str:
    """A few findings in one sentence, and how many more there are."""
    more = f"; and {len(found) - most} more" if len(found) > most else ""
    return "; ".join(found[:most]) + more
