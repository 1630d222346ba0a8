"""How a line stands on one of its feeds, in words: what it is held to, how far it is from firing, what came of that."""

from collections.abc import Iterator

from sentinel.api.draw.moments import ago
from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_duration
from sentinel.tui.marks import BAD, BOLD, DIM, GOOD, WARN, Cell, state
from sentinel.tui.widgets.page import Line

_NAME = 11


def standing(feed: Json, line: Json, others: list[Json], now: int) -> Iterator[Line]:
    """One feed of a line, each trigger that watches it, and what else may ask for a run of the line."""
    for told in feed["watched"]:
        yield from _watched(told, now)
    if not feed["watched"]:
        yield Cell("No trigger watches it: a recipe's `triggers:` would name its set.", DIM)
    yield from _baseline(feed["baseline"], now)
    yield from _line(line, now)
    for number, told in enumerate(others):
        yield _named("" if number else "besides", *_other(told, now))


def stands(word: str | None, silent: bool = False) -> Cell:
    """How a trigger stands: one that gathers evidence is worth a look."""
    shown = state("silent" if silent else word)
    return Cell(shown.text, WARN) if word == "pending" else shown


def _watched(told: Json, now: int) -> Iterator[Line]:
    shown = stands(told["standing"], told["silent"])
    since = f" since {ago(told['since'], now)}" if told["since"] and told["standing"] != "ok" else ""
    yield (Cell(f"{shown.text}{since}", shown.tone), f"  {told['says']}")
    if told["silent"]:
        yield Cell("Nothing has come in for longer than usual: nobody knows how the line does.", WARN)
    asks = ("a run of ", Cell(told["recipe"], BOLD))
    if told["expected"] is not None:
        yield from _fires_at(told)
        counted = f"{told['evaluations']} evaluations of about {told['rows']:g} rows, against {told['expected']:.3f}"
        yield _named("evidence", counted)
        margin = 100 * told["margin"]
        falls = f"falls up to {margin:g} point{'s' if margin != 1 else ''} do not count"
        yield _named("asks for", *asks, f"; false alarms {told['promise']} at most, {falls}")
    elif told["below"] is not None:
        plainly = f"; below {told['below']:g} for {rough_duration(told['for_ms'])}, which promises nothing"
        yield _named("asks for", *asks, plainly)
    else:
        yield _named("asks for", *asks, f"; a baseline is learned from the first {told['wants']} evaluations")
    yield from _fired(told, now)


def _fires_at(told: Json) -> Iterator[Line]:
    held = told["fires_at"] if told["standing"] != "firing" else []
    shown = [f"{_after(each['evaluations'], told)} at {each['rate']:.3f}" for each in held]
    if shown:
        yield _named("it fires", "after ", Cell(" · ".join(shown), BOLD))


def _after(many: int | None, told: Json) -> str:
    return "never" if many is None else f"{many} more ({rough_duration(many * told['every_ms'])})"


def _fired(told: Json, now: int) -> Iterator[Line]:
    if told["run"]:
        times = "once" if told["fired"] == 1 else f"{told['fired']} times, last"
        quiet = (told["quiet_until"] or 0) > now
        again = f"; it is quiet, and may fire again {ago(told['quiet_until'], now)}" if quiet else ""
        yield _named("fired", f"{times} into ", Cell(told["run"], BOLD), f"{again} (enter opens the run)")
    elif told["expected"] is not None or told["below"] is not None:
        yield _named("fired", Cell("never", DIM))


def _baseline(base: Json, now: int) -> Iterator[Line]:
    if base is not None:
        spread = f"evaluations differ {base['spread']:.1f} times as much as the dice alone"
        yield _named("held to", f"{base['rate']:.3f} over {base['rows']:g} rows, {base['because']} "
                                f"{ago(base['set_at'], now)}; {spread}")  # fmt: skip


def _line(line: Json, now: int) -> Iterator[Line]:
    if line["champion"]:
        since = f" since {ago(line['since'], now)}" if line["since"] else ""
        yield _named("champion", Cell(f"★ {line['champion']}", GOOD), since)
    else:
        yield _named("champion", Cell("none yet", DIM))
    if line["held"]:
        yield _named("held", Cell(line["held"], WARN))
    if line["frozen"]:
        yield _named("frozen", Cell(line["frozen"], BAD))


def _other(told: Json, now: int) -> Iterator[Cell | str]:
    yield Cell(f"{told['recipe']}, {told['kind']}: ", BOLD)
    yield Cell(told["says"], BAD if told["failed"] else "")
    if told["looked_at"] is not None:
        yield Cell(f"; looked {ago(told['looked_at'], now)}", DIM)
    if (told["next"] or 0) > now:
        yield Cell(f"; looks again {ago(told['next'], now)}", DIM)
    if told["run"] is not None:
        yield Cell(f"; fired last into {told['run']}", DIM)


def _named(name: str, *told: Cell | str) -> Line:
    return (Cell(name.ljust(_NAME), DIM), *told)
