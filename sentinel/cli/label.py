"""`label`: served answers are shown one by one on the terminal, and a person says what each should have been."""

import json
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sentinel.cli.call import Call
from sentinel.cli.out import Out
from sentinel.domain.digest import Json
from sentinel.domain.outcome import AUDIT, INFORMATIVE
from sentinel.domain.policy.labelling import Pick, Picked, Served, pick
from sentinel.domain.refusal import refuse
from sentinel.domain.text import plain

_AT_ONCE = 200
_FEW = 20
"""With so many classes at most, they are offered by number, and the model's own answer is not shown."""
_LONGEST = 65_536
_NEEDS = ("id", "at", "text", "answer")


def label(call: Call) -> int:
    """Ask about a random sample, then about what the model was unsure of, as far as the budget goes."""
    args = call.args
    told = call.ask("outcomes", line=args.line)
    if not told["audit"]:
        raise refuse("E-no-audit", f"sentinel.yaml does not say which share of {args.line} is labelled at random.",
                     todo="Add `audit: 5%` under its `labels:`.")  # fmt: skip
    done = sum(each["fresh"] for each in told["by"] if each["why"] in (AUDIT, INFORMATIVE))
    budget = args.budget if args.budget is not None else max(0, told["weekly"] - done)
    path = Path(args.answers)
    if not path.is_file():
        raise refuse("E-no-file", f"There is no file {args.answers}.", todo="Name a file of JSON lines.")
    with path.open("rb") as file:
        served, classes = _read(file, path)
        known = _labelled(call, args.line, list(served))
        picked = pick(args.line, served.values(), known, told["audit"], budget, told["twice"])
        if args.dry_run or not picked.picks:
            _say(call, picked, budget, done, told["weekly"])
            return 0
        return _ask(call, file, picked, classes)


def _read(file: BinaryIO, path: Path) -> tuple[dict[str, Served], list[str]]:
    """The answers of a file, each with its place, and the classes that they name where these are few."""
    served: dict[str, Served] = {}
    classes: Counter[str] = Counter()
    for number, (place, text) in enumerate(_lines(file), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
            missing = next((name for name in _NEEDS if row.get(name) is None), None)
        except (ValueError, AttributeError, RecursionError):
            raise refuse("E-answers", "This line is no JSON object.", where=f"{path}:{number}",
                         todo="Write one served answer on each line.") from None  # fmt: skip
        if missing is not None:
            raise refuse("E-answers", f"This answer has no `{missing}`.", where=f"{path}:{number}",
                         todo=f"Each needs {', '.join(_NEEDS)}.")  # fmt: skip
        served[str(row["id"])] = Served(str(row["id"]), place, _ahead(row.get("probabilities")))
        if len(classes) <= _FEW or row["answer"] in classes:
            classes[str(row["answer"])] += 1
    return served, sorted(classes) if 1 < len(classes) <= _FEW else []


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    place = 0
    while text := file.readline(_LONGEST):
        yield place, text
        place += len(text)


def _ahead(probabilities: Json) -> float | None:
    """How far the likeliest class is ahead of the next: near nothing where the model was unsure."""
    if not isinstance(probabilities, dict):
        return None
    held = sorted((float(each) for each in probabilities.values() if isinstance(each, int | float)), reverse=True)
    return held[0] - held[1] if len(held) > 1 else None


def _labelled(call: Call, line: str, ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found.update(call.ask("labelled", line=line, ids=ids[start : start + _AT_ONCE])["labelled"])
    return found


def _say(call: Call, picked: Picked, budget: int, done: int, weekly: int) -> None:
    counts = Counter(each.why for each in picked.picks)
    if call.args.json:
        call.out.json({"picks": [[each.served.id, each.why, each.chance] for each in picked.picks],
                       "sample": picked.sample, "left": picked.left, "budget": budget})  # fmt: skip
        return
    told = ", ".join(f"{number} {why}" for why, number in counts.items()) or "nothing"
    call.out.say(f"To be labelled: {told}. The random sample has {picked.sample} answers; {picked.left} are left out.")
    call.out.say(f"The budget is {budget}: {done} labels came in these seven days, and {weekly} a week are wanted.")


def _ask(call: Call, file: BinaryIO, picked: Picked, classes: list[str]) -> int:
    out, told = Out(sys.stderr), Counter[str]()
    for number, each in enumerate(picked.picks, start=1):
        file.seek(each.served.place)
        row = json.loads(file.readline(_LONGEST))
        _show(out, f"{number} of {len(picked.picks)}", row, classes)
        said = _said(out, classes)
        if said is None:
            break
        if said == "":
            told["skipped"] += 1
            continue
        told[_send(call, out, each, row, said, not classes)] += 1
    if call.args.json:
        call.out.json(dict(told))
        return 0
    call.out.say(", ".join(f"{count} {word}" for word, count in told.items()) or "Nothing was labelled.")
    if told["skipped"]:
        call.out.say("What is skipped because it is hard makes the sample look better than the line is.")
    return 0


def _show(out: Out, place: str, row: Json, classes: list[str]) -> None:
    width = min(shutil.get_terminal_size().columns, 100)
    out.line()
    out.line(out.ink(place, "dim"))
    for paragraph in plain(row["text"], lines=True).splitlines() or [""]:
        for text in textwrap.wrap(paragraph, width) or [""]:
            out.line(text)
    if classes:
        out.line(out.ink("  ".join(f"{index} {name}" for index, name in enumerate(classes, start=1)), "blue"))
    else:
        out.line(f"{out.ink('answered', 'dim')} {plain(row['answer'])}")


def _said(out: Out, classes: list[str]) -> str | None:
    """What the answer should have been; nothing where it is skipped, None to stop."""
    asks = "number or name" if classes else "y right, n wrong"
    while True:
        out.stream.write(f"{asks}, s skip, q stop: ")
        out.stream.flush()
        text = sys.stdin.readline()
        word = text.strip()
        if not text or word == "q":
            return None
        if word == "s":
            return ""
        if classes and word.isdigit() and 1 <= int(word) <= len(classes):
            return classes[int(word) - 1]
        if (classes and word) or word in ("y", "n"):
            return word
        out.line("That is none of these.")


def _send(call: Call, out: Out, each: Pick, row: Json, said: str, free: bool) -> str:
    """Put a label on record. `free` says that the answer is no class: then it was said to be right or wrong."""
    line = call.args.line
    right = said == "y" if free else said == str(row["answer"])
    if each.why not in (AUDIT, INFORMATIVE):
        answer = call.ask("outcome-again", line=line, id=each.served.id, right=right, label=None if free else said)
        return "labelled twice alike" if answer["agrees"] else "labelled twice differently"
    outcome: Json = {"id": each.served.id, "at": row["at"], "why": each.why, "right": right}
    if not free:
        outcome |= {"label": said, "answer": str(row["answer"])}
    if each.chance is not None:
        outcome["chance"] = each.chance
    if row.get("version"):
        outcome["version"] = row["version"]
    answer = call.ask("outcomes-take", line=line, outcomes=[outcome])
    for fault in answer["faults"]:
        out.line(out.ink(fault["says"], "red"))
    return "refused" if answer["faults"] else each.why
