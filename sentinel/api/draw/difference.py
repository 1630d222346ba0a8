"""The difference between two versions drawn: what changed, what it did to the scores, and what would tell more."""

from sentinel.api.draw.controls import shown
from sentinel.api.draw.moments import took
from sentinel.api.draw.pen import Pen
from sentinel.domain.difference import BOTH, DATA, RECIPE, SAME
from sentinel.domain.digest import Json

_MOST = 120


def draw_difference(pen: Pen, told: Json) -> None:
    """Draw the difference between two versions; `scores` tells of each way from one to the other."""
    same = ", and their models are the same to the byte" if told["same_model"] else ""
    words = {
        SAME: "nothing that is on record differs", DATA: "only the data differ", RECIPE: "only the recipe differs",
        BOTH: "data and recipe both differ",
    }  # fmt: skip
    pen.say(f"Between {told['one']} and {told['other']} {words[told['moved']]}{same}.")
    rows = [(each["of"], each["name"], _short(each["one"]), _short(each["other"])) for each in told["changes"]]
    if rows:
        pen.table(("", "WHAT", "A", "B"), rows)
    if told["controls"]:
        moves = (f"{each['control']} {shown(each['was'])} → {shown(each['now'])}" for each in told["controls"])
        pen.say(f"Re-forging from the one to the other changed {', '.join(moves)}.")
    for way in told["scores"]:
        _draw_way(pen, way)
    half = told["half"]
    if half is None:
        return
    pen.line()
    lasted = f", {took(0, half['takes'], 0)} by the last time" if half["takes"] is not None else ""
    what = f"the recipe of {half['recipe_of']} on the data of {half['data_of']}{lasted}"
    if half["unable"]:
        pen.say(f"To tell which of them moved it, one half has to be run, the cheaper {what}. {half['unable']}")
    else:
        pen.say(f"To tell which of them moved it, run the cheaper half: {what}.")
        pen.say(f"  sentinel diff {told['one']} {told['other']} --run")


def _draw_way(pen: Pen, way: Json) -> None:
    pen.line()
    if way["sets"] is None:
        pen.say(f"{way['one']} and {way['other']} were not both scored: nothing says what it did.")
        return
    by = {DATA: "The data moved", RECIPE: "The recipe moved", SAME: "Between the two went"}.get(way["of"], "Both moved")
    for each in way["sets"]:
        told = f"{each['set']} from {each['mean_one']:.3f} to {each['mean_other']:.3f} on {each['n']} documents"
        sure = "beyond chance" if each["beyond_chance"] else "which may be chance"
        swings = f"{each['only_one']} got worse and {each['only_other']} better, {sure}"
        pen.say(f"{by} {told}: {swings} ({way['one']} to {way['other']}).")


def _short(value: Json) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
