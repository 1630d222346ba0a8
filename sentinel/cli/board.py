"""`board`: what of each line is on the Hub, how it ranks there, what waits and what is behind."""

from sentinel.cli.call import Call
from sentinel.cli.moments import ago, now
from sentinel.cli.out import Out
from sentinel.domain.benchmark import PERCENT
from sentinel.domain.digest import Json
from sentinel.domain.text import plain

_STATES = {"waiting": "waits", "trying": "on its way", "given-up": "given up", "done": "done"}


def board(call: Call) -> int:
    """Show the board."""
    told = call.ask("board", line=call.args.line)
    if call.args.json:
        call.out.json(told)
        return 0
    out, at = call.out, now()
    if not told["lines"]:
        out.say("sentinel.yaml has no line.")
    for number, line in enumerate(told["lines"]):
        if number:
            out.line()
        draw_line(out, line, told["owner"], at)
    return 0


def draw_line(out: Out, line: Json, owner: str | None, at: int) -> None:
    """Draw one line's board."""
    read = f"the Hub's boards were read {ago(line['read_at'], at)}" if line["read_at"] else "no board was read so far"
    out.line(f"{out.ink(line['line'], 'bold')}  {plain(read)}")
    if owner is None:
        out.say("sentinel.yaml names no hub: `hub: {owner: NAME, token: credential:NAME}` says whose it is.")
    if not line["versions"]:
        out.say("Nothing of it was sent to the Hub. The steps `publish` and `submit` of a recipe do that.")
    else:
        out.table(("VERSION", "SPEC", "ON THE HUB", "BENCHMARK", "SCORE", "RANK", "WITH DERIVED"), _rows(line))
    for each in line["outbox"]:
        out.line(f"  {out.state(_STATES[each['state']], 10)} {plain(_waiting(each, at))}")
    for each in line["rejected"]:
        out.line(f"  {out.ink('rejected', 'red')}   {plain(each['repo'])}: {plain(each['file'])}: {plain(each['why'])}")
    for said in line["unread"]:
        out.line(f"  {out.ink('unread', 'yellow')}     {plain(said)}")
    for said in line["behind"]:
        out.line(f"  {out.ink('behind', 'yellow')}     {plain(said)}")


def _rows(line: Json) -> list[tuple[str, ...]]:
    places = {(each["repo"], each["dataset"], each["derived"]): each for each in line["places"]}
    current = _newest(line["versions"])
    rows = []
    for version in line["versions"]:
        first = (_version(version), version["spec"] or "", _published(version))
        found = _scores(version, places, current)
        rows += [(*(first if not place else ("", "", "")), *each) for place, each in enumerate(found)]
    return rows


def _newest(versions: list[Json]) -> dict[str, str]:
    """Of each repository the model whose scores it holds: only that one has the place that was read."""
    found: dict[str, str] = {}
    for version in versions:
        for each in version["sent"]:
            if each["act"] == "submit" and each["state"] == "done":
                found.setdefault(each["repo"], version["model"])
    return found


def _version(version: Json) -> str:
    named = version["version"] or f"model {version['model'][:12]}"
    return f"{named} {', '.join(version['aliases'])}".strip()


def _published(version: Json) -> str:
    told = next((each for each in version["sent"] if each["act"] == "publish"), None)
    if told is None:
        return "not published"
    if told["state"] != "done":
        return f"{_STATES[told['state']]} ({told['delivery']})"
    return f"{told['repo']} {told['commit'][:7]}{', private' if told['private'] else ''}"


def _scores(version: Json, places: dict[tuple[str, str, bool], Json], current: dict[str, str]) -> list[tuple[str, ...]]:
    found = []
    for each in version["sent"]:
        if each["act"] != "submit":
            continue
        for entry in each["entries"]:
            is_there = current.get(each["repo"]) == version["model"]
            ranks = [_rank(each, places.get((each["repo"], entry["dataset"], derived)) if is_there else None)
                     for derived in (False, True)]  # fmt: skip
            found.append((f"{entry['dataset']} {entry['task']}", _score(entry), *ranks))
    return found or [("not submitted", "", "", "")]


def _score(entry: Json) -> str:
    factor, digits = (100, 1) if entry["scale"] == PERCENT else (1, 3)
    low, value, high = (f"{factor * entry[name]:.{digits}f}" for name in ("lower", "score", "upper"))
    return f"{value} ({low} to {high}, n {entry['n']})"


def _rank(sending: Json, place: Json | None) -> str:
    if sending["state"] != "done":
        return _STATES[sending["state"]]
    if sending["request"] is not None:
        return f"request #{sending['request']}"
    if place is None:
        return "—"
    return f"{place['rank']} of {place['of']}" if place["rank"] is not None else f"not among {place['of']}"


def _waiting(sending: Json, at: int) -> str:
    what = f"{sending['delivery']}: {sending['act']} to {sending['repo']}"
    tries = f"{sending['attempts']} tries" if sending["attempts"] != 1 else "1 try"
    after = f", {tries}" if sending["attempts"] else ""
    when = f", the next {ago(sending['next_at'], at)}" if sending["next_at"] is not None and sending["attempts"] else ""
    why = f": {sending['why']}" if sending["why"] else ""
    todo = f" `sentinel retry {sending['delivery']}` tries again." if sending["state"] == "given-up" else ""
    return f"{what}{after}{when}{why}{todo}"
