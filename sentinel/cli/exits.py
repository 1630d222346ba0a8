"""What the exit status of a command means, and which one a refusal leads to."""

from sentinel.domain.refusal import Refusal

DONE = 0
NO = 1
"""The answer is no: faults were found, a gate failed, a run was rejected."""
USAGE = 2
FAILED = 3
"""A followed run failed or was cancelled."""
BROKE = 70
LATER = 75
"""Try later: no daemon, or one is running already."""
CONFIG = 78

_LATER = {
    "E-no-daemon", "E-gone-away", "E-silent", "E-busy", "E-door-taken", "E-ledger-full", "E-ledger-busy", "E-draining",
}  # fmt: skip
_CONFIG = {"E-config", "E-node", "E-door", "E-REGISTRY", "E-state", "E-newer-ledger"}
_BROKE = {"E-broke", "E-damaged-ledger", "E-ledger-differs", "E-ledger", "E-ledger-conflict", "E-restore-unfinished"}
_USAGE = {
    "E-usage", "E-workspace", "E-param", "E-reason", "E-which-step", "E-which-line", "E-other-line", "E-unknown-run",
    "E-unknown-recipe", "E-unknown-line", "E-unknown-step", "E-unknown-version", "E-unknown-verdict",
    "E-unknown-artifact", "E-unknown-route", "E-unknown-gate", "E-input", "E-not-empty", "E-init-taken",
    "E-unknown-spec", "E-no-rotation", "E-which-rotation", "E-priority",
}  # fmt: skip


def exit_of(refusal: Refusal) -> int:
    """The exit status of a command that met this refusal."""
    if refusal.code in _BROKE:
        return BROKE
    if refusal.code in _LATER:
        return LATER
    if refusal.code in _CONFIG:
        return CONFIG
    return USAGE if refusal.code in _USAGE else NO


RUN_EXITS = {
    "done": DONE, "nothing-trained": DONE, "rejected": NO, "inconclusive": NO, "frozen": NO, "failed": FAILED,
    "cancelled": FAILED,
}  # fmt: skip
"""The exit status of a command that followed a run to this end."""
