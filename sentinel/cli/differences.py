"""`diff`: what two versions were made of, and whether data or recipe moved the score."""

from sentinel.cli.call import Call
from sentinel.cli.follow import follow, wait_for
from sentinel.cli.models import shown
from sentinel.cli.moments import took
from sentinel.cli.out import Out
from sentinel.domain.difference import BOTH, DATA, RECIPE, SAME, beyond_chance
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused

_UNSCORED = {"E-unknown-artifact", "E-viewer"}
_MOST = 120


def diff(call: Call) -> int:
    """Tell what differs between two versions and what it did to the score; or run what is needed to tell."""
    args = call.args
    names = {"one": args.one, "other": args.other, "line": args.line}
    if args.run:
        return follow(call, call.ask("half", **names)["run"])
    told = call.ask("diff", **names)
    told["scores"] = [
        {"of": of, "one": one, "other": other, "sets": _sets(call, one, other)} for of, one, other in _ways(told)
    ]
    if args.json:
        call.out.json(told)
    else:
        _draw(call.out, told)
    return 0


def _ways(told: Json) -> list[tuple[str, str, str]]:
    """From the one version to the other, one change at a time where a version stands half-way."""
    one, other, half = told["one"], told["other"], told["between"]
    if half is None:
        return [(told["moved"], one, other)]
    first, then = (RECIPE, DATA) if half["data_of"] == one else (DATA, RECIPE)
    return [(first, one, half["version"]), (then, half["version"], other)]


def _sets(call: Call, one: str, other: str) -> Json:
    """What the two make of each set that both were scored on; None where they were not, or it cannot be asked."""
    try:
        run = wait_for(call, call.ask("flips", one=one, other=other, set=None, line=None)["run"])
    except Refused as why:
        if why.refusal.code in _UNSCORED:
            return None
        raise
    if run["state"] != "done":
        return None
    return [
        {**each, "beyond_chance": beyond_chance(each["only_one"], each["only_other"])}
        for each in call.ask("computed", run=run["run"])["sets"]
    ]


def _draw(out: Out, told: Json) -> None:
    same = ", and their models are the same to the byte" if told["same_model"] else ""
    words = {
        SAME: "nothing that is on record differs", DATA: "only the data differ", RECIPE: "only the recipe differs",
        BOTH: "data and recipe both differ",
    }  # fmt: skip
    out.say(f"Between {told['one']} and {told['other']} {words[told['moved']]}{same}.")
    rows = [(each["of"], each["name"], _short(each["one"]), _short(each["other"])) for each in told["changes"]]
    if rows:
        out.table(("", "WHAT", "A", "B"), rows)
    if told["controls"]:
        moves = (f"{each['control']} {shown(each['was'])} → {shown(each['now'])}" for each in told["controls"])
        out.say(f"Re-forging from the one to the other changed {', '.join(moves)}.")
    for way in told["scores"]:
        _draw_way(out, way)
    half = told["half"]
    if half is None:
        return
    out.line()
    lasted = f", {took(0, half['takes'], 0)} by the last time" if half["takes"] is not None else ""
    what = f"the recipe of {half['recipe_of']} on the data of {half['data_of']}{lasted}"
    if half["unable"]:
        out.say(f"To tell which of them moved it, one half has to be run, the cheaper {what}. {half['unable']}")
    else:
        out.say(f"To tell which of them moved it, run the cheaper half: {what}.")
        out.say(f"  sentinel diff {told['one']} {told['other']} --run")


def _draw_way(out: Out, way: Json) -> None:
    out.line()
    if way["sets"] is None:
        out.say(f"{way['one']} and {way['other']} were not both scored: nothing says what it did.")
        return
    by = {DATA: "The data moved", RECIPE: "The recipe moved", SAME: "Between the two went"}.get(way["of"], "Both moved")
    for each in way["sets"]:
        told = f"{each['set']} from {each['mean_one']:.3f} to {each['mean_other']:.3f} on {each['n']} documents"
        sure = "beyond chance" if each["beyond_chance"] else "which may be chance"
        swings = f"{each['only_one']} got worse and {each['only_other']} better, {sure}"
        out.say(f"{by} {told}: {swings} ({way['one']} to {way['other']}).")


def _short(value: Json) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
