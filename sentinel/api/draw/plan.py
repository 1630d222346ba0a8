"""A plan drawn: what each step would do, take and give, and whether it is there already."""

from sentinel.api.draw.inputs import input_words
from sentinel.api.draw.moments import lasts
from sentinel.api.draw.pen import Pen
from sentinel.api.draw.promises import in_full
from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_duration, rough_size
from sentinel.domain.text import plain

_COLOURS = {"yes": "green", "no": "blue", "unknown": "yellow", "never": "dim"}


def draw_plan(pen: Pen, plan: Json) -> None:
    """Draw a plan."""
    line = f" for {plain(plan['line'])}" if plan["line"] else ""
    pen.line(f"{pen.ink(plan['recipe'], 'bold')}{line}  {plain(plan['about'])}")
    for name, declared in plan["inputs"].items():
        pen.say(f"  input {input_words(name, declared)}")
    for promise in plan["promises"]:
        for told in in_full(promise):
            pen.say(f"  {told}")
    for number, step in enumerate(plan["steps"], start=1):
        pen.line()
        pen.line(f"{number:>3}. {pen.ink(step['step'], 'bold')}  {plain(step['does'])}{_marks(step)}")
        for word, told in _details(step):
            pen.line(f"       {pen.ink(word.ljust(8), 'dim')} {plain(told)}")
        reuse = pen.ink(step["reuse"], _COLOURS.get(step["reuse"], ""))
        pen.line(f"       {pen.ink('reuse   ', 'dim')} {reuse}: {plain(step['why'])}")
        pen.line(f"       {pen.ink('expected', 'dim')} {lasts(step['expected_ms'], step['expected_bound_ms'])}")


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
