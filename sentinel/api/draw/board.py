"""The board drawn: each line's versions with their scores, their ranks on the Hub, what waits and what is behind."""

import textwrap
from collections.abc import Iterator

from sentinel.api.draw.moments import ago
from sentinel.api.draw.pen import Pen
from sentinel.domain.benchmark import PERCENT
from sentinel.domain.digest import Json
from sentinel.domain.text import plain

_STATES = {"waiting": "waits", "trying": "on its way", "given-up": "given up", "done": "done", "overtaken": "overtaken"}
_HEADS = ("BENCHMARK", "SCORE", "RANK", "WITH DERIVED")
_INDENT, _MARGIN = 4, 13
_LONGEST = 36
"""Letters of a benchmark's name, so that a row keeps to the width."""


def draw_board(pen: Pen, told: Json, now: int) -> None:
    """Draw the board of every line that was asked for."""
    if told["owner"] is None:
        pen.say("sentinel.yaml names no hub: `hub: {owner: NAME, token: credential:NAME}` says whose it is.")
    if not told["lines"]:
        pen.say("sentinel.yaml has no line.")
    for number, line in enumerate(told["lines"]):
        if number:
            pen.line()
        draw_line(pen, line, now)


def draw_line(pen: Pen, line: Json, now: int) -> None:
    """Draw one line's board."""
    read = f"the Hub's boards were read {ago(line['read_at'], now)}" if line["read_at"] else "no board was read so far"
    gone = "" if line["in_force"] or line["line"] is None else "  no line of sentinel.yaml any more"
    pen.line(f"{pen.ink(line['line'] or 'for no line', 'bold')}  {plain(read)}{gone}")
    if not any(each["sent"] for each in line["versions"]) and line["in_force"]:
        pen.say("Nothing of it was sent to the Hub. The steps `publish` and `submit` of a recipe do that.")
    _versions(pen, line["versions"])
    if line["more"]:
        pen.say(f"  and {line['more']} older versions: `sentinel versions {line['line']}`")
    for each in line["outbox"]:
        _told(pen, _STATES[each["state"]], _waiting(each, now), "red" if each["state"] == "given-up" else "yellow")
    for each in line["rejected"]:
        _told(pen, "rejected", f"{each['repo']}: {each['file']}: {each['why']}", "red")
    for word in ("unread", "behind"):
        for said in line[word]:
            _told(pen, word, said, "yellow")


def _versions(pen: Pen, versions: list[Json]) -> None:
    """Each version under a heading of its own, its scores below, in columns that all of them share."""
    rows = [[tuple(map(plain, row)) for row in _scores(each)] for each in versions]
    widths = pen.widths(_HEADS, [row for held in rows for row in held], _INDENT)
    if any(rows):
        pen.row(_HEADS, widths, _INDENT, colour="dim")
    for each, held in zip(versions, rows, strict=True):
        _heading(pen, each)
        for row in held:
            pen.row(row, widths, _INDENT)


def _heading(pen: Pen, version: Json) -> None:
    """Its name, its aliases, its spec and where it is, on as many lines as that takes."""
    name = plain(version["version"] or f"model {version['model'][:12]}")
    words = [" ".join(map(plain, version["aliases"])), plain(version["spec"] or "")]
    words += [_published(each) for each in version["published"]]
    shown, width = pen.ink(name, "bold"), len(name)
    for word in filter(None, words):
        if width + len(word) + 3 > pen.width - 2:
            pen.line(f"  {shown}")
            shown, width = f"    {word}", len(word) + 2
        else:
            shown, width = f"{shown} · {word}", width + len(word) + 3
    pen.line(f"  {shown}")


def _published(told: Json) -> str:
    if told["state"] != "done":
        return plain(f"{told['repo']}: {_STATES[told['state']]} ({told['delivery']})")
    if not told["is_there"]:
        return plain(f"was at {told['repo']}")
    return plain(f"{told['repo']} {(told['commit'] or '')[:7]}{', private' if told['private'] else ''}")


def _scores(version: Json) -> Iterator[tuple[str, ...]]:
    """First what was submitted, then what only gates here have seen."""
    for each in version["scores"]:
        name = _short(f"{each['dataset']} {each['task']}")
        yield name, _score(each), _rank(each, "rank"), _rank(each, "with_derived")
    submitted = {(each["of"], each["metric"]) for each in version["scores"]}
    for each in version["judged"]:
        if (each["set"], each["metric"]) not in submitted:
            yield _short(f"{each['set']} {each['metric']}"), _seen(each), f"{each['gate']}: {each['verdict']}", ""


def _score(entry: Json) -> str:
    factor, digits = (100, 1) if entry["scale"] == PERCENT else (1, 3)
    low, value, high = (f"{factor * entry[name]:.{digits}f}" for name in ("lower", "score", "upper"))
    return f"{value} ({low} to {high}, n {entry['n']})"


def _seen(judged: Json) -> str:
    """As a gate saw it: each limit leaves out its α, so that both together hold less than a submitted score's."""
    low, value, high = (f"{judged[name]:.3f}" for name in ("lower", "estimate", "upper"))
    sure = round(100 * (1 - 2 * judged["alpha"]), 1)
    return f"{value} ({low} to {high}{f' at {sure:g} %' if sure != 95 else ''}, n {judged['n']})"


def _rank(score: Json, word: str) -> str:
    if score["state"] != "done":
        return _STATES[score["state"]] if word == "rank" else ""
    if score["request"] is not None and score["request_state"] != "merged":
        return f"request #{score['request']} {score['request_state']}".strip() if word == "rank" else ""
    if not score["is_there"]:
        return "replaced" if word == "rank" else ""
    place = score[word]
    if place is None:
        return "private" if score["private"] and word == "rank" else "—"
    if place["rank"] is not None:
        return f"{place['rank']} of {place['of']}"
    return "private" if score["private"] else f"not among {place['of']}"


def _short(name: str) -> str:
    shown = plain(name)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 13]}…{shown[-12:]}"


def _waiting(sending: Json, now: int) -> str:
    what = f"{sending['delivery']}: {sending['act']} to {sending['repo']}"
    tries = f"{sending['attempts']} tries" if sending["attempts"] != 1 else "1 try"
    after = f", {tries}" if sending["attempts"] else ""
    when = (
        f", the next {ago(sending['next_at'], now)}" if sending["next_at"] is not None and sending["attempts"] else ""
    )
    maybe = ", maybe sent" if sending["maybe_sent"] else ""
    why = f": {sending['why']}" if sending["why"] else ""
    todo = f" `sentinel retry {sending['delivery']}` tries again." if sending["state"] == "given-up" else ""
    return f"{what}{after}{maybe}{when}{why}{todo}"


def _told(pen: Pen, word: str, sentence: str, colour: str) -> None:
    """A sentence beside its word, on as many lines as it takes."""
    first, *more = textwrap.wrap(plain(sentence), pen.width - _MARGIN, break_on_hyphens=False) or [""]
    pen.line(f"  {pen.ink(word, colour)}{' ' * (_MARGIN - 2 - len(word))}{first}")
    for each in more:
        pen.line(f"{' ' * _MARGIN}{each}")
