"""Trace: a candidate says where it comes from, and every one of its files is accounted for.

The artifact holds `trace.json`: `{"files": {path: sha256, …}, "from": [digest, …]}`. It names each other file of the
artifact with its sha256, and the artifacts that it was made from; those must still be in the store.
"""

import json

from sentinel.contract.at import Look
from sentinel.contract.kinds import Kind
from sentinel.contract.registry import check
from sentinel.contract.scalars import Text
from sentinel.domain.digest import Json, is_digest
from sentinel.domain.verdict import Finding
from sentinel.gate.subject import subject
from sentinel.store import Store

TRACE = "trace.json"
_LARGEST = 64 * 2**20
_MOST = 5


@check("trace")
def trace(at: Look, *, port: Text | None = None) -> Finding:
    """An artifact, the candidate or that on `port`, names its every file with its digest, and what it was made from."""
    name, held = subject(at, port)
    if at.store is None or not held:
        return Finding("trace", "error", f"There is no artifact on `{name}`.", todo="Say which with `port:`.")
    store = Store(at.store)
    faults = [fault for each in held for fault in _faults(store, each)]
    evidence: dict[str, Json] = {"port": name, "digests": [each.digest for each in held]}
    if faults:
        evidence["faults"] = faults[:_MOST]
        more = f" And {len(faults) - 1} more." if len(faults) > 1 else ""
        todo = f"Have the step that makes it write {TRACE} last."
        return Finding("trace", "fail", f"The trace of `{name}` is not complete: {faults[0]}{more}", evidence, todo)
    return Finding("trace", "pass", f"`{name}` names its every file, and what it was made from is here.", evidence)


def _faults(store: Store, each: Kind) -> list[str]:
    entries = {entry.path: entry for entry in store.manifest(each.digest)}
    if TRACE not in entries or entries[TRACE].size > _LARGEST:
        return [f"{each.digest[:12]} holds no {TRACE} that can be read."]
    try:
        told: Json = json.loads(store.read(each.digest, TRACE))
        files, parents = dict(told["files"]), list(told["from"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return [f"{TRACE} does not say `files` and `from`."]
    found = {path: entry.sha256 for path, entry in entries.items() if path != TRACE}
    faults = [f"{path} is not named." for path in sorted(found.keys() - files.keys())]
    faults += [f"{path} is named and not there." for path in sorted(files.keys() - found.keys())]
    faults += [
        f"{path} is not the file that was named." for path in found if files.get(path, found[path]) != found[path]
    ]
    for parent in parents:
        if not isinstance(parent, str) or not is_digest(parent) or not store.has(parent):
            faults.append(f"{str(parent)[:12]}, which it was made from, is not in the store.")
    return faults
