"""A re-forge drawn before it runs: the controls of a version, what they did, and what would be done."""

from sentinel.api.draw.controls import shown
from sentinel.api.draw.moments import took
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.text import plain

_MOST = 60


def draw_reforging(pen: Pen, told: Json) -> None:
    """Draw the controls of a version, what they did, and what would be run."""
    if told["version"] is None:
        pen.say(
            f"{told['card'][:12]} is no version here: the recipe {told['plan']['recipe']} would train as its card says."
        )
        _draw_plan(pen, told["plan"])
        return
    pen.say(f"{told['version']} of {told['line']}, made by `{told['maker']}` of {told['recipe']} in {told['run']}.")
    changes = {each["control"]: each for each in told["changes"]}
    for step in told["steps"]:
        pen.line()
        said = f"  {plain(_did(step['did']))}" if step["did"] else ""
        pen.line(f"{pen.ink(step['step'], 'bold')} {plain(step['use'])}{said}")
        rows = [_row(each, changes.get(each["name"])) for each in step["controls"] if _told(each, changes)]
        rows += _added(step, changes)
        if rows:
            pen.table(("CONTROL", "VALUE", "", "WOULD BE"), rows)
    for name, value in told["inputs"].items():
        change = changes.get(f"inputs.{name}")
        would = f" → {shown(change['now'])}" if change else ""
        pen.line(f"inputs.{plain(name)}  {plain(shown(value) + would)}")
    pen.line()
    for each in told["today"]:
        pen.say(f"Not as it was: {each}.")
    if told["fresh"]:
        pen.say(f"The whole recipe would be run on the world of today, since {told['why']}.")
    else:
        pen.say("The data would be those of the record.")
    _draw_plan(pen, told["plan"])


def _added(step: Json, changes: dict[str, Json]) -> list[tuple[str, str, str, str]]:
    """What is changed inside a group that was not there."""
    known = {each["name"] for each in step["controls"]}
    return [
        (name, _short(each["was"]), "", _short(each["now"])) for name, each in changes.items()
        if name.startswith(f"{step['step']}.") and name not in known
    ]  # fmt: skip


def _told(control: Json, changes: dict[str, Json]) -> bool:
    """A control that is as its step has it anyway is told by --json alone."""
    return not control["default"] or control["name"] in changes or control["input"] is not None


def _row(control: Json, change: Json) -> tuple[str, str, str, str]:
    by = f"by inputs.{control['input']}" if control["input"] else "default" if control["default"] else ""
    return control["name"], _short(control["value"]), by, _short(change["now"]) if change else ""


def _did(did: Json) -> str:
    words = [f"{did['rows']} rows"] if "rows" in did else []
    for name, what in (("parameters", "parameters"), ("loss", "loss"), ("held_out", "held-out loss")):
        if name in did:
            words.append(f"{what} {_figure(did[name]['from'])} → {_figure(did[name]['to'])}")
    words += [f"{did[name]:,} {name}" for name in ("steps", "tokens") if isinstance(did.get(name), int)]
    words += [took(0, did["took_ms"], 0)] if did.get("took_ms") is not None else []
    return ", ".join(words)


def _figure(value: Json) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}" if isinstance(value, float) else shown(value)


def _draw_plan(pen: Pen, plan: Json) -> None:
    words = {"yes": "is there already", "no": "would be done", "never": "would be done", "unknown": "would be done"}
    pen.table(("STEP", "DOES", ""), [(each["step"], each["does"], words[each["reuse"]]) for each in plan["steps"]])


def _short(value: Json) -> str:
    text = shown(value)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
