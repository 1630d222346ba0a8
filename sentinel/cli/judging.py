"""Verbs that have something computed: a gate judges by hand, two versions are laid side by side."""

from sentinel.api.draw.flips import draw_flips
from sentinel.api.draw.verdict import draw_verdict
from sentinel.cli.call import Call
from sentinel.cli.exits import FAILED, RUN_EXITS
from sentinel.cli.follow import wait_for
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse


def judge(call: Call) -> int:
    """Have a gate judge, and show its verdict."""
    args = call.args
    bound = {}
    for pair in args.bound:
        port, equals, name = pair.partition("=")
        if not equals or not port or not name:
            raise refuse("E-usage", f"`--in {pair}` is no pair.", todo="Write it as `--in PORT=NAME`.")
        bound[port] = name
    run = wait_for(call, call.ask("judge", gate=args.gate, line=args.line, **{"in": bound})["run"])
    (step,) = run["steps"]
    judged = [each["attempt"] for each in step["attempts"]]
    if step["verdict"] is None or not judged:
        raise refuse("E-no-answer", f"{run['run']} ended as {run['state']}.", todo=f"`sentinel show {run['run']}`.")
    told = call.ask("verdict", id=judged[-1])
    if args.json:
        call.out.json(told)
    else:
        draw_verdict(call.out, told, args.full)
    return RUN_EXITS.get(run["state"], FAILED)


def flips(call: Call) -> int:
    """List the documents on which two versions disagree."""
    args = call.args
    told = computed(call, call.ask("flips", one=args.one, other=args.other, set=args.of_set, line=args.line)["run"])
    if args.json:
        call.out.json(told)
    else:
        draw_flips(call.out, told, args.one, args.other, args.limit)
    return 0


def computed(call: Call, name: str) -> Json:
    """Wait for a run of a verb that computes, and fetch what it found out."""
    run = wait_for(call, name)
    if run["state"] != "done":
        raise refuse("E-no-answer", run["why"] or f"{run['run']} ended as {run['state']}.",
                     todo=f"`sentinel show {run['run']}` says how it went.")  # fmt: skip
    return call.ask("computed", run=run["run"])
