"""The queue drawn: what waits for what, and when each is expected to start and to end."""

from sentinel.api.draw.moments import ago, due
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json


def draw_queue(pen: Pen, told: Json, now: int) -> None:
    """Draw the runs that have not ended, the next first."""
    rows = [
        (
            run["position"], run["run"], run["recipe"], run["line"], run["state"], run["waits"], run["priority"],
            ago(run["created_at"], now), starts(run, now), ends(run, now),
        )
        for run in told["runs"]
    ]  # fmt: skip
    if rows:
        pen.table(
            ("#", "RUN", "RECIPE", "LINE", "STATE", "WAITS FOR", "PRIORITY", "ASKED", "STARTS IN", "ENDS IN"), rows,
            inked=4,
        )  # fmt: skip
        pen.say(goodness(told["estimates"]))
    else:
        pen.say("Nothing waits and nothing runs.")
    if told["more"]:
        pen.say(f"… and {told['more']} more open runs.")


def starts(run: Json, now: int) -> str:
    """How long it is until a run starts, where it has not."""
    expected = run["expected"]
    return due(expected["start"], expected["start_bound"], now) if run["state"] == "queued" else ""


def ends(run: Json, now: int) -> str:
    """How long it is until a run ends."""
    expected = run["expected"]
    return due(expected["end"], expected["end_bound"], now)


def goodness(told: Json) -> str:
    """What the words about starts and ends mean, and how good they have been."""
    what = "Starts and ends: half of all such cases by the first, nine in ten by the second."
    if not told["told"]:
        return f"{what} None of these words could be judged yet."
    within, off = f"{told['ended_within']:.0%}", f"{told['off']:.0%}"
    return f"{what} Of the last {told['told']}, {within} had ended by the second; half missed the first by up to {off}."
