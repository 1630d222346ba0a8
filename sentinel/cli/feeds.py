"""Verbs about what comes in on a line: a signal, how far it is from firing, and what it is held to."""

from sentinel.api.draw.drift import draw_baselines, draw_drift
from sentinel.api.draw.moments import now
from sentinel.cli.call import Call
from sentinel.domain.refusal import refuse


def signal(call: Call) -> int:
    """Bring a measurement of a line."""
    args = call.args
    told = call.ask(
        "signal", line=args.line, set=args.watched, metric=args.metric, measure=args.measure, id=args.id,
        version=args.version, **{"from": args.start, "to": args.end},
    )  # fmt: skip
    if args.json:
        call.out.json(told)
        return 0
    word = "is taken" if told["new"] else "was there already, and counts once"
    if args.version is not None and told["feed"].endswith(f".{args.version}"):
        call.out.say(f"{told['signal']} {word}, of a shadow. `sentinel zoo` says how far {args.version} has matured.")
        return 0
    late = "; it is late: a later one was there" if told["new"] and told["late"] else ""
    call.out.say(f"{told['signal']} {word}{late}. `sentinel drift {args.line}` says how {told['feed']} stands.")
    return 0


def drift(call: Call) -> int:
    """Show how a line stands against its baselines."""
    told = call.ask("drift", line=call.args.line)
    if call.args.json:
        call.out.json(told)
    else:
        draw_drift(call.out, told, now())
    return 0


def baseline(call: Call) -> int:
    """Show what a line is held to, or hold it to what it delivers now."""
    args = call.args
    if args.accept and args.watched is None:
        raise refuse(
            "E-usage", "It is not said which set.", todo=f"`sentinel baseline {args.line} --set SET --accept …`."
        )
    if args.accept:
        told = call.ask("baseline", line=args.line, set=args.watched, metric=args.metric, reason=args.reason or "")
    else:
        told = call.ask("drift", line=args.line)
    if args.json:
        call.out.json(told)
    else:
        draw_baselines(call.out, told, now(), args.watched)
    return 0
