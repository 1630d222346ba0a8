"""Verbs about what comes in on a line: a signal, how far it is from firing, and what it is held to."""

from sentinel.cli.call import Call
from sentinel.cli.moments import ago, now
from sentinel.cli.out import Out
from sentinel.cli.sparks import sparks
from sentinel.domain.digest import Json
from sentinel.domain.feed import shown
from sentinel.domain.quantity import rough_duration
from sentinel.domain.refusal import refuse
from sentinel.domain.text import plain

_STANDINGS = {"ok": "green", "pending": "yellow", "firing": "red"}
_SHOWN = 60


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
        _draw(call.out, told)
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
        return 0
    feeds = [feed for feed in told["feeds"] if args.watched in (None, feed["set"])]
    at = now()
    rows = [(feed["feed"], *_base(feed, at)) for feed in feeds]
    if rows:
        call.out.table(("FEED", "RATE", "ROWS", "SET", "BECAUSE"), rows)
    else:
        call.out.say(f"Nothing has come in on {told['line']} yet, and no trigger watches it.")
    return 0


def _base(feed: Json, at: int) -> tuple[str, ...]:
    base = feed["baseline"]
    if base is None:
        return "none yet", "", "", ""
    return f"{base['rate']:.3f}", f"{base['rows']:g}", ago(base["set_at"], at), base["because"]


def _draw(out: Out, told: Json) -> None:
    if not told["feeds"]:
        out.say(f"Nothing has come in on {told['line']} yet, and no trigger watches it.")
    for number, feed in enumerate(told["feeds"]):
        if number:
            out.line()
        _draw_feed(out, feed)
    at = now()
    if told["others"]:
        out.line()
        out.line(out.ink("other triggers", "bold"))
    for other in told["others"]:
        _draw_other(out, other, at)


def _draw_other(out: Out, told: Json, at: int) -> None:
    out.line(out.ink(plain(f"  {told['recipe']}, {told['kind']}: {told['says']}"), "red" if told["failed"] else ""))
    times = []
    if told["looked_at"] is not None:
        times.append(f"looked {ago(told['looked_at'], at)}")
    if (told["next"] or 0) > at:
        times.append(f"looks again {ago(told['next'], at)}")
    if told["run"] is not None:
        times.append(f"fired last into {told['run']}")
    if times:
        out.say(f"    {'; '.join(times)}")


def _draw_feed(out: Out, feed: Json) -> None:
    at, base = now(), feed["baseline"]
    out.line(out.ink(feed["feed"], "bold"))
    recent = feed["recent"][-_SHOWN:]
    if recent:
        rates = [each[1] if each[2] else None for each in recent]
        known = [rate for rate in rates if rate is not None] or [0.0]
        last = f"{recent[-1][1]:.3f} of {recent[-1][2]:g}" if recent[-1][2] else "nothing"
        upto = shown(recent[-1][3], recent[-1][0])
        out.say(f"  rate      {sparks(rates, min(known), max(known))}  {last}, up to {upto}")
    else:
        out.say("  rate      no signal has come in")
    if base is None:
        out.say("  baseline  none yet")
    else:
        differ = f"evaluations differ {base['spread']:.1f} times as much as the dice alone"
        held = f"{base['rate']:.3f} over {base['rows']:g} rows, {base['because']} {ago(base['set_at'], at)}"
        out.say(f"  baseline  {held}; {differ}")
    for watched in feed["watched"]:
        _draw_watched(out, watched, at)
    if not feed["watched"]:
        out.say("  no trigger watches it")


def _draw_watched(out: Out, told: Json, at: int) -> None:
    standing = out.ink(told["standing"], _STANDINGS.get(told["standing"], ""))
    since = f" since {ago(told['since'], at)}" if told["since"] and told["standing"] != "ok" else ""
    out.line(f"  {plain(told['recipe'])}: {standing}{plain(since)}; {plain(told['says'])}")
    if told["expected"] is not None:
        bars, against = sparks(told["track"][-_SHOWN:], 0, 1) or "-", f"against {told['expected']:.3f}"
        out.say(
            f"  evidence  {bars}  {told['share']:.0%} of what it takes, {told['evaluations']} evaluations {against}"
        )
        out.say(f"  promise   false alarms {told['promise']} at most: A = {told['often']:.0f}")
        for each in told["fires_at"] if told["standing"] != "firing" else ():
            out.say(
                f"  it fires  {_after(each['evaluations'], told)} at {each['rate']:.3f}, {told['rows']:g} rows each"
            )
    elif told["below"] is None:
        out.say(f"  a baseline takes {told['wants']} evaluations")
    if told["silent"]:
        out.line(f"  {out.ink('silent: nothing has come in for long', 'red')}")
    if told["run"]:
        again = f"; it may fire again {ago(told['quiet_until'], at)}" if (told["quiet_until"] or 0) > at else ""
        times = "once" if told["fired"] == 1 else f"{told['fired']} times, last"
        out.say(f"  fired     {times} into {told['run']}{again}")


def _after(evaluations: int | None, told: Json) -> str:
    if evaluations is None:
        return "never"
    span = rough_duration(evaluations * told["every_ms"])
    return f"after {evaluations} more {'evaluation' if evaluations == 1 else 'evaluations'} ({span})"
