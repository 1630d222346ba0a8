"""Rollback: the way back to a version that has been champion."""

from sentinel.contract.at import At
from sentinel.contract.registry import step
from sentinel.contract.scalars import Text


@step("rollback", daemon=True)
def rollback(at: At, *, reason: Text, version: Text | None = None) -> None:
    """Moves champion back to a version that has held it, by default the previous one.

    This function carries the promise; the daemon moves aliases.
    """
