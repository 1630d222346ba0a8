"""How many outcomes have counted on the line of a run, for the gates that wait for more of them."""

from sentinel.domain.outcome import Settling
from sentinel.domain.run.awaited import awaits, come
from sentinel.domain.run.state import Run
from sentinel.domain.streams import stream_of
from sentinel.ledger.ledger import Ledger
from sentinel.supervisor.work import Work


def counted_outcomes(work: Work | Ledger, run: Run) -> int | None:
    """How many outcomes have counted on the line of a run so far: settled, in a round that is over, by known chance.

    A label without a chance only trains. It is in no signal and in no set, so that a gate which had waited for such
    labels would spend its second look on what it saw at its first. And within a round, versions settle one after the
    other: half of one would say more of the first than of the last.
    """
    if run.line is None:
        return None
    settling: Settling = work.state(stream_of("settling", run.line))
    return settling.counted


def outcomes_come(work: Work | Ledger, run: Run) -> dict[str, str]:
    """For each gate of a run that waits for outcomes, in words, how many of them have come."""
    counted = counted_outcomes(work, run)
    held = {step.key: come(run, step, counted) for step in awaits(run)}
    return {key: str(told) for key, told in held.items() if told is not None}
