"""`plan`: what a run would do, before it does anything."""

from sentinel.api.client import NoDaemon
from sentinel.api.draw.plan import draw_plan
from sentinel.cli.call import Call


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
        draw_plan(call.out, told)
    return 0


def _graph(call: Call) -> int:
    from sentinel.api.here import graph_of

    text, mermaid = graph_of(call.workspace, call.args.recipe, call.args.line)
    if call.args.json:
        call.out.json({"text": text, "mermaid": mermaid})
    else:
        call.out.block(f"{text}\n\n{mermaid}\n")
    return 0
