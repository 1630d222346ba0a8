"""Verbs that show the runs: what is next, what there was, how one went."""

from sentinel.api.draw.moments import ago, now, took
from sentinel.api.draw.queue import draw_queue
from sentinel.api.draw.run import draw_run
from sentinel.cli.call import Call
from sentinel.domain.digest import Json


def queue(call: Call) -> int:
    """List the runs that have not ended."""
    told = call.ask("queue", limit=call.args.limit)
    if call.args.json:
        call.out.json(told)
    else:
        draw_queue(call.out, told, now())
    return 0


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
