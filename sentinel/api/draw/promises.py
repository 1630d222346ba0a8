"""The promise of a drift trigger, in words: one line for `check`, and how soon it sees a fall besides for `plan`."""

from sentinel.domain.digest import Json
from sentinel.domain.quantity import DAY, rough_duration


def in_short(told: Json) -> str:
    """What it watches, and how seldom it is wrong."""
    watches = f"drift on {told['set']} of {told['line']}"
    if told["below"] is not None:
        spell = rough_duration(told["for_ms"])
        return f"{watches}, below {told['below']:g} for {spell}: the plain rule, which promises nothing"
    streams = f"over {told['streams']} streams" if told["streams"] > 1 else "on 1 stream"
    number = f"A = {told['often']:.0f} evaluations, one every {rough_duration(told['every_ms'])}, {streams}"
    points = f"{100 * told['margin']:.3g} {'point' if told['margin'] == 0.01 else 'points'}"
    return f"{watches}, by more than {points}: false alarms {told['promise']} at most; {number}"


def in_full(told: Json) -> list[str]:
    """The same, and how soon it sees a fall at what volume."""
    return [in_short(told)] if told["below"] is not None else [in_short(told), f"  {_sees(told)}"]


def _sees(told: Json) -> str:
    volume = told["volume"]
    if volume is None:
        return "how soon it sees a fall cannot be told before labels come in"
    if volume["because"] == "record":
        at = f"at the line's own {volume['rate']:.3f} and {volume['rows']:.3g} labels an evaluation"
    else:
        at = (
            f"at {volume['labels_a_week']} labels a week (`labels.weekly`) and right {volume['rate']:.0%}, both assumed"
        )
    if all(each["evaluations"] is None for each in told["falls"]):
        return f"{at}: it sees no fall; the labels are too few, or hardly ever right"
    return f"{at}: a fall {', '.join(_fall(each) for each in told['falls'])}"


def _fall(each: Json) -> str:
    if each["ms"] is None:
        return f"to {each['to']:.2f} is never seen"
    # nobody counts the minutes of a year
    span = f"{round(each['ms'] / DAY)}d" if each["ms"] >= 10 * DAY else rough_duration(each["ms"])
    return f"to {each['to']:.2f} is seen in about {span}"
