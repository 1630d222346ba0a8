"""Drift drawn: what has come in on a line, what it is held to, the evidence against that and what would fire."""

from sentinel.api.draw.moments import ago
from sentinel.api.draw.pen import Pen
from sentinel.api.draw.sparks import sparks
from sentinel.domain.digest import Json
from sentinel.domain.feed import shown
from sentinel.domain.quantity import rough_duration
from sentinel.domain.text import plain

_STANDINGS = {"ok": "green", "pending": "yellow", "firing": "red"}
_BARS, _LEAST = 60, 10
"""Bars of a curve, at most and at least."""
_BESIDE = 40
"""Letters that stand beside a curve."""


def draw_baselines(pen: Pen, told: Json, now: int, watched: str | None = None) -> None:
    """Draw what a line is held to, on all its sets or on one."""
    rows = [(feed["feed"], *_base(feed, now)) for feed in told["feeds"] if watched in (None, feed["set"])]
    if rows:
        pen.table(("FEED", "RATE", "ROWS", "SET", "BECAUSE"), rows)
    else:
        _nothing(pen, told)


def _base(feed: Json, now: int) -> tuple[str, ...]:
    base = feed["baseline"]
    if base is None:
        return "none yet", "", "", ""
    return f"{base['rate']:.3f}", f"{base['rows']:g}", ago(base["set_at"], now), base["because"]


def draw_drift(pen: Pen, told: Json, now: int) -> None:
    """Draw how a line stands against its baselines, and its other triggers."""
    if not told["feeds"]:
        _nothing(pen, told)
    for number, feed in enumerate(told["feeds"]):
        if number:
            pen.line()
        draw_feed(pen, feed, now)
    if told["others"]:
        pen.line()
        pen.line(pen.ink("other triggers", "bold"))
    for other in told["others"]:
        _draw_other(pen, other, now)


def _draw_other(pen: Pen, told: Json, now: int) -> None:
    pen.line(pen.ink(plain(f"  {told['recipe']}, {told['kind']}: {told['says']}"), "red" if told["failed"] else ""))
    times = []
    if told["looked_at"] is not None:
        times.append(f"looked {ago(told['looked_at'], now)}")
    if (told["next"] or 0) > now:
        times.append(f"looks again {ago(told['next'], now)}")
    if told["run"] is not None:
        times.append(f"fired last into {told['run']}")
    if times:
        pen.say(f"    {'; '.join(times)}")


def draw_feed(pen: Pen, feed: Json, now: int) -> None:
    """Draw one feed: its rates, its baseline, and each trigger that watches it."""
    base = feed["baseline"]
    pen.line(pen.ink(feed["feed"], "bold"))
    recent = feed["recent"][-_bars(pen) :]
    if recent:
        rates = [each[1] if each[2] else None for each in recent]
        known = [rate for rate in rates if rate is not None] or [0.0]
        last = f"{recent[-1][1]:.3f} of {recent[-1][2]:g}" if recent[-1][2] else "nothing"
        upto = shown(recent[-1][3], recent[-1][0])
        pen.say(f"  rate      {sparks(rates, min(known), max(known))}  {last}, up to {upto}")
    else:
        pen.say("  rate      no signal has come in")
    if base is None:
        pen.say("  baseline  none yet")
    else:
        differ = f"evaluations differ {base['spread']:.1f} times as much as the dice alone"
        held = f"{base['rate']:.3f} over {base['rows']:g} rows, {base['because']} {ago(base['set_at'], now)}"
        pen.say(f"  baseline  {held}; {differ}")
    for watched in feed["watched"]:
        _draw_watched(pen, watched, now)
    if not feed["watched"]:
        pen.say("  no trigger watches it")


def _draw_watched(pen: Pen, told: Json, now: int) -> None:
    standing = pen.ink(told["standing"], _STANDINGS.get(told["standing"], ""))
    since = f" since {ago(told['since'], now)}" if told["since"] and told["standing"] != "ok" else ""
    pen.line(f"  {plain(told['recipe'])}: {standing}{plain(since)}; {plain(told['says'])}")
    if told["expected"] is not None:
        bars, against = sparks(told["track"][-_bars(pen) :], 0, 1) or "-", f"against {told['expected']:.3f}"
        pen.say(
            f"  evidence  {bars}  {told['share']:.0%} of what it takes, {told['evaluations']} evaluations {against}"
        )
        pen.say(f"  promise   false alarms {told['promise']} at most: A = {told['often']:.0f}")
        for each in told["fires_at"] if told["standing"] != "firing" else ():
            pen.say(
                f"  it fires  {_after(each['evaluations'], told)} at {each['rate']:.3f}, {told['rows']:g} rows each"
            )
    elif told["below"] is None:
        pen.say(f"  a baseline takes {told['wants']} evaluations")
    if told["silent"]:
        pen.line(f"  {pen.ink('silent: nothing has come in for long', 'red')}")
    if told["run"]:
        again = f"; it may fire again {ago(told['quiet_until'], now)}" if (told["quiet_until"] or 0) > now else ""
        times = "once" if told["fired"] == 1 else f"{told['fired']} times, last"
        pen.say(f"  fired     {times} into {told['run']}{again}")


def _after(evaluations: int | None, told: Json) -> str:
    if evaluations is None:
        return "never"
    span = rough_duration(evaluations * told["every_ms"])
    return f"after {evaluations} more {'evaluation' if evaluations == 1 else 'evaluations'} ({span})"


def _nothing(pen: Pen, told: Json) -> None:
    pen.say(f"Nothing has come in on {told['line']} yet, and no trigger watches it.")


def _bars(pen: Pen) -> int:
    """How many bars a curve has room for."""
    return max(_LEAST, min(_BARS, pen.width - _BESIDE))
