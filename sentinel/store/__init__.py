"""Content-addressed artifact files. Only this room knows where they lie."""

from sentinel.store.manifest import Entry
from sentinel.store.store import Kept, Store

__all__ = ["Entry", "Kept", "Store"]
