"""The tables of legal moves of a run, its steps and its attempts. The schema of the ledger holds them a second time."""

RUN_OPEN = ("queued", "running", "waiting", "paused")
RUN_ENDS = ("done", "rejected", "inconclusive", "frozen", "nothing-trained", "failed", "cancelled")
RUN_MOVES: dict[str, frozenset[str]] = {
    "": frozenset({"queued"}),
    "queued": frozenset({"running", "paused", "cancelled", "failed"}),
    "running": frozenset({"waiting", "paused", *RUN_ENDS}),
    "waiting": frozenset({"running", "paused", *RUN_ENDS}),
    "paused": frozenset({"queued", "running", "cancelled", "failed"}),
    **{end: frozenset({"queued"}) for end in RUN_ENDS},
}

STEP_ENDS = ("done", "reused", "skipped", "failed", "cancelled")
STEP_MOVES: dict[str, frozenset[str]] = {
    "pending": frozenset({"running", "waiting", *STEP_ENDS}),
    "running": frozenset({"waiting", "done", "failed", "cancelled"}),
    "waiting": frozenset({"running", "waiting", "pending", "done", "reused", "failed", "skipped", "cancelled"}),
    **{end: frozenset({"pending"}) for end in STEP_ENDS},
}

ATTEMPT_ENDS = ("succeeded", "failed", "refused", "timed-out", "out-of-memory", "stalled", "lost", "cancelled")
ATTEMPT_MOVES: dict[str, frozenset[str]] = {
    "started": frozenset(ATTEMPT_ENDS),
    **{end: frozenset() for end in ATTEMPT_ENDS},
}


class IllegalMove(Exception):
    """An event asks for a move that is in no table; a bug in Sentinel, or a ledger that somebody edited."""


def moved(table: dict[str, frozenset[str]], what: str, source: str, target: str) -> str:
    """The target of a move, if the table allows it."""
    if target not in table[source]:
        raise IllegalMove(f"{what} cannot go from {source} to {target}")
    return target
