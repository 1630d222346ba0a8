"""Named places at which a test harness may end a process, so that every one of them is known to be survived."""

from collections.abc import Callable

LEDGER = (
    "ledger.create.made",
    "ledger.open.locked",
    "ledger.open.migrated",
    "ledger.open.checked",
    "ledger.append.begin",
    "ledger.append.events",
    "ledger.append.rows",
    "ledger.append.commit",
    "ledger.append.done",
    "ledger.seal.begin",
    "ledger.seal.done",
    "ledger.backup.copied",
    "ledger.backup.done",
    "ledger.restore.marked",
    "ledger.restore.aside",
    "ledger.restore.placed",
)

SUPERVISOR = (
    "supervisor.folder.made",
    "supervisor.folder.told",
    "supervisor.folder.locked",
    "supervisor.decided",
    "supervisor.settled",
    "supervisor.recorded",
    "supervisor.spawn.begin",
    "supervisor.spawn.done",
    "supervisor.worker.gone",
    "supervisor.result.read",
    "supervisor.started",
    "supervisor.taken-up",
    "supervisor.stopping",
)

POINTS: tuple[str, ...] = (*LEDGER, *SUPERVISOR)
"""Every point of every room; a harness asserts that it has been at each of them."""

_hook: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """Say that the process has come to this point. Does nothing unless somebody watches."""
    if _hook is not None:
        _hook(point)


def watch(hook: Callable[[str], None] | None) -> None:
    """Call this at every point from now on; None ends the watch."""
    global _hook
    _hook = hook
