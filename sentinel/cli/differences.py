"""`diff`: what two versions were made of, and whether data or recipe moved the score."""

from sentinel.api.draw.difference import draw_difference
from sentinel.api.ways import UNSCORED, Way, scored, ways
from sentinel.cli.call import Call
from sentinel.cli.follow import follow, wait_for
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused


def diff(call: Call) -> int:
    """Tell what differs between two versions and what it did to the score; or run what is needed to tell."""
    args = call.args
    names = {"one": args.one, "other": args.other, "line": args.line}
    if args.run:
        return follow(call, call.ask("half", **names)["run"])
    told = call.ask("diff", **names)
    told["scores"] = [scored(way, _computed(call, way)) for way in ways(told)]
    if args.json:
        call.out.json(told)
    else:
        draw_difference(call.out, told)
    return 0


def _computed(call: Call, way: Way) -> Json:
    """On what the two ends of a way disagree; None where they were not both scored, or it cannot be asked."""
    try:
        run = wait_for(call, call.ask("flips", one=way.one, other=way.other, set=None, line=None)["run"])
    except Refused as why:
        if why.refusal.code in UNSCORED:
            return None
        raise
    return call.ask("computed", run=run["run"]) if run["state"] == "done" else None
