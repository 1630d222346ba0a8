"""Verbs about the zoo: how its specs stand, and whose turn it is."""

from sentinel.api.draw.moments import now
from sentinel.api.draw.rotation import draw_rotation
from sentinel.api.draw.zoo import draw_zoo
from sentinel.cli.call import Call


def zoo(call: Call) -> int:
    """Show each spec of the zoo: its turn, its versions, how far they have matured."""
    told = call.ask("zoo", spec=call.args.spec)
    if call.args.json:
        call.out.json(told)
    else:
        draw_zoo(call.out, told, now(), alone=call.args.spec is not None)
    return 0


def rotate(call: Call) -> int:
    """Ask for a rotation, or show what one would do."""
    args = call.args
    asked = {"recipe": args.recipe, "line": args.line, "budget": args.budget}
    told = call.ask("rotation" if args.dry_run else "rotate", **asked)
    if args.json:
        call.out.json(told)
    elif args.dry_run:
        draw_rotation(call.out, told)
    else:
        call.out.say(f"{told['run']} is in the queue. `sentinel show {told['run']}` shows whom it trains.")
    return 0
