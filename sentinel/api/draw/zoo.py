"""The zoo drawn: each spec with its turn, its versions and how far they have matured."""

from collections.abc import Iterator

from sentinel.api.draw.moments import ago, day
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.quantity import DAY, rough_duration
from sentinel.domain.text import plain

INKS = {"chosen": "green", "trains": "blue", "waits": "", "too-dear": "red", "unfit": "yellow", "retired": "dim"}
"""The colours of a spec's turn, by the word that the policy has for it."""
_BAR = 8
_WORDS = {"too-dear": "never", "unfit": "not here", "retired": "retired", "trains": "trains now"}


def draw_zoo(pen: Pen, told: Json, now: int, alone: bool = False) -> None:
    """Draw the zoo, each rotation with its specs; or `alone` the one spec that was asked for."""
    if not told["specs"]:
        pen.say("The zoo is empty. A file in zoo/ defines a challenger: docs/zoo.md says how.")
        return
    for number, rotation in enumerate(told["rotations"]):
        if number:
            pen.line()
        _title(pen, rotation)
        if alone:
            draw_spec(pen, rotation["specs"][0], now)
        else:
            _specs(pen, rotation, now)


def _title(pen: Pen, told: Json) -> None:
    if not told["recipe"]:
        pen.say("No recipe in force rotates the zoo, so nothing of it trains by itself.")
        return
    line = f" for {told['line']}" if told["line"] else ""
    gpu = f", {rough_duration(told['gpu'])} of GPU time" if told["gpu"] is not None else ""
    say = f"trains {told['budget']} specs at most{gpu}; {told['slots']} versions are scored in the shadow at once"
    pen.line(f"{pen.ink(told['recipe'] + line, 'bold')}  {plain(say)}")


def _specs(pen: Pen, told: Json, now: int) -> None:
    heads = ("SPEC", "TURN", "TRIED", "VERSIONS", "NEWEST", "MATURITY", "SHADOW", "RESULT")
    rows = []
    for each in told["specs"]:
        tried = ago(each["tried"], now) if each["tried"] is not None else "never"
        first = furthest(each)
        newest = ago(each["versions"][0]["registered_at"], now) if first else ""
        told_of = (maturity(first), shadow_of(first), result(first["result"])) if first else ("", "", "")
        rows.append((each["spec"], turn(each, now), tried, each["made"], newest, *told_of))
    pen.table(heads, rows)
    for text in dict.fromkeys(text for each in told["specs"] for text in (_needs(each), _looks(each)) if text):
        pen.line(pen.ink(text, "dim"))


def furthest(spec: Json) -> Json | None:
    """The version that a row speaks of: of those on their way to a challenge the furthest, else the newest."""
    way = [each for each in spec["versions"]
           if (each["slot"] or each["mature"]) and not (each.get("rejected") or each["frozen"])]  # fmt: skip
    return max(way, key=lambda each: each["share"], default=next(iter(spec["versions"]), None))


def turn(told: Json, now: int = 0) -> str:
    """When a spec's turn comes, with the moment where it is known."""
    if told["word"] in _WORDS:
        return _WORDS[told["word"]]
    when = f", {day(told['trains_at'], now)}" if told.get("trains_at") is not None else ""
    return f"next{when}" if told["turn"] == 1 else f"in {told['turn']} rotations{when}" if told["turn"] else "never"


def _needs(told: Json) -> str:
    needs = told["needs"]
    wanted = f"{needs['ms'] // (7 * DAY)} weeks and {needs['outcomes']} outcomes of `{needs['set']}`"
    gate = f"The gate {told['gate']} asks for" if told["gate"] else "No gate in force asks for maturity; usual are"
    return plain(f"{gate} {wanted}.")


def _looks(told: Json) -> str:
    """The looks so far at what challenges of the line are judged on: it wears out for each version alike."""
    held = [f"{each['looks']} of {each['of']} at `{each['set']}`" for each in told["looks"]]
    about = f" of {told['line']}" if told["line"] else ""
    return plain(f"Looks so far at the documents{about}: {', '.join(held)}.") if held else ""


def maturity(told: Json) -> str:
    """How far a version has matured, as a bar and in figures."""
    if told["frozen"]:
        return "frozen"
    if "champion" in told["aliases"]:
        return "champion"
    needs = told["needs"]
    bar = "█" * int(_BAR * told["share"]) + "░" * (_BAR - int(_BAR * told["share"]))
    if told["mature"]:
        return f"{bar} mature"
    return f"{bar} {told['ms'] // DAY}/{needs['ms'] // DAY} days, {told['n']:g}/{needs['outcomes']}"


def shadow_of(told: Json) -> str:
    """Whether a version is scored in the shadow, or how long it waits for that."""
    if told["slot"]:
        return "scored"
    return f"waits {rough_duration(told['waits_ms'])} at most" if told["waits_ms"] is not None else ""


def result(told: Json) -> str:
    """What a version scored in the shadow, with its interval; nothing where it has no result."""
    return f"{told['rate']:.3f} ({told['low']:.3f} to {told['high']:.3f})" if told else ""


def draw_spec(pen: Pen, told: Json, now: int) -> None:
    """Draw one spec with its versions."""
    pen.line(
        f"{pen.ink(told['spec'], 'bold')}  {pen.ink(turn(told, now), INKS.get(told['word'], ''))}: {plain(told['why'])}"
    )
    for name, value in _facts(told, now):
        pen.say(f"  {name:<10}{value}")
    rows = [
        (
            each["version"], each["run"], ago(each["registered_at"], now), ", ".join(each["aliases"]), maturity(each),
            shadow_of(each), result(each["result"]),
        )
        for each in told["versions"]
    ]  # fmt: skip
    if rows:
        pen.line()
        pen.table(("VERSION", "RUN", "MADE", "ALIASES", "MATURITY", "SHADOW", "RESULT"), rows)
        more = told["made"] - len(told["versions"])
        if more > 0:
            pen.say(f"and {more} older ones")
    for text in filter(None, (_needs(told), _looks(told))):
        pen.line(pen.ink(text, "dim"))


def _facts(told: Json, now: int) -> Iterator[tuple[str, str]]:
    yield "recipe", told["recipe"] + (f" for {told['line']}" if told["line"] else "")
    yield "label", told["label"]
    yield "priority", str(told["priority"])
    for step, params in told["overrides"].items():
        yield "overrides", f"{step}: {_written(params)}"
    if told["gpu_ms"] is None:
        yield "GPU time", "not bounded: a step that needs GPUs has no timeout"
    elif told["gpu_ms"]:
        yield "GPU time", f"{rough_duration(told['gpu_ms'])} at most"
    yield "tried", ago(told["tried"], now) if told["tried"] is not None else "never"


def _written(params: Json) -> str:
    if isinstance(params, dict):
        return ", ".join(f"{name} {_written(held)}" for name, held in params.items())
    return ", ".join(map(_written, params)) if isinstance(params, list) else str(params)
