"""`reforge`: a version made again from its record, or from a card, with some of its controls changed."""

import json
from pathlib import Path

from sentinel.api.draw.reforging import draw_reforging
from sentinel.cli.call import Call
from sentinel.cli.follow import follow
from sentinel.domain.card_claims import FILE, LARGEST
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse

_HUB = "hub:"
_CARD_KEYS = ("model", "line", "base", "lineage")
"""What of a card says where its model comes from; the rest of it is for people."""


def reforge(call: Call) -> int:
    """Show what a version's controls are and what would be run, or ask for the run."""
    args = call.args
    asked = {**_meant(call, args.version), "line": args.line, "set": call.settings(), "fresh": args.fresh}
    if args.dry_run or args.show:
        told = call.ask("reforging", **asked)
        if args.json:
            call.out.json(told)
        else:
            draw_reforging(call.out, told)
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
