"""A rotation drawn before it is one: who would train, who waits, and whether the shadow keeps up."""

from sentinel.api.draw.pen import Pen
from sentinel.api.draw.zoo import INKS, turn
from sentinel.domain.digest import Json
from sentinel.domain.quantity import DAY, rough_duration
from sentinel.domain.text import plain


def draw_rotation(pen: Pen, told: Json) -> None:
    """Draw what a rotation would do."""
    chosen = [each for each in told["turns"] if each["word"] == "chosen"]
    line = f" for {told['line']}" if told["line"] else ""
    if not told["turns"]:
        pen.say(f"{told['recipe']}{line} would train nothing: the zoo is empty.")
        return
    count = f"{len(chosen)} of {len(told['turns'])} specs" if chosen else "nothing"
    pen.line(f"{pen.ink(told['recipe'] + line, 'bold')}  {plain(f'would train {count}')}")
    width = max(len(each["spec"]) for each in told["turns"])
    turns = ["trains" if each["word"] == "chosen" else turn(each) for each in told["turns"]]
    wide = max(map(len, turns))
    for each, when in zip(told["turns"], turns, strict=True):
        shown = pen.ink(when, INKS.get(each["word"], "")) + " " * (wide - len(when))
        pen.line(f"  {plain(each['spec']):<{width}}  {shown}  {plain(each['why'])}")
    for shadow in told["shadows"]:
        _shadow(pen, shadow)


def _shadow(pen: Pen, told: Json) -> None:
    weeks = told["in_ms"] // (7 * DAY)
    waiting = f", and {told['waiting']} more versions wait for one" if told["waiting"] else ""
    waiting = ", and one more version waits for one" if told["waiting"] == 1 else waiting
    pen.say(f"  shadow of {told['line']}: {told['held']} of {told['slots']} slots are held{waiting}")
    if told["arrivals"] > told["slots"]:
        wait = told["longest_wait_ms"]
        so_long = f"waits {rough_duration(wait)} at most" if wait is not None else "never matures"
        text = (
            f"  {told['arrivals']} versions come in {weeks} weeks, and each holds a slot for that long: the next one "
            f"{so_long}. `zoo: {{shadows: {told['needed']}}}` in sentinel.yaml keeps up."
        )
        pen.line(pen.ink(text, "yellow"))
