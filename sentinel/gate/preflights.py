"""What checks on a preflight have in common: its points, and the finding where they cannot be read or are not there."""

import json
from collections.abc import Callable, Sequence

from sentinel.contract.kinds import Preflight
from sentinel.domain.digest import Json
from sentinel.domain.form import from_json
from sentinel.domain.preflight import NO, WARN, Fit, Point
from sentinel.domain.verdict import Finding

FILE = "preflight.json"
_AGAIN = "Run `preflight` again."


def on(check: str, held: Preflight, what: str | None, judge: Callable[[Sequence[Point]], Finding]) -> Finding:
    """What a check finds in the points on one thing, or in all; where there are none, that is an error."""
    try:
        told = from_json(Fit, json.loads((held.path / FILE).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Finding(check, "error", f"Its {FILE} cannot be read: {type(error).__name__}.", todo=_AGAIN)
    points = told.of(what) if what is not None else told.points
    if not points:
        about = f"{what} was not looked at" if what is not None else "nothing was looked at"
        return Finding(check, "error", f"Before this training {about}.", todo=_no(told.points) or _AGAIN)
    return judge(points)


def by_standing(check: str, points: Sequence[Point]) -> Finding:
    """A no fails; a warning is told, and passes."""
    wrong = [each for each in points if each.standing == NO]
    doubts = [each for each in points if each.standing == WARN]
    evidence: dict[str, Json] = {
        "points": {each.what: {"standing": each.standing, **each.figures} for each in points},
        "warnings": [each.says for each in doubts],
    }  # fmt: skip
    if wrong:
        return Finding(check, "fail", _told(wrong), evidence, _todo(wrong))
    if doubts:
        return Finding(check, "pass", f"It fits, with a warning: {_told(doubts)}", evidence, _todo(doubts))
    return Finding(check, "pass", points[0].says if len(points) == 1 else f"All {len(points)} points fit.", evidence)


def _told(points: Sequence[Point]) -> str:
    return " ".join(each.says for each in points)


def _todo(points: Sequence[Point]) -> str:
    return " ".join(each.todo for each in points if each.todo)


def _no(points: Sequence[Point]) -> str:
    """What to do about what ended the look early."""
    return _todo([each for each in points if each.standing == NO])
