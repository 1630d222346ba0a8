"""`plan`: what a run would do, before it does anything."""

from sentinel.api.client import NoDaemon
from sentinel.cli.call import Call
from sentinel.cli.moments import lasts
from sentinel.cli.out import Out
from sentinel.cli.promises import in_full
from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_duration, rough_size
from sentinel.domain.text import plain

_COLOURS = {"yes": "green", "no": "blue", "unknown": "yellow", "never": "dim"}


def plan(call: Call) -> int:
    """Show the plan of a recipe."""
    args = call.args
    if args.graph:
        return _graph(call)
    try:
        told = call.ask("plan", recipe=args.recipe, line=args.line, set=call.settings())
    except NoDaemon:
        from sentinel.api.here import plan_of

        told = plan_of(call.workspace, args.recipe, args.line, call.settings())
    if args.json:
        call.out.json(told)
    else:
        _draw(call.out, told)
    return 0


def _graph(call: Call) -> int:
    from sentinel.api.here import graph_of

    text, mermaid = graph_of(call.workspace, call.args.recipe, call.args.line)
    if call.args.json:
        call.out.json({"text": text, "mermaid": mermaid})
    else:
        call.out.block(f"{text}\n\n{mermaid}\n")
    return 0


def _draw(out: Out, plan: Json) -> None:
    line = f" for {plain(plan['line'])}" if plan["line"] else ""
    out.line(f"{out.ink(plan['recipe'], 'bold')}{line}  {plain(plan['about'])}")
    for name, declared in plan["inputs"].items():
        default = "must be given" if declared["required"] else f"is {declared['default']!r} unless given"
        out.say(f"  input {name}: {declared['type']}, {default}")
    for promise in plan["promises"]:
        for told in in_full(promise):
            out.say(f"  {told}")
    for number, step in enumerate(plan["steps"], start=1):
        out.line()
        out.line(f"{number:>3}. {out.ink(step['step'], 'bold')}  {plain(step['does'])}{_marks(step)}")
        for word, told in _details(step):
            out.line(f"       {out.ink(word.ljust(8), 'dim')} {plain(told)}")
        reuse = out.ink(step["reuse"], _COLOURS.get(step["reuse"], ""))
        out.line(f"       {out.ink('reuse   ', 'dim')} {reuse}: {plain(step['why'])}")
        out.line(f"       {out.ink('expected', 'dim')} {lasts(step['expected_ms'], step['expected_bound_ms'])}")


def _marks(step: Json) -> str:
    words = [word for word, there in (("optional", step["optional"]), ("a bar", step["bar"])) if there]
    return f"  ({', '.join(words)})" if words else ""


def _details(step: Json) -> list[tuple[str, str]]:
    details = [
        ("takes", f"{port}: {held['kind'] or 'anything'} from {', '.join(held['from'])}")
        for port, held in step["takes"].items()
    ]
    details += [("gives", f"{port}: {kind}") for port, kind in step["gives"].items()]
    if step["each"]:
        details.append(("each", f"once for each of {step['each']}"))
    if step["after"]:
        details.append(("after", ", ".join(step["after"])))
    details += [("when", f"{name} ends as {' or '.join(outcomes)}") for name, outcomes in step["when"].items()]
    if step["ask"]:
        details.append(("asks", f"{step['ask']} (within {rough_duration(step['within'])})"))
    if step["act"] in ("use", "gate"):
        details.append(("needs", _needs(step["needs"])))
    if step["timeout"]:
        details.append(("timeout", rough_duration(step["timeout"])))
    if step["retry"]["times"]:
        pause = rough_duration(step["retry"]["backoff"])
        details.append(("retry", f"{step['retry']['times']} times, first after {pause}"))
    return details


def _needs(needs: Json) -> str:
    gpus = f", {needs['gpus']} gpus of {rough_size(needs['gpu_memory'])}" if needs["gpus"] else ""
    return f"{needs['cpus']} cpus, {rough_size(needs['memory'])}{gpus}"
