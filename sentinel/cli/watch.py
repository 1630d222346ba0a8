"""Verbs that show the runs: what is next, what there was, how one went."""

from sentinel.cli.call import Call
from sentinel.cli.draw_run import draw_run
from sentinel.cli.moments import ago, due, now, took
from sentinel.domain.digest import Json


def queue(call: Call) -> int:
    """List the runs that have not ended."""
    told = call.ask("queue", limit=call.args.limit)
    if call.args.json:
        call.out.json(told)
        return 0
    at = now()
    rows = [
        (
            run["position"], run["run"], run["recipe"], run["line"], run["state"], run["waits"], run["priority"],
            ago(run["created_at"], at), _starts(run, at), due(run["expected"]["end"], run["expected"]["end_bound"], at),
        )
        for run in told["runs"]
    ]  # fmt: skip
    if rows:
        call.out.table(
            ("#", "RUN", "RECIPE", "LINE", "STATE", "WAITS FOR", "PRIORITY", "ASKED", "STARTS IN", "ENDS IN"), rows,
            inked=4,
        )  # fmt: skip
        call.out.say(_goodness(told["estimates"]))
    else:
        call.out.say("Nothing waits and nothing runs.")
    _more(call, told["more"], "open runs")
    return 0


def _starts(run: Json, at: int) -> str:
    expected = run["expected"]
    return due(expected["start"], expected["start_bound"], at) if run["state"] == "queued" else ""


def _goodness(told: Json) -> str:
    what = "Starts and ends: half of all such cases by the first, nine in ten by the second."
    if not told["told"]:
        return f"{what} None of these words could be judged yet."
    within, off = f"{told['ended_within']:.0%}", f"{told['off']:.0%}"
    return f"{what} Of the last {told['told']}, {within} had ended by the second; half missed the first by up to {off}."


def runs(call: Call) -> int:
    """List runs."""
    args = call.args
    told = call.ask(
        "runs", recipe=args.recipe, line=args.line, state=args.state, all=args.all, limit=args.limit, before=args.before
    )
    if args.json:
        call.out.json(told)
        return 0
    at = now()
    rows = [
        (
            run["run"], run["recipe"], run["line"], run["state"], run["trigger"], ago(run["created_at"], at),
            took(run["started_at"], run["ended_at"], at), run["why"],
        )
        for run in told["runs"]
    ]  # fmt: skip
    if rows:
        call.out.table(("RUN", "RECIPE", "LINE", "STATE", "BY", "ASKED", "TOOK", "WHY"), rows, inked=3)
    else:
        call.out.say("There are no such runs.")
    if told["more"] and rows:
        call.out.say(f"… and older ones: `sentinel runs --before {rows[-1][0]}`.")
    return 0


def show(call: Call) -> int:
    """Show a run."""
    told: Json = call.ask("show", run=call.args.run)
    if call.args.json:
        call.out.json(told)
    else:
        draw_run(call.out, told, now())
    return 0


def _more(call: Call, more: int, what: str) -> None:
    if more:
        call.out.say(f"… and {more} more {what}.")
