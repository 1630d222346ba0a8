"""`outcomes`: what came back for a line's answers, and labels brought in from a file."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

from sentinel.api.draw.moments import now
from sentinel.api.draw.outcomes import draw_outcomes
from sentinel.cli.call import Call
from sentinel.cli.out import Out
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse

_AT_ONCE = 200
_SHOWN = 10


def outcomes(call: Call) -> int:
    """Show what came back, after bringing labels in where there are any."""
    args = call.args
    brought = _take(call, args.line, args.take) if args.take is not None else None
    told = call.ask("outcomes", line=args.line)
    if args.json:
        call.out.json(told if brought is None else {**told, "taken": brought})
    else:
        if brought is not None:
            _draw_taken(call.out, brought)
        draw_outcomes(call.out, told, now())
    return 1 if brought is not None and brought["faults"] else 0


def _take(call: Call, line: str, file: str) -> Json:
    taken: Json = {"new": 0, "known": 0, "faults": []}
    path = Path(file)
    if file != "-" and not path.is_file():
        raise refuse("E-no-file", f"There is no file {file}.", todo="Name a file of JSON lines, or `-`.")
    shown = sys.stderr.isatty() and not call.args.json
    with nullcontext(sys.stdin) if file == "-" else path.open(encoding="utf-8", errors="replace") as held:
        for batch in _batches(enumerate(held, start=1)):
            values: list[Json] = []
            for number, text in batch:
                try:
                    values.append(json.loads(text))
                except (ValueError, RecursionError):
                    values.append(None)
                    taken["faults"].append({"line": number, "says": "it is no JSON."})
            good = [(number, value) for (number, _), value in zip(batch, values, strict=True) if value is not None]
            if good:
                answer = call.ask("outcomes-take", line=line, outcomes=[value for _, value in good])
                taken["new"] += answer["new"]
                taken["known"] += answer["known"]
                taken["faults"] += [
                    {"line": good[each["index"]][0], "says": each["says"]} for each in answer["faults"]
                ]  # fmt: skip
            if shown:
                sys.stderr.write(f"\r{batch[-1][0]} lines")
                sys.stderr.flush()
    if shown:
        sys.stderr.write("\r")
    return taken


def _batches(lines: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    batch: list[tuple[int, str]] = []
    for number, text in lines:
        if text.strip():
            batch.append((number, text))
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _draw_taken(out: Out, taken: Json) -> None:
    faults = sorted(taken["faults"], key=lambda each: int(each["line"]))
    out.say(f"{taken['new']} taken, {taken['known']} were there already, {len(faults)} could not be taken.")
    for each in faults[:_SHOWN]:
        out.say(f"  line {each['line']}: {each['says']}")
    if len(faults) > _SHOWN:
        out.say(f"  and {len(faults) - _SHOWN} more")
