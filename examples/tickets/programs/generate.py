"""Support tickets as a shop for gadgets would get them: JSON lines on standard output, the same for the same seed.

    generate.py --seed 1 --days 28 --per-day 200 > tickets.jsonl
    generate.py --seed 2 --days 7 --per-day 200 --begin 2026-02-01 --add heatpump --share 0.15 > later.jsonl

A ticket has an id, when it was created, a subject, a body, a channel, an amount in euros, a customer, and the queue
that a person put it into; people err, and so one queue in twenty-five is wrong. `--corrupt` breaks the rows in one of
three ways.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import words

NOISE = 0.04
"""How many tickets a person puts into the wrong queue."""
TYPOS = 0.08
CORRUPT = ("labels", "unit", "flood")
Ticket = dict[str, Any]


def tickets(
    seed: int,
    days: int,
    per_day: int,
    begin: datetime,
    added: tuple[str, ...] = (),
    share: float = 0.15,
    lines: int = 8,
) -> Iterator[Ticket]:
    """The tickets of some days, in the order in which they came; `share` of them about the lines that were added."""
    sold = tuple(words.LINES)[:lines]
    chance = random.Random(f"tickets {seed}")
    for day in range(days):
        seconds = sorted(chance.randrange(86_400) for _ in range(per_day))
        for second in seconds:
            is_new = bool(added) and chance.random() < share
            line = chance.choice(added if is_new else sold)
            created = begin + timedelta(days=day, seconds=second)
            yield _ticket(chance, created, line, is_new, sold)


def corrupted(rows: list[Ticket], how: str, seed: int) -> list[Ticket]:
    """The same tickets, broken as an export breaks one day: labels swapped, a unit changed, one queue flooded."""
    chance = random.Random(f"corrupt {seed} {how}")
    if how == "labels":
        swapped = {"billing": "returns", "returns": "billing", "setup": "outage", "outage": "setup"}
        return [{**row, "queue": _with_topic(row["queue"], swapped)} for row in rows]
    if how == "unit":
        return [{**row, "amount": round(row["amount"] * 100)} for row in rows]
    flood = chance.choice(rows)["queue"]
    return [{**row, "queue": flood if chance.random() < 0.4 else row["queue"]} for row in rows]


def _ticket(chance: random.Random, created: datetime, line: str, is_new: bool, sold: tuple[str, ...]) -> Ticket:
    thing = chance.choice((words.ADDED if is_new else words.LINES)[line])
    # a line that is new has two desks, and not yet five
    topic = chance.choice(tuple(words.TOPICS))
    queue = (
        f"{line}-{'billing' if topic in ('billing', 'returns', 'account') else 'service'}"
        if is_new
        else f"{line}-{topic}"
    )
    if not is_new and chance.random() < NOISE:
        queue = f"{chance.choice(sold)}-{chance.choice(tuple(words.TOPICS))}"
    subject = chance.choice(words.TOPICS[topic])
    filled = _filled(chance, subject, thing)
    return {
        "id": f"T{chance.randrange(10**9):09}",
        "created": created.isoformat(timespec="seconds"),
        "subject": _typed(chance, filled[0].upper() + filled[1:]),
        "body": _typed(chance, _body(chance, thing)),
        "channel": chance.choices(words.CHANNELS, (5, 3, 2, 1))[0],
        "amount": round(chance.lognormvariate(3.5, 0.8), 2),
        "customer": f"C{chance.randrange(40_000):05}",
        "queue": queue,
    }


def _body(chance: random.Random, thing: str) -> str:
    """One thing that has little to do with it, mood in every third ticket, a name in every other."""
    said = [chance.choice(words.CONTEXTS), *([chance.choice(words.FEELINGS)] if chance.random() < 0.33 else [])]
    chance.shuffle(said)
    text = ". ".join(part[0].upper() + part[1:] for part in (_filled(chance, part, thing) for part in said))
    end = f" {chance.choice(words.CLOSINGS)}, {chance.choice(words.NAMES)}" if chance.random() < 0.5 else ""
    return f"{text}.{end}"


def _filled(chance: random.Random, text: str, thing: str) -> str:
    return text.format(
        thing=thing, amount=chance.randint(3, 400), days=chance.randint(8, 60), step=chance.randint(2, 9),
        percent=chance.randint(5, 99), minutes=chance.randint(2, 45), code=f"E{chance.randint(10, 99)}",
        number=chance.randint(10_000, 9_999_999), month=chance.choice(words.MONTHS), town=chance.choice(words.TOWNS),
        weekday=chance.choice(words.WEEKDAYS),
    )  # fmt: skip


def _typed(chance: random.Random, text: str) -> str:
    """As people type: two letters change places now and then, and some never use capitals."""
    if chance.random() < TYPOS and len(text) > 8:
        place = chance.randrange(1, len(text) - 2)
        text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text.lower() if chance.random() < 0.2 else text


def _with_topic(queue: str, swapped: dict[str, str]) -> str:
    line, _, topic = queue.partition("-")
    return f"{line}-{swapped.get(topic, topic)}"


def main() -> int:
    """Write tickets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--per-day", type=int, default=200)
    parser.add_argument(
        "--begin", type=lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC), default="2026-01-01"
    )
    parser.add_argument("--add", action="append", choices=sorted(words.ADDED), default=[])
    parser.add_argument("--share", type=float, default=0.15)
    parser.add_argument("--lines", type=int, default=8, help="how many of the product lines are sold")
    parser.add_argument("--corrupt", choices=CORRUPT)
    parser.add_argument("--read", action="store_true", help="take the tickets from standard input instead")
    given = parser.parse_args()
    invented = tickets(given.seed, given.days, given.per_day, given.begin, tuple(given.add), given.share, given.lines)
    rows = [json.loads(line) for line in sys.stdin] if given.read else list(invented)
    for row in corrupted(rows, given.corrupt, given.seed) if given.corrupt else rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
