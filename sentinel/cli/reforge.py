"""`reforge`: a version made again from its record, or from a card, with some of its controls changed."""

import json
from pathlib import Path

from sentinel.cli.call import Call
from sentinel.cli.follow import follow
from sentinel.cli.models import shown
from sentinel.cli.moments import took
from sentinel.cli.out import Out
from sentinel.domain.card_claims import FILE, LARGEST
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.domain.text import plain

_HUB = "hub:"
_CARD_KEYS = ("model", "line", "base", "lineage")
"""What of a card says where its model comes from; the rest of it is for people."""
_MOST = 60


def reforge(call: Call) -> int:
    """Show what a version's controls are and what would be run, or ask for the run."""
    args = call.args
    asked = {**_meant(call, args.version), "line": args.line, "set": call.settings(), "fresh": args.fresh}
    if args.dry_run or args.show:
        told = call.ask("reforging", **asked)
        if args.json:
            call.out.json(told)
        else:
            _draw(call.out, told)
        return 0
    run = call.ask("reforge", **asked, reason=args.reason or "")["run"]
    if args.follow:
        return follow(call, run)
    if args.json:
        call.out.json({"run": run})
    else:
        call.out.say(f"{run} is in the queue. `sentinel show {run}` shows how it goes.")
    return 0


def _meant(call: Call, text: str) -> dict[str, Json]:
    """A version by its name, or a card by where it lies."""
    if text.startswith(_HUB):
        return {"card": _published(call, text.removeprefix(_HUB))}
    path = Path(text)
    if path.name == FILE or "/" in text or path.is_dir():
        return {"card": _card(path / FILE if path.is_dir() else path)}
    return {"version": text}


def _published(call: Call, text: str) -> Json:
    """The card in a repository of the hub, at a revision or at its newest."""
    from sentinel.api.published import published_file

    repo, _, revision = text.partition("@")
    data = published_file(call.workspace, repo, revision or "main", FILE, LARGEST)
    return _claims(data, f"{_HUB}{text}")


def _card(path: Path) -> Json:
    try:
        if not path.is_file():
            raise refuse("E-usage", "There is no card.", where=str(path), todo=f"Name a card's folder or its {FILE}.")
        if path.stat().st_size > LARGEST:
            raise refuse("E-no-card", "It is too large for a card.", where=str(path), todo="Name a card of a model.")
        data = path.read_bytes()
    except OSError as error:
        raise refuse(
            "E-usage", f"It cannot be read: {error.strerror}.", where=str(path), todo="Let it be read."
        ) from error
    return _claims(data, str(path))


def _claims(data: bytes, where: str) -> Json:
    """What a card says of where its model comes from. It is another's, and the daemon checks what it says."""
    try:
        card = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise refuse("E-no-card", "It is no JSON.", where=where, todo="Write it anew: `sentinel card`.") from error
    if not isinstance(card, dict):
        raise refuse("E-no-card", "It is no JSON object.", where=where, todo="Write it anew: `sentinel card`.")
    return {key: card[key] for key in _CARD_KEYS if key in card}


def _draw(out: Out, told: Json) -> None:
    if told["version"] is None:
        out.say(
            f"{told['card'][:12]} is no version here: the recipe {told['plan']['recipe']} would train as its card says."
        )
        _draw_plan(out, told["plan"])
        return
    out.say(f"{told['version']} of {told['line']}, made by `{told['maker']}` of {told['recipe']} in {told['run']}.")
    changes = {each["control"]: each for each in told["changes"]}
    for step in told["steps"]:
        out.line()
        said = f"  {plain(_did(step['did']))}" if step["did"] else ""
        out.line(f"{out.ink(step['step'], 'bold')} {plain(step['use'])}{said}")
        rows = [_row(each, changes.get(each["name"])) for each in step["controls"] if _told(each, changes)]
        rows += _added(step, changes)
        if rows:
            out.table(("CONTROL", "VALUE", "", "WOULD BE"), rows)
    for name, value in told["inputs"].items():
        change = changes.get(f"inputs.{name}")
        would = f" → {shown(change['now'])}" if change else ""
        out.line(f"inputs.{plain(name)}  {plain(shown(value) + would)}")
    out.line()
    for each in told["today"]:
        out.say(f"Not as it was: {each}.")
    if told["fresh"]:
        out.say(f"The whole recipe would be run on the world of today, since {told['why']}.")
    else:
        out.say("The data would be those of the record.")
    _draw_plan(out, told["plan"])


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


def _draw_plan(out: Out, plan: Json) -> None:
    words = {"yes": "is there already", "no": "would be done", "never": "would be done", "unknown": "would be done"}
    out.table(("STEP", "DOES", ""), [(each["step"], each["does"], words[each["reuse"]]) for each in plan["steps"]])


def _short(value: Json) -> str:
    text = shown(value)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
