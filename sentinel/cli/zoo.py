"""Verbs about the zoo: how its specs stand, and whose turn it is."""

from collections.abc import Iterator

from sentinel.cli.call import Call
from sentinel.cli.moments import ago, now
from sentinel.cli.out import Out
from sentinel.domain.digest import Json
from sentinel.domain.quantity import DAY, rough_duration
from sentinel.domain.text import plain

_BAR = 8
_WORDS = {"too-dear": "never", "unfit": "not here", "retired": "retired", "trains": "trains now"}
_INKS = {"chosen": "green", "trains": "blue", "waits": "", "too-dear": "red", "unfit": "yellow", "retired": "dim"}


def zoo(call: Call) -> int:
    """Show each spec of the zoo: its turn, its versions, how far they have matured."""
    told = call.ask("zoo", spec=call.args.spec)
    if call.args.json:
        call.out.json(told)
        return 0
    out = call.out
    if not told["specs"]:
        out.say("The zoo is empty. A file in zoo/ defines a challenger: docs/zoo.md says how.")
        return 0
    for number, rotation in enumerate(told["rotations"]):
        if number:
            out.line()
        _title(out, rotation)
        if call.args.spec is None:
            _specs(out, rotation)
        else:
            _one(out, rotation["specs"][0])
    return 0


def _title(out: Out, told: Json) -> None:
    if not told["recipe"]:
        out.say("No recipe in force rotates the zoo, so nothing of it trains by itself.")
        return
    line = f" for {told['line']}" if told["line"] else ""
    gpu = f", {rough_duration(told['gpu'])} of GPU time" if told["gpu"] is not None else ""
    say = f"trains {told['budget']} specs at most{gpu}; {told['slots']} versions are scored in the shadow at once"
    out.line(f"{out.ink(told['recipe'] + line, 'bold')}  {plain(say)}")


def _specs(out: Out, told: Json) -> None:
    at = now()
    heads = ("SPEC", "TURN", "TRIED", "VERSIONS", "NEWEST", "MATURITY", "SHADOW", "RESULT")
    rows = []
    for each in told["specs"]:
        tried = ago(each["tried"], at) if each["tried"] is not None else "never"
        first = _furthest(each)
        newest = ago(each["versions"][0]["registered_at"], at) if first else ""
        told_of = (_maturity(first), _shadow_of(first), _result(first["result"])) if first else ("", "", "")
        rows.append((each["spec"], _turn(each), tried, each["made"], newest, *told_of))
    out.table(heads, rows)
    for text in dict.fromkeys(text for each in told["specs"] for text in (_needs(each), _looks(each)) if text):
        out.line(out.ink(text, "dim"))


def _furthest(spec: Json) -> Json | None:
    """The version that a row speaks of: of those on their way to a challenge the furthest, else the newest."""
    way = [each for each in spec["versions"] if each["slot"] or each["mature"]]
    return max(way, key=lambda each: each["share"], default=next(iter(spec["versions"]), None))


def _turn(told: Json) -> str:
    if told["word"] in _WORDS:
        return _WORDS[told["word"]]
    return "next" if told["turn"] == 1 else f"in {told['turn']} rotations" if told["turn"] else "never"


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


def _maturity(told: Json) -> str:
    if told["frozen"]:
        return "frozen"
    if "champion" in told["aliases"]:
        return "champion"
    needs = told["needs"]
    bar = "█" * int(_BAR * told["share"]) + "░" * (_BAR - int(_BAR * told["share"]))
    if told["mature"]:
        return f"{bar} mature"
    return f"{bar} {told['ms'] // DAY}/{needs['ms'] // DAY} days, {told['n']:g}/{needs['outcomes']}"


def _shadow_of(told: Json) -> str:
    if told["slot"]:
        return "scored"
    return f"waits {rough_duration(told['waits_ms'])} at most" if told["waits_ms"] is not None else ""


def _result(told: Json) -> str:
    return f"{told['rate']:.3f} ({told['low']:.3f} to {told['high']:.3f})" if told else ""


def _one(out: Out, told: Json) -> None:
    at = now()
    out.line(
        f"{out.ink(told['spec'], 'bold')}  {out.ink(_turn(told), _INKS.get(told['word'], ''))}: {plain(told['why'])}"
    )
    for name, value in _facts(told, at):
        out.say(f"  {name:<10}{value}")
    rows = [
        (
            each["version"], each["run"], ago(each["registered_at"], at), ", ".join(each["aliases"]), _maturity(each),
            _shadow_of(each), _result(each["result"]),
        )
        for each in told["versions"]
    ]  # fmt: skip
    if rows:
        out.line()
        out.table(("VERSION", "RUN", "MADE", "ALIASES", "MATURITY", "SHADOW", "RESULT"), rows)
        more = told["made"] - len(told["versions"])
        if more > 0:
            out.say(f"and {more} older ones")
    for text in filter(None, (_needs(told), _looks(told))):
        out.line(out.ink(text, "dim"))


def _facts(told: Json, at: int) -> Iterator[tuple[str, str]]:
    yield "recipe", told["recipe"] + (f" for {told['line']}" if told["line"] else "")
    yield "label", told["label"]
    yield "priority", str(told["priority"])
    for step, params in told["overrides"].items():
        yield "overrides", f"{step}: {_written(params)}"
    if told["gpu_ms"] is None:
        yield "GPU time", "not bounded: a step that needs GPUs has no timeout"
    elif told["gpu_ms"]:
        yield "GPU time", f"{rough_duration(told['gpu_ms'])} at most"
    yield "tried", ago(told["tried"], at) if told["tried"] is not None else "never"


def _written(params: Json) -> str:
    if isinstance(params, dict):
        return ", ".join(f"{name} {_written(held)}" for name, held in params.items())
    return ", ".join(map(_written, params)) if isinstance(params, list) else str(params)


def rotate(call: Call) -> int:
    """Ask for a rotation, or show what one would do."""
    args = call.args
    asked = {"recipe": args.recipe, "line": args.line, "budget": args.budget}
    told = call.ask("rotation" if args.dry_run else "rotate", **asked)
    if args.json:
        call.out.json(told)
    elif args.dry_run:
        _plan(call.out, told)
    else:
        call.out.say(f"{told['run']} is in the queue. `sentinel show {told['run']}` shows whom it trains.")
    return 0


def _plan(out: Out, told: Json) -> None:
    chosen = [each for each in told["turns"] if each["word"] == "chosen"]
    line = f" for {told['line']}" if told["line"] else ""
    if not told["turns"]:
        out.say(f"{told['recipe']}{line} would train nothing: the zoo is empty.")
        return
    count = f"{len(chosen)} of {len(told['turns'])} specs" if chosen else "nothing"
    out.line(f"{out.ink(told['recipe'] + line, 'bold')}  {plain(f'would train {count}')}")
    width = max(len(each["spec"]) for each in told["turns"])
    turns = {each["spec"]: "trains" if each["word"] == "chosen" else _turn(each) for each in told["turns"]}
    wide = max(len(turn) for turn in turns.values())
    for each in told["turns"]:
        turn = out.ink(turns[each["spec"]], _INKS.get(each["word"], "")) + " " * (wide - len(turns[each["spec"]]))
        out.line(f"  {each['spec']:<{width}}  {turn}  {plain(each['why'])}")
    for shadow in told["shadows"]:
        _shadow(out, shadow)


def _shadow(out: Out, told: Json) -> None:
    weeks = told["in_ms"] // (7 * DAY)
    waiting = f", and {told['waiting']} more versions wait for one" if told["waiting"] else ""
    waiting = ", and one more version waits for one" if told["waiting"] == 1 else waiting
    out.say(f"  shadow of {told['line']}: {told['held']} of {told['slots']} slots are held{waiting}")
    if told["arrivals"] > told["slots"]:
        wait = told["longest_wait_ms"]
        so_long = f"waits {rough_duration(wait)} at most" if wait is not None else "never matures"
        text = (
            f"  {told['arrivals']} versions come in {weeks} weeks, and each holds a slot for that long: the next one "
            f"{so_long}. `zoo: {{shadows: {told['needed']}}}` in sentinel.yaml keeps up."
        )
        out.line(out.ink(text, "yellow"))
