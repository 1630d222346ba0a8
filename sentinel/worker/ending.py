"""How an attempt ended: each way out of a step's function as one of the ends, with its sentence."""

import traceback

from sentinel.contract.at import NothingTrained
from sentinel.contract.attempt import AttemptOut
from sentinel.domain.refusal import Refusal, Refused
from sentinel.outside.notify import TryLater
from sentinel.worker.blot import Blot


class Failed(Exception):
    """What went wrong is known and is said; trying again may help."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def ending(error: BaseException, attempt: str, step: str, blot: Blot) -> AttemptOut:
    """The result of an attempt that was left by an exception, without the credentials that its text may hold."""
    pause = 0
    match error:
        case NothingTrained():
            return AttemptOut(attempt, "nothing-trained", says=blot.text(str(error)))
        case Refused() | Failed():
            end, refusal = ("refused" if isinstance(error, Refused) else "failed"), error.refusal
        case TryLater():
            end, refusal = "failed", error.refusal
            pause = round(1000 * (error.retry_after or 0))
        case _:
            what = f"the step crashed with {type(error).__name__}{_gist(error)}."
            end, refusal = "failed", Refusal("E-step-crashed", what, step, "The traceback is in the attempt's log.")
    what, where, todo = (blot.text(each) for each in (refusal.what, refusal.where or step, refusal.todo))
    return AttemptOut(attempt, end, error=Refusal(refusal.code, what, where, todo), pause=pause)


def last_words(error: BaseException) -> bytes:
    """What the log is told: the sentence where there is one, the traceback of a crash."""
    if isinstance(error, NothingTrained | Refused | Failed | TryLater):
        return f"{error}\n".encode(errors="replace")
    return "".join(traceback.format_exception(error)).encode(errors="replace")


def _gist(error: BaseException) -> str:
    line = " ".join(str(error).split())
    if len(line) > 200:
        line = line[:199] + "…"
    return f": {line.rstrip('.')}" if line else ""
