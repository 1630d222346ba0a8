"""Verbs about a version as it leaves the house: `export` and `card`."""

import json
import shutil
import tempfile
from pathlib import Path

from sentinel.cli.call import Call
from sentinel.cli.follow import follow, wait_for
from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_size
from sentinel.domain.refusal import refuse


def export(call: Call) -> int:
    """Pack a version, and lay the bundle into a fresh folder."""
    args = call.args
    folder = Path(args.output).absolute()
    if folder.exists():
        raise refuse("E-not-empty", "There is something already.", where=str(folder), todo="Name a fresh folder.")
    asked = call.ask(
        "export", version=args.version, line=args.line, format=args.format, target=args.target, weights=args.weights
    )
    if args.json:
        _done(wait_for(call, asked["run"]))
    else:
        status = follow(call, asked["run"])
        if status:
            return status
    made = _take_out(call, asked["run"], folder)
    told: Json = json.loads((folder / "manifest.json").read_bytes())
    if args.json:
        call.out.json({"run": asked["run"], "bundle": made["digest"], "folder": str(folder), "manifest": told})
        return 0
    size = sum(each["size"] for each in told["files"])
    call.out.say(f"{folder}: {len(told['files'])} files, {rough_size(size)}, each as its manifest says.")
    return 0


def card(call: Call) -> int:
    """Write a version's card, and show it or lay it into a fresh folder."""
    args = call.args
    run = call.ask("card", version=args.version, line=args.line)["run"]
    _done(wait_for(call, run))
    if args.output:
        folder = Path(args.output).absolute()
        _take_out(call, run, folder)
        _show(call, folder, str(folder))
        return 0
    aside = Path(tempfile.mkdtemp(prefix="sentinel-card-"))
    try:
        _take_out(call, run, aside / "card")
        _show(call, aside / "card", None)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return 0


def _show(call: Call, folder: Path, told: str | None) -> None:
    if call.args.json:
        call.out.json(json.loads((folder / "card.json").read_bytes()))
    elif told is not None:
        call.out.say(f"{told}: README.md and card.json.")
    else:
        call.out.block((folder / "README.md").read_text(encoding="utf-8"))


def _take_out(call: Call, run: str, folder: Path) -> Json:
    from sentinel.api.deliver import take_out

    made = call.ask("made", run=run)
    take_out(call.workspace, made["digest"], folder)
    return made


def _done(run: Json) -> None:
    if run["state"] != "done":
        raise refuse("E-no-answer", run["why"] or f"{run['run']} ended as {run['state']}.",
                     todo=f"`sentinel show {run['run']}` says how it went.")  # fmt: skip
