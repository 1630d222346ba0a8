"""What became of an artifact's files: damaged, missing or extra, each by name."""

import os
from collections.abc import Sequence

from sentinel.store import tree
from sentinel.store.copy import hash_of
from sentinel.store.manifest import Entry


def damage(folder: str, entries: Sequence[Entry]) -> list[str]:
    """Read the whole tree again and say every difference from its list, sorted by path; nothing where there is none."""
    listed = {entry.path: entry for entry in entries}
    seen: set[str] = set()
    said: list[tuple[str, str]] = []
    with tree.opened_folder(folder) as handle:
        for path, file, reason in tree.files_below(handle):
            seen.add(path)
            if file is None:
                said.append((path, f"damaged: it {reason}" if path in listed else f"extra: it {reason}"))
            elif path not in listed:
                said.append((path, "extra: it is not in the artifact's list"))
            else:
                said.extend((path, words) for words in _differences(file, listed[path]))
    said.extend((path, "missing") for path in listed.keys() - seen)
    return [f"{tree.shown(path)}: {words}" for path, words in sorted(said)]


def found(folder: str) -> list[Entry]:
    """The list of a tree as it is now; things that no artifact may hold are left out."""
    with tree.opened_folder(folder) as handle:
        return [Entry(path, *hash_of(file)) for path, file, _ in tree.files_below(handle) if file is not None]


def _differences(file: int, entry: Entry) -> list[str]:
    try:
        size, sha256 = hash_of(file)
    except OSError as error:
        return [f"damaged: it cannot be read ({os.strerror(error.errno or 0)})"]
    if size != entry.size:
        return [f"damaged: it has {size} bytes and should have {entry.size}"]
    if sha256 != entry.sha256:
        return [f"damaged: its sha256 is {sha256} and should be {entry.sha256}"]
    return []
