"""The files of a shop's workspace: the starter set, two lines, a zoo, and what people served and wrote down."""

import json
from pathlib import Path

from sentinel.domain.moment import format_moment
from sentinel.domain.quantity import MINUTE
from sentinel.recipe.starter import write_starter

CLASSES = ("account", "billing", "delivery", "returns")
SPECS = ("deep", "long", "small", "wide")
BROKEN = "recipes/broken.yaml"

CONFIG = """\
# A shop's two lines: tickets are routed to a desk, and the chat answers what it can.
timezone: UTC
lines:
  tickets:
    task: classification
    metric: accuracy
    base: {file: models/base}
    data: [{from: file, path: rows/tickets.jsonl, map: {text: text, label: label}}]
    live: rows/requests.jsonl
    labels: {settle: 2d, audit: 25%, every: 1d, weekly: 100, twice: 10%, independent: true}
    hold: 20%
    sets:
      canary: {file: sets/canary.jsonl}
      holdout: {file: sets/holdout.jsonl, looks: 20}
      adversarial: {file: sets/adversarial.jsonl}
      recent: {from: outcomes, window: 4d}
  chat:
    task: classification
    metric: accuracy
    base: {file: models/base}
    data: [{from: file, path: rows/chat.jsonl, map: {text: text, label: label}}]
    hold: 20%
    sets:
      canary: {file: sets/canary.jsonl}
      holdout: {file: sets/holdout.jsonl}
      adversarial: {file: sets/adversarial.jsonl}
zoo: {budget: 2, shadows: 6}
nodes: {here: {slots: {cpus: 4, memory: 16GiB}}}
programs:
  write-greeting: [programs/write-greeting]
  hand-on: [programs/hand-on]
  tell-days: [programs/hand-on]
  tell-desk: [programs/hand-on]
hub:
  owner: acme
  benchmarks:
    - {of: holdout, metric: accuracy, dataset: bench/tickets, task: default, scale: percent}
notify: [{command: tell-desk, on: [rejected, frozen]}]
"""
LIFECYCLE = """\
# The starter set's lifecycle, for both lines.
recipe: lifecycle
about: Retrain the model when the world moved or it grew old, prove it, put it live, tell the board.
line: [tickets, chat]
inputs:
  window: {type: duration, default: 30d}
triggers:
  - drift: {set: canary, margin: 0.01, false_alarms: 1 per 3 years}
policy: {priority: 50, at_most_one_per: line, budget: {wall: 6h}}
steps:
  - id: rows
    use: assemble
    in: {prior: champion.dataset?}
    with: {window: inputs.window, replay: 30%}
  - id: integrity
    gate: data-integrity
    in: {dataset: rows.dataset, prior: champion.dataset?, sets: line.sets}
  - id: tuned
    use: forge
    in: {base: line.base, data: rows.dataset}
    with: {train: {method: lora, rank: 16, epochs: 3}}
    needs: {cpus: 4}
    timeout: 2h
    retry: {times: 1, backoff: 1m}
  - {id: scores, use: evaluate, in: {model: tuned.model}}
  - {id: before, use: evaluate, in: {model: champion.model?}}
  - id: proof
    gate: promotion
    in: {candidate: scores.report, champion: before.report?}
  - {id: live, use: promote, in: {model: tuned.model, verdict: proof.verdict}}
  - id: card
    use: card
    in: {model: tuned.model, reports: [scores.report], verdicts: [proof.verdict], data: rows.dataset}
    optional: true
  - {id: out, use: publish, in: {model: tuned.model, card: card.card}, optional: true}
  - {id: board, use: submit, in: {report: scores.report}, optional: true}
"""
ROTATION = """\
recipe: rotation
about: Each week, train the challengers of the zoo whose turn it is.
line: tickets
triggers:
  - cron: {at: "0 3 * * 6"}
policy: {priority: 20, at_most_one_per: line}
steps:
  - id: turn
    use: rotation
  - id: trained
    use: recipe
    each: turn.chosen
    in: {spec: it}
"""
DAYS = """\
recipe: days
about: Score the model that is live on the canary each working day, and tell how many it got right.
line: tickets
triggers:
  - cron: {at: "0 5 * * 1-5"}
policy: {priority: 40, at_most_one_per: line}
steps:
  - {id: scores, use: evaluate, in: {model: champion.model}, with: {only: [canary]}}
  - {id: told, use: program, in: {report: scores.report}, with: {run: tell-days}, gives: {rows: RawSnapshot}}
"""
BOARD = """\
recipe: board
about: Read back from the Hub where what was submitted stands, once a week.
triggers:
  - cron: {at: "30 6 * * 1"}
policy: {priority: 10, at_most_one_per: line}
steps:
  - {id: places, use: ranks}
"""
CHALLENGE = """\
recipe: challenge
about: Hold a mature version of the zoo against the champion.
line: tickets
policy: {priority: 30, at_most_one_per: line}
steps:
  - {id: who, use: challenger}
  - {id: scores, use: evaluate, in: {model: who.model}}
  - {id: before, use: evaluate, in: {model: champion.model?}}
  - id: proof
    gate: challenge
    in: {candidate: scores.report, champion: before.report?}
  - {id: live, use: promote, in: {model: who.model, verdict: proof.verdict}}
"""
PROMOTION = """\
gate: promotion
about: A candidate replaces the champion only after it proves itself on the same inputs.
in: {candidate: EvalReport, champion: EvalReport?}
checks:
  - {use: floor, set: holdout, at_least: 0.80}
  - {use: no_regression, set: holdout, margin: 0.02}
  - {use: fixes_trigger, set: canary}
  - {use: slices, set: holdout}
  - {use: no_new_failures, set: adversarial}
then: {fail: reject, inconclusive: hold, freeze: freeze}
"""
CHALLENGE_GATE = """\
gate: challenge
about: A challenger is better than the champion beyond doubt, and loses nothing that the champion holds.
in: {candidate: EvalReport, champion: EvalReport?}
checks:
  - {use: mature, set: canary, outcomes: 1500}
  - {use: better, set: canary}
  - {use: no_regression, set: holdout, margin: 0.02}
then: {fail: reject, inconclusive: hold, freeze: freeze}
"""
FAULTY = """\
recipe: broken
about: Somebody is still writing this.
line: tickets
steps:
  - {id: rows, use: asemble}
  - {id: tuned, use: forge, in: {base: line.base, data: raws.dataset}}
"""
_OVERRIDES = {
    "deep": "{tuned: {with: {train: {epochs: 6}}}}",
    "long": "{rows: {with: {window: 60d}}}",
    "small": "{tuned: {with: {train: {rank: 4}}}}",
    "wide": "{tuned: {with: {train: {rank: 32}}}}",
    "plain": "{}",
}
_PRIORITY = {"small": 60}
_FILES = {
    "sentinel.yaml": CONFIG, "recipes/lifecycle.yaml": LIFECYCLE, "recipes/rotation.yaml": ROTATION,
    "recipes/days.yaml": DAYS, "recipes/board.yaml": BOARD, "recipes/challenge.yaml": CHALLENGE,
    "gates/promotion.yaml": PROMOTION, "gates/challenge.yaml": CHALLENGE_GATE,
}  # fmt: skip
_TEXTS = {
    "account": "I cannot sign in any more since I changed my address.",
    "billing": "The invoice of last month was charged twice.",
    "delivery": "The parcel has been on its way for nine days now.",
    "returns": "The shoes are too small, where do I send them back to?",
}


def write_workspace(place: Path, now: int) -> None:
    """Write a good workspace; `break_a_file` comes later."""
    write_starter(place)
    for name, text in {**_FILES, **{f"zoo/{name}.yaml": _spec(name) for name in _OVERRIDES}}.items():
        _write(place / name, text)
    for name in ("sets/canary", "sets/holdout", "sets/adversarial", "rows/tickets", "rows/chat", "rows/requests"):
        _write(place / f"{name}.jsonl", "".join(f"{json.dumps(each)}\n" for each in _rows(name.partition("/")[2])))
    _write(place / "answers.jsonl", "".join(f"{json.dumps(each)}\n" for each in answers(now)))


def break_a_file(place: Path) -> None:
    """Write a recipe with two faults."""
    _write(place / BROKEN, FAULTY)


def answers(now: int, many: int = 60) -> list[dict[str, object]]:
    """What was served lately, with how sure the model was."""
    return [_answer(number, now - (many - number) * 40 * MINUTE) for number in range(many)]


def _answer(number: int, at: int) -> dict[str, object]:
    said = CLASSES[number % 4]
    first = 0.94 - 0.011 * (number * 17 % 53)
    second, rest = (1 - first) * 0.8, (1 - first) * 0.1
    shares = [round(each, 3) for each in (first, second, rest, rest)]
    turned = [CLASSES[(number + place) % 4] for place in range(4)]
    return {
        "id": f"s-{4000 + number}", "at": format_moment(at), "text": f"{_TEXTS[said]} (order {7000 + 13 * number})",
        "answer": said, "probabilities": dict(zip(turned, shares, strict=True)),
    }  # fmt: skip


def _rows(name: str) -> list[dict[str, str]]:
    return [{"id": f"{name}-{number}", "text": _TEXTS[CLASSES[number % 4]], "label": CLASSES[number % 4]}
            for number in range(40)]  # fmt: skip


def _spec(name: str) -> str:
    status = "status: retired\n" if name == "plain" else ""
    priority = f"priority: {_PRIORITY[name]}\n" if name in _PRIORITY else ""
    return f"spec: {name}\n{status}{priority}recipe: challenger\noverrides: {_OVERRIDES[name]}\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
