"""What is written down of a training as it goes: it is kept in each checkpoint, and ends up in `training.json`."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from statistics import fmean

from sentinel.contract.training import EarlyStop
from sentinel.domain.digest import Json
from sentinel.model.train.holds import Holds

POINTS = 100
"""Losses that are kept of a training, however long it was."""
MARGIN, LEAST, TIMES = 1.05, 0.01, 3
"""A held-out loss that is above its best by a share and a bit more, so many looks in a row, has regressed."""
_DIGITS = 5


@dataclass(slots=True)
class Diary:
    """Losses, looks and warnings, by step."""

    losses: list[float] = field(default_factory=list)
    looks: list[tuple[int, float]] = field(default_factory=list)
    """The step and the held-out loss."""
    best: int | None = None
    """The look with the lowest loss, as a place in `looks`."""
    worse: int = 0
    """Looks since the last one that was better."""
    warnings: list[str] = field(default_factory=list)
    ended_by: str | None = None
    seconds: float = 0.0
    tokens: int = 0
    """Tokens that were read, without padding."""
    learned: int = 0
    """Those of them that were learned to be said."""
    holds: Holds | None = None
    """What was found before the first step; whoever goes on from a checkpoint goes on so."""

    def look(self, step: int, loss: float, rule: EarlyStop | None) -> bool:
        """Take down a held-out loss, and give whether it is the best so far."""
        self.looks.append((step, loss))
        least = rule.least if rule is not None else 0.0
        better = self.best is None or loss < self.looks[self.best][1] - least
        self.best, self.worse = (len(self.looks) - 1, 0) if better else (self.best, self.worse + 1)
        return better

    def regression(self) -> str | None:
        """What is wrong where the held-out loss stays above what it was before; said once."""
        best, last = self._before_last()
        if self.warnings or best is None or min(loss for _, loss in last) < best[1] * MARGIN + LEAST:
            return None
        then, now = fmean(self.losses[: best[0] + 1][-TIMES:]), fmean(self.losses[-TIMES:])
        if now > then * MARGIN:
            why = "the loss on what is learned rises too, so the learning rate is too high: try a tenth of it"
        elif now < then / MARGIN:
            why = "what is learned gets better meanwhile, so it is learned by heart: try fewer epochs, or early_stop"
        else:
            why = "what is learned gets no better either, so look at the rows: labels may be swapped or contradict"
        told = (
            f"the held-out loss was {best[1]:.3f} at step {best[0]}, and is {last[-1][1]:.3f} at {last[-1][0]}; {why}"
        )
        self.warnings.append(told)
        return told

    def _before_last(self) -> tuple[tuple[int, float] | None, list[tuple[int, float]]]:
        """The best look before the last few, and these."""
        earlier, last = self.looks[:-TIMES], self.looks[-TIMES:]
        return min(earlier, key=lambda look: look[1]) if earlier else None, last

    def to_json(self) -> Json:
        """What a checkpoint keeps."""
        return {
            "losses": self.losses, "looks": self.looks, "best": self.best, "worse": self.worse,
            "warnings": self.warnings, "ended_by": self.ended_by, "seconds": self.seconds, "tokens": self.tokens,
            "learned": self.learned, "holds": asdict(self.holds) if self.holds is not None else None,
        }  # fmt: skip

    @classmethod
    def from_json(cls, told: Json) -> "Diary":
        """What a checkpoint kept."""
        looks, holds = [(step, loss) for step, loss in told["looks"]], told.get("holds")
        return cls(**{**told, "looks": looks, "holds": Holds(**holds) if holds is not None else None})


def told(diary: Diary) -> Json:
    """What `training.json` says of it: nothing of times, so that the same training says the same."""
    stride = max(1, -(-len(diary.losses) // POINTS))
    places = range(0, len(diary.losses), stride)
    return {
        "losses": [[place + 1, _rounded(diary.losses[place : place + stride])] for place in places],
        "held_out": [[step, round(loss, _DIGITS)] for step, loss in diary.looks],
        "warnings": diary.warnings, "steps": len(diary.losses), "tokens": diary.tokens,
        "learned": diary.learned, "ended_by": diary.ended_by,
    }  # fmt: skip


def _rounded(losses: Iterable[float]) -> float:
    return round(fmean(losses), _DIGITS)
