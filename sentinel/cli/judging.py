"""Verbs that have something computed: a gate judges by hand, two versions are laid side by side."""

from sentinel.cli.call import Call
from sentinel.cli.draw_verdict import draw_verdict
from sentinel.cli.exits import FAILED, RUN_EXITS
from sentinel.cli.follow import wait_for
from sentinel.cli.out import Out
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.domain.text import plain

_SHORT = 12
_DIGEST = 64
_LETTERS = 300


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
        _draw(call.out, told, args.one, args.other, args.limit)
    return 0


def computed(call: Call, name: str) -> Json:
    """Wait for a run of a verb that computes, and fetch what it found out."""
    run = wait_for(call, name)
    if run["state"] != "done":
        raise refuse("E-no-answer", run["why"] or f"{run['run']} ended as {run['state']}.",
                     todo=f"`sentinel show {run['run']}` says how it went.")  # fmt: skip
    return call.ask("computed", run=run["run"])


def _draw(out: Out, told: Json, one: str, other: str, limit: int) -> None:
    rows = [
        (each["set"], each["n"], f"{each['mean_one'] or 0:.3f}", f"{each['mean_other'] or 0:.3f}", each["only_one"],
         each["only_other"], each["unmatched"] or "")
        for each in told["sets"]
    ]  # fmt: skip
    one, other = (name if len(name) < _DIGEST else name[:_SHORT] for name in (one, other))
    out.say(f"A is {one}, model {told['models'][0][:_SHORT]}; B is {other}, model {told['models'][1][:_SHORT]}.")
    out.table(("SET", "N", "A", "B", "A BETTER", "B BETTER", "ASKED OF ONE ALONE"), rows)
    shown = told["flips"][:limit]
    for each in shown:
        _draw_flip(out, each)
    left = len(told["flips"]) + told["left_out"] - len(shown)
    out.line()
    if left:
        out.say(f"And {left} more: `--limit N`, or all of them with `--json`.")
    elif not shown:
        out.say("They agree on every document.")


def _draw_flip(out: Out, each: Json) -> None:
    better = out.ink("A", "green") if each["one"] > each["other"] else out.ink("B", "yellow")
    part = f" · {each['slice']}" if each["slice"] else ""
    out.line()
    about = f"{each['set']}{part} · {each['doc'][:_SHORT]}"
    out.line(f"{better} is right   {out.ink(about, 'dim')}")
    for name, value in (("text", each["text"]), ("truth", each["truth"]), ("A", each["answer_one"]),
                        ("B", each["answer_other"])):  # fmt: skip
        if value:
            short = value if len(value) <= _LETTERS else f"{value[:_LETTERS]}…"
            out.line(f"  {out.ink(name.ljust(5), 'dim')}  {plain(' '.join(short.split()))}")
