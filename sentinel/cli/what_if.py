"""`backtest` and `simulate`: what a drift trigger would have done, and how often it is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sentinel.api.draw.sparks import gathered, sparks
from sentinel.cli.call import Call
from sentinel.cli.exits import NO
from sentinel.cli.out import Out
from sentinel.domain.digest import Json
from sentinel.domain.quantity import DAY, HOUR, MINUTE, parse_duration, parse_share, rough_duration
from sentinel.domain.refusal import refuse

T = TypeVar("T")

_WIDTH = 72
_MOST_LABELS = 1e9
_COLOURS = {"caught": "green", "again": "dim", "false alarm": "red", "untold": "yellow"}
_SAYS = {"caught": "caught", "again": "again, it had not been mended", "false alarm": "a false alarm", "untold": ""}


def backtest(call: Call) -> int:
    """Play a history again."""
    from sentinel.api.what_if import backtest_of

    args = call.args
    below = _read(parse_share, args.below, "--below")
    spell = _read(parse_duration, args.spell, "--for")
    told = backtest_of(
        call.workspace, args.recipe, Path(args.scores), set=args.watched, off=args.off, below=below, for_ms=spell
    )
    if args.json:
        call.out.json(told)
    else:
        _draw_backtest(call.out, told)
    return NO if told["expected"] is None else 0


def simulate(call: Call) -> int:
    """Play a trigger through many years."""
    from sentinel.api.what_if import simulation_of

    args = call.args
    rate = _read(parse_share, args.rate, "--rate")
    if not 0 < args.labels <= _MOST_LABELS or rate is None or not 0 < rate < 1:
        what = "A line has some labels a week, and is right some of the time."
        raise refuse("E-usage", what, todo="Write it like --labels 200 --rate 91%.")
    told = simulation_of(call.workspace, args.recipe, set=args.watched, labels=args.labels, rate=rate)
    if args.json:
        call.out.json(told)
    else:
        _draw_simulation(call.out, told)
    return 0


def _read(parse: Callable[[str], T], text: str | None, option: str) -> T | None:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise refuse("E-usage", f"`{option} {text}`: {error}.", todo="Write it like that.") from None


def _head(out: Out, told: Json) -> None:
    streams = f", over {told['streams']} streams" if told["streams"] > 1 else ""
    points = f"{100 * told['margin']:g} {'point' if told['margin'] == 0.01 else 'points'}"
    promise = f"false alarms {told['promise']} at most{streams}"
    out.say(f"{told['recipe']}: drift on {told['set']}, by more than {points}; {promise}")


def _draw_backtest(out: Out, told: Json) -> None:
    rows, every = told["rows"], told["every_ms"]
    _head(out, told)
    many = sorted(row[2] for row in rows)[len(rows) // 2]
    size = f", {many:g} rows each" if told["counts"] else ", their rows not told"
    spread = f"from {_day(rows[0][0], every)} to {_day(rows[-1][0], every)}, every {rough_duration(every)}"
    out.say(f"history   {len(rows)} evaluations {spread}{size}")
    if not told["in_order"]:
        out.say("          they were not in the order of time, and were put in it")
    held = told["baseline"]
    out.say(f"baseline  {held['rate']:.3f}, from the first {told['baseline_evaluations']}; they differ "
            f"{held['spread']:.1f} times as much as the dice alone")  # fmt: skip
    if told["expected"] is None:
        out.say("          that leaves nothing to look for: too few rows, or hardly ever right")
        return
    out.say(f"expected  {told['expected']:.3f} at least: the baseline less the margin, and less what it may be off")
    _draw_track(out, told)
    days = (rows[-1][0] - rows[told["baseline_evaluations"]][0]) / DAY
    _draw_played(out, "by evidence", told, told["by_evidence"], days)
    below, times = told["plain"]
    _draw_played(out, f"by the plain rule: below {below:g}, {times} in a row", told, told["by_plain"], days)
    if told["incidents"] is None:
        out.line()
        out.say("Nobody said when the world was off, so whether a firing was right is yours to say.")
        out.say("Add a column `off` to the file, or --off FROM..TO, and it is counted.")


def _draw_track(out: Out, told: Json) -> None:
    """The rates and the evidence over time, and when the world was off."""
    rates = [row[1] for row in told["rows"]]
    known = [rate for rate in rates if rate is not None]
    low, high = min(known), max(known)
    out.say(f"rate      {sparks(gathered(rates, _WIDTH), low, high)}  {low:.2f} to {high:.2f}")
    evidence = [each[1] if each is not None else None for each in told["evidence"]]
    out.say(f"evidence  {sparks(gathered(evidence, _WIDTH, most=True), 0, 1)}  full: it fires")
    off = {n for first, last in told["incidents"] or () for n in range(first, last + 1)}
    if off:
        marks = gathered([1.0 if n in off else None for n in range(len(rates))], _WIDTH)
        out.say(f"off       {''.join(' ' if mark is None else '▔' for mark in marks)}")


def _draw_played(out: Out, title: str, told: Json, played: Json, days: float) -> None:
    rows, every = told["rows"], told["every_ms"]
    out.line()
    out.line(out.ink(title, "bold"))
    for row in _rows(played["firings"], told["cooldown"]):
        fired, more = row[0], row[1:]
        delay = f", {_span(fired['delay'] * every)} after it began" if fired["delay"] is not None else ""
        word = f"; {_SAYS[fired['word']]}{delay}" if _SAYS[fired["word"]] else ""
        since = _day(rows[fired["since"]][0], every)
        line = f"{_day(rows[fired['number']][0], every)}  fires: {fired['level']:.3f} since {since}{word}"
        out.line(f"  {out.ink(line, _COLOURS[fired['word']])}")
        if more:
            until = _day(rows[more[-1]["number"]][0], every)
            again = f"after each cooldown, {len(more)} times," if len(more) > 1 else "after its cooldown, once,"
            out.line(f"  {out.ink(f'            and {again} until {until}', 'dim')}")
    for first, last in played["missed"]:
        missed = f"{_day(rows[first][0], every)} to {_day(rows[last][0], every)}: missed"
        out.line(f"  {out.ink(missed, 'red')}")
    words = [each["word"] for each in played["firings"]]
    if told["incidents"] is None:
        out.say(f"  {_several(len(words), 'firing')} in {_span(days * DAY)}")
        return
    caught, false = words.count("caught"), words.count("false alarm")
    out.say(f"  {caught} of {_several(len(told['incidents']), 'incident')} caught, {_several(false, 'false alarm')} "
            f"in {_span(days * DAY)}")  # fmt: skip


def _rows(firings: list[Json], cooldown: int) -> list[list[Json]]:
    """Firings with those that followed as soon as they could, since nothing had mended what they fired at."""
    rows: list[list[Json]] = []
    for fired in firings:
        last = rows[-1][-1] if rows else None
        follows = last is not None and fired["number"] - last["number"] <= cooldown + 2
        if follows and fired["word"] in ("again", "untold"):
            rows[-1].append(fired)
        else:
            rows.append([fired])
    return rows


def _draw_simulation(out: Out, told: Json) -> None:
    every = told["every_ms"]
    _head(out, told)
    if told["uses_plain"]:
        out.say("The trigger goes by the plain rule, which promises nothing; this is what the evidence would do.")
    out.say(f"a line that is right {told['rate']:.0%} of the time, {told['labels_a_week']:g} labels a week, looked at "
            f"every {rough_duration(every)}; A = {told['often']:.0f}; {told['series']} years of each")  # fmt: skip
    out.line()
    quiet = told["quiet"]
    out.table(
        ("in a year in which nothing moves", "it fires"),
        [("days differ by chance alone", f"{quiet['steady']:.1%}"),
         (f"days differ by {100 * told['sway']:g} points besides", f"{quiet['swaying']:.1%}")],
    )  # fmt: skip
    out.line()
    rows = []
    for each in told["delays"]:
        how = f"slides to {each['to']:.2f} over {each['over']}" if each["over"] else f"falls to {each['to']:.2f}"
        rows.append((how, *(_within(each[name], every) for name in ("half", "most")), f"{each['seen']:.0%}"))
    out.table(("when it", "half are seen within", "nine in ten within", "seen in a year"), rows)


def _within(evaluations: int | None, every: int) -> str:
    return "more than a year" if evaluations is None else _span(evaluations * every)


def _several(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _span(ms: float) -> str:
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if ms >= unit:
            return _several(round(ms / unit), name)
    return rough_duration(round(ms))


def _day(at: int, every: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d" if every >= DAY // 2 else "%Y-%m-%d %H:%M")
