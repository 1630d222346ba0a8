"""What looks after the state without a daemon: the doctor and the export, each in a child of its own, and restore.

`python -m sentinel.api.upkeep LEDGER FOLDER` is the export's child.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from sentinel.api.state import LEDGER, STORE, State, made, state_of
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.refusal import Refusal, Refused, refuse
from sentinel.ledger.restore import restore
from sentinel.store import Store


def examine(workspace: Path, quick: bool) -> Json:
    """Replay the ledger on a copy, read every artifact again unless in a hurry, and tell every difference."""
    state = _there(workspace)
    report = _child("sentinel.ledger.doctor", str(state.ledger))["report"]
    store = Store(state.store)
    digests = list(store.walk())
    faults = [*report["faults"], *(() if quick else _damage(store, digests))]
    return {
        "ledger": report["path"], "events": report["seq"], "streams": report["streams"], "rows": report["rows"],
        "artifacts": len(digests), "read": not quick, "faults": faults, "alarms": report["alarms"],
        "healthy": not faults and not report["alarms"],
    }  # fmt: skip


def _damage(store: Store, digests: list[str]) -> list[str]:
    return [f"artifact {digest}: {damage}" for digest in digests for damage in store.verify(digest)]


def _child(module: str, *words: str) -> Json:
    """The last line of what a child of ours says, which brings along what no daemon and no command line loads."""
    argv = [sys.executable, "-m", module, *words]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    said = ran.stdout.strip().rpartition("\n")[2]
    if not said:
        last = ran.stderr.strip().rpartition("\n")[2]
        raise refuse("E-broke", f"{module} ended without a word: {last}.", todo="Please report it.")
    told = json.loads(said)
    if "refusal" in told:
        raise Refused(Refusal(**told["refusal"]))
    return told


def restore_backup(workspace: Path, folder: Path) -> Json:
    """Put a backup in place of the ledger, and its artifacts beside those that are there."""
    state = made(state_of(workspace))
    if not (folder / LEDGER).is_file():
        todo = "Name a folder that `sentinel backup` made."
        raise refuse("E-usage", "There is no backup.", where=str(folder), todo=todo)
    kept = _take_back(folder / STORE, Store(state.store))
    aside = restore(folder / LEDGER, state.ledger)
    return {"aside": str(aside) if aside is not None else None, "artifacts": kept}


def _take_back(folder: Path, store: Store) -> int:
    """The artifacts first: a ledger that speaks of what is not there would be worse than one that does not."""
    backed_up = Store(folder)
    digests = list(backed_up.walk())
    for digest in digests:
        if store.has(digest) and not store.verify(digest):
            continue
        store.drop(digest)
        if store.put(backed_up.path(digest)).digest != digest:
            todo = "Name another backup."
            raise refuse("E-damaged-backup", f"The artifact {digest} of the backup is damaged.", todo=todo)
    return len(digests)


def export_ledger(workspace: Path, folder: Path) -> dict[str, int]:
    """Write the ledger's events and rows for other programs."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refuse("E-not-empty", "There is something already.", where=str(folder), todo="Name a fresh folder.")
    counts: dict[str, int] = _child("sentinel.api.upkeep", str(_there(workspace).ledger), str(folder))
    return counts


def _there(workspace: Path) -> State:
    state = state_of(workspace)
    if not state.ledger.is_file():
        todo = "`sentinel up` makes one; or set STATE_DIRECTORY to where it is."
        raise refuse("E-usage", "There is no ledger yet.", where=str(state.ledger), todo=todo)
    return state


def main(argv: list[str]) -> int:
    """Export a ledger to a folder; what came of it goes to standard output as JSON."""
    from sentinel.ledger.errors import LedgerError
    from sentinel.ledger.export import export

    told: Any
    try:
        told = export(Path(argv[0]), Path(argv[1]))
    except (Refused, LedgerError) as error:
        told = {"refusal": to_json(error.refusal)}
    except OSError as error:
        told = {"refusal": to_json(Refusal("E-export", f"It could not be written: {error}.", argv[1]))}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
