"""The domain's legal moves, as the schema holds them a second time."""

import sqlite3

from sentinel.domain import delivery
from sentinel.domain.run.moves import ATTEMPT_MOVES, RUN_MOVES, STEP_MOVES

_BEGINS = {"run": ("queued", RUN_MOVES), "step": ("pending", STEP_MOVES), "attempt": ("started", ATTEMPT_MOVES)}


def legal_moves() -> set[tuple[str, str, str]]:
    """Every move of a run, step, attempt and delivery: what, from, to. It begins by coming from nowhere."""
    moves = {
        (what, source, target)
        for what, table in (*((what, table) for what, (_, table) in _BEGINS.items()), ("delivery", delivery.MOVES))
        for source, targets in table.items()
        for target in targets
    }
    return moves | {(what, "", first) for what, (first, _) in _BEGINS.items()}


def put_moves(connection: sqlite3.Connection) -> None:
    """Make the schema's table what the domain's tables say now. Writes nothing where it is that already."""
    there = set(connection.execute("SELECT what, source, target FROM legal_moves"))
    wanted = legal_moves()
    if there == wanted:
        return
    connection.execute("DELETE FROM legal_moves")
    connection.executemany("INSERT INTO legal_moves VALUES (?, ?, ?)", sorted(wanted))
