"""`label`: served answers are shown one by one on the terminal, and a person says what each should have been."""

import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sentinel.api.answers import (
    Answers,
    allowance,
    choose,
    known_labels,
    known_requests,
    label_faults,
    label_request,
    label_word,
    read_answers,
)
from sentinel.api.draw.answer import draw_answer, draw_labelled, draw_picked
from sentinel.api.draw.pen import WIDTH
from sentinel.cli.call import Call
from sentinel.cli.out import Out
from sentinel.domain.policy.labelling import Picked


def label(call: Call) -> int:
    """Ask about a random sample, then about what the model was unsure of, as far as the budget goes."""
    args = call.args
    allowed = allowance(call.ask("outcomes", line=args.line), args.line, args.budget)
    with read_answers(Path(args.answers)) as answers:
        known = known_labels(call.ask(route, **given) for route, given in known_requests(args.line, answers))
        picked = choose(answers, known, allowed)
        if not args.dry_run and picked.picks:
            return _ask(call, answers, picked)
    if args.json:
        call.out.json({"picks": [[each.served.id, each.why, each.chance] for each in picked.picks],
                       "sample": picked.sample, "left": picked.left, "budget": allowed.budget})  # fmt: skip
    else:
        draw_picked(call.out, picked, allowed)
    return 0


def _ask(call: Call, answers: Answers, picked: Picked) -> int:
    out, told = Out(sys.stderr, min(shutil.get_terminal_size().columns, WIDTH)), Counter[str]()
    for number, pick in enumerate(picked.picks, start=1):
        row = answers.row(pick)
        draw_answer(out, f"{number} of {len(picked.picks)}", row, answers.classes)
        said = _said(out, answers.classes)
        if said is None:
            break
        if said == "":
            told["skipped"] += 1
            continue
        route, given = label_request(call.args.line, pick, row, said, answers.free)
        answer = call.ask(route, **given)
        for fault in label_faults(answer):
            out.line(out.ink(fault, "red"))
        told[label_word(pick, answer)] += 1
    if call.args.json:
        call.out.json(dict(told))
    else:
        draw_labelled(call.out, told)
    return 0


def _said(out: Out, classes: Sequence[str]) -> str | None:
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
