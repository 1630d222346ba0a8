"""A run that a person asked to have something computed, drawn while it goes: one step, and what has come of it."""

from sentinel.api.draw.moments import ago, due
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json


def draw_asked(pen: Pen, run: Json, says: str, now: int) -> None:
    """Draw how far it is, or why it has no answer; `says` is what its worker said last."""
    (step,) = run["steps"]
    pen.line(f"{pen.ink(run['run'], 'bold')}  {pen.state(run['state'])}  asked {ago(run['created_at'], now)}")
    expected = run["expected"]
    if run["ended_at"] is None and expected is not None and expected["start"] is not None:
        pen.say(f"It starts within {due(expected['start'], expected['start_bound'], now)}.")
    for told in dict.fromkeys((run["why"], step["why"], says)):
        if told:
            pen.say(told)
    error = next((each["error"] for each in reversed(step["attempts"]) if each["error"]), None)
    if error is not None:
        pen.say(f"{error['code']}: {error['what']}")
        pen.say(f"→ {error['todo']}" if error["todo"] else "")
