"""Verbs that look at rows: what those of a dataset or a file are like, and what moved from some to others."""

from pathlib import Path

from sentinel.cli.call import Call
from sentinel.cli.follow import wait_for
from sentinel.cli.judging import computed
from sentinel.cli.out import Out
from sentinel.domain.digest import Json
from sentinel.domain.moment import format_moment
from sentinel.domain.refusal import refuse

_FILES = (".jsonl", ".ndjson", ".csv", ".parquet")
_WANTED = {"import": 1, "profile": 1, "diff": 2}


def data(call: Call) -> int:
    """Look at rows."""
    args = call.args
    wanted = _WANTED[args.what]
    if len(args.names) != wanted:
        many = "one" if wanted == 1 else "two"
        raise refuse("E-usage", f"`data {args.what}` looks at {many}, and {len(args.names)} are named.",
                     todo=f"`sentinel data {args.what} {' '.join('AB'[:wanted])}`.")  # fmt: skip
    if args.what == "import":
        return _take_in(call, args.names[0])
    names = [_named(name) for name in args.names]
    if args.what == "profile":
        told = computed(call, call.ask("profile", what=names[0], line=args.line)["run"])
        draw = _profile
    else:
        told = computed(call, call.ask("difference", one=names[0], other=names[1], line=args.line)["run"])
        draw = _difference
    if args.json:
        call.out.json(told)
    else:
        draw(call.out, told, args.limit)
    return 0


def _take_in(call: Call, name: str) -> int:
    """Take the rows of a file in, and say under which digest."""
    args = call.args
    path = Path(name).absolute()
    if args.line is None:
        raise refuse("E-usage", "It is not said for which line the rows are.", todo="Add `--line LINE`.")
    if not path.exists():
        raise refuse("E-usage", "There is nothing.", where=str(path), todo="Name a file that holds rows.")
    names = {}
    for pair in args.names_of:
        here, equals, there = pair.partition("=")
        if not equals or not here or not all(there.split(",")):
            raise refuse("E-usage", f"`--map {pair}` is no pair.", todo="Write it as `--map FIELD=NAME`.")
        names[here] = there.split(",")
    run = wait_for(call, call.ask("import", path=str(path), line=args.line, map=names)["run"])
    (step,) = run["steps"]
    made = [each["digest"] for each in step["outputs"].get("rows", ())]
    if not made:
        raise refuse("E-no-answer", step["why"] or run["why"] or f"{run['run']} ended as {run['state']}.",
                     todo=f"`sentinel show {run['run']}` says how it went.")  # fmt: skip
    told = {"rows": made[0], "run": run["run"]}
    if args.json:
        call.out.json(told)
    else:
        call.out.say(f"{made[0]}  `sentinel data profile {made[0][:12]}` tells what they are like.")
    return 0


def _named(name: str) -> str:
    """A name as the daemon knows it: a file by its whole path."""
    if not name.endswith(_FILES) and "/" not in name:
        return name
    path = Path(name).absolute()
    if not path.exists():
        raise refuse("E-usage", "There is nothing.", where=str(path), todo="Name a file that holds rows, or a dataset.")
    return str(path)


def _profile(out: Out, told: Json, limit: int) -> None:
    of = f", {told['form']}" if told["form"] else ""
    span = (
        f", from {format_moment(told['first'])} to {format_moment(told['last'])}" if told["first"] is not None else ""
    )
    out.say(f"{told['rows']} rows{of}{span}")
    if told["sides"]:
        out.say(", ".join(f"{rows} on the {side} side" for side, rows in told["sides"].items()))
    out.line()
    rows = [(each["field"], each["kind"], each["missing"] or "", _gist(each)) for each in told["fields"][:limit]]
    out.table(("FIELD", "KIND", "MISSING", "HOLDS"), rows)
    _more(out, len(told["fields"]), limit, "fields")
    if told["label"] is not None:
        out.line()
        whole = max(1, sum(told["labels"].values()))
        labels = list(told["labels"].items())
        shown = [(name, rows, f"{100 * rows / whole:.1f} %") for name, rows in labels[:limit]]
        out.table((told["label"].upper(), "ROWS", "SHARE"), shown)
        _more(out, len(labels), limit, "labels")
        if told["unlabelled"]:
            out.say(f"{told['unlabelled']} rows have no label.")
    for mass in told["masses"]:
        out.say(f"{mass['rows']} rows say nearly the same: {mass['says']}")


def _gist(field: Json) -> str:
    if "top" in field:
        return ", ".join(f"{value} {100 * share:.0f} %" for value, share in field["top"])
    ends = "…".join(f"{value:.4g}" for value in field["least_median_most"])
    return f"{'letters ' if field['kind'] == 'text' else ''}{ends}"


def _difference(out: Out, told: Json, limit: int) -> None:
    before, after = told["rows"]
    out.say(f"{before} rows and {after} rows, {told['common']} different ones in both")
    for names, word in ((told["gone"], "gone"), (told["new"], "new")):
        if names:
            out.say(f"{', '.join(names)}: {word}")
    for name, was, is_now in told["changed"]:
        out.say(f"{name} is {is_now}, and was {was}")
    out.line()
    if told["why"]:
        out.say(told["why"])
    elif not told["moved"]:
        out.say(f"Nothing of {told['looked']} measures moved, beyond what chance shows.")
    else:
        rows = [
            (each["says"], each["label"] or "", each["measure"], f"{each['effect']:.2f}", f"{each['p']:.2g}",
             "far" if each["far"] else "")
            for each in told["moved"][:limit]
        ]  # fmt: skip
        out.table(("WHAT MOVED", "WITHIN", "BY", "EFFECT", "P", ""), rows)
        _more(out, len(told["moved"]), limit, "moves")
    moved = [each for each in told["labels"] if each["one"] != each["other"]]
    if moved:
        out.line()
        shown = [
            (each["label"], f"{100 * each['one']:.1f} %", f"{100 * each['other']:.1f} %") for each in moved[:limit]
        ]
        out.table(("LABEL", "A", "B"), shown)
        _more(out, len(moved), limit, "labels")


def _more(out: Out, whole: int, limit: int, what: str) -> None:
    if whole > limit:
        out.say(f"And {whole - limit} more {what}: `--limit N`, or all of them with `--json`.")
