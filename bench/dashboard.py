"""The dashboard in a terminal: its first paint, a ledger of years, an event on its way, at rest, and under a flood."""

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from bench.figure import Figure, tell
from bench.house import Folder, Up, sentinel, workspace
from bench.reads import OPEN, fill
from bench.terminal import Terminal
from sentinel.api.client import Client

FEW = 100
ASKING = """\
recipe: asking
steps:
  - id: agreed
    approve: {ask: "Go on?", within: 7d, else: reject}
"""
CONFIG = """\
timezone: UTC
lines: {tickets: {labels: {audit: 5%, settle: 30d, every: 1d}}}
"""
LETTERS = "".join(
    chr(first + n) for first, many in ((0x3B1, 17), (0x430, 32), (0x561, 38), (0x10D0, 33)) for n in range(many)
)
"""Letters that nothing else paints: Greek, Cyrillic, Armenian, Georgian."""
FLOOD = 1000
"""Events a second."""
_AT_ONCE = 100
_LOST = 1.0
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("painted")
Bare().run()
"""


def dashboard(up: Up) -> Terminal:
    """The dashboard of a daemon."""
    return Terminal([*sentinel(), "tui", "--workspace", str(up.place)])


def first_paint(up: Up, rounds: int) -> Figure:
    """From the command to the first letters, beside a screen of the same toolkit with one word on it."""
    ours, bare = [], []
    for _ in range(rounds):
        with dashboard(up) as seen:
            ours.append(seen.sees("Overview") - seen.began)
        with Terminal([sys.executable, "-c", BARE]) as seen:
            bare.append(seen.sees("painted") - seen.began)
    note = f"a bare screen of the toolkit takes {median(bare):.2f} s"
    return Figure("the dashboard's first paint", "s", median(ours), at_most=1.0, where="in a terminal", note=note)


def opening(few: Up, many: Up, runs: int, rounds: int) -> Figure:
    """From the command to the queue, on a ledger of years and on one that is nearly empty."""
    taken: dict[int, list[float]] = {FEW: [], runs: []}
    for _ in range(rounds):
        for up, last in ((few, FEW), (many, runs)):
            with dashboard(up) as seen:
                taken[last].append(seen.sees(f"r{last - OPEN + 1}") - seen.began)
    return Figure(f"the overview opens, on {runs:,} runs and {10 * runs:,} events", "s", median(taken[runs]),
                  f"on {FEW} runs", median(taken[FEW]), 2, where="in a terminal")  # fmt: skip


def event_shows(up: Up, rounds: int) -> Figure:
    """From the moment that an event was put on record to its run on the screen."""
    taken = []
    with dashboard(up) as seen:
        seen.sees("live")
        for _ in range(rounds):
            seen.idle(0.6)
            run = up.client.ask("run", recipe="asking")["run"]
            at = up.client.ask("events", run=run)["events"][0]["at"] / 1000
            shift = time.time() - time.perf_counter()
            taken.append(seen.sees(run) + shift - at)
            up.client.ask("cancel", run=run, reason="a benchmark")
    return Figure("an event shows", "ms", 1000 * median(taken), at_most=100, where="in a terminal",
                  note=f"the slowest of {rounds}: {1000 * max(taken):.0f} ms")  # fmt: skip


def at_rest(up: Up, seconds: float) -> Figure:
    """The share of a core that it takes while nothing happens."""
    with dashboard(up) as seen:
        seen.sees("live")
        seen.idle(min(10.0, seconds))
        before = seen.spent
        seen.idle(seconds)
        share = (seen.spent - before) / seconds
    return Figure("the dashboard at rest", "% of a core", 100 * share, at_most=1.0, where=f"over {seconds:g} s")


def under_a_flood(up: Up, presses: int) -> Iterator[Figure]:
    """How soon a key is answered while a thousand events come each second, on the overview and among the events."""
    with dashboard(up) as seen:
        seen.sees("live")
        for name, key in (("the overview", "1"), ("the events", "8")):
            seen.press(key)
            seen.idle(1.0)
            with _flood(up.client, up.place) as rate:
                seen.press("/")
                seen.idle(2.0)
                taken = [_answered(seen, letter) for letter in LETTERS[:presses]]
                told = rate()
            seen.press("\x1b")
            seen.idle(1.0)
            p95 = quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
            yield Figure(f"a key on {name}, 95 of 100", "ms", 1000 * p95, at_most=100, where="in a terminal",
                         note=f"{told:,.0f} events a second; half within {1000 * median(taken):.0f} ms, "
                         f"{sum(each == _LOST for each in taken)} of {presses} not within a second")  # fmt: skip


def _answered(seen: Terminal, letter: str) -> float:
    """The seconds until a letter is seen; one that is not seen within a second counts as that long."""
    # nothing is taken away between two letters: the toolkit does a key that is bound later than one that is typed
    at = seen.press(letter)
    taken = min(_LOST, seen.sees(letter, _LOST, strict=False) - at)
    seen.idle(0.05)
    return taken


@contextmanager
def _flood(client: Client, place: Path) -> Iterator[Callable[[], float]]:
    """So many events a second, until the end of the block; what is given tells how many there really were."""
    over = threading.Event()
    began, first = time.time(), client.ask("status")["last"]

    def pour() -> None:
        number, due = 0, time.perf_counter()
        while not over.is_set():
            told = [{"id": f"{began}-{number + n}", "at": round(1000 * began), "why": "feedback", "right": True}
                    for n in range(_AT_ONCE)]  # fmt: skip
            Client(place).ask("outcomes-take", line="tickets", outcomes=told)
            number += _AT_ONCE
            due = max(due + _AT_ONCE / FLOOD, time.perf_counter())
            over.wait(due - time.perf_counter())

    def rate() -> float:
        return float(client.ask("status")["last"] - first) / (time.time() - began)

    pouring = threading.Thread(target=pour)
    pouring.start()
    try:
        yield rate
    finally:
        over.set()
        pouring.join()


def figures(folder: Path, runs: int, rounds: int, seconds: float) -> list[Figure]:
    """Every figure."""
    places = {}
    for name, number in (("few", FEW), ("many", runs)):
        places[name] = workspace(folder / name, {"asking": ASKING})
        (places[name] / "sentinel.yaml").write_text(CONFIG)
        fill(places[name] / ".sentinel" / "ledger.db", number)
    with Up(places["few"]) as few, Up(places["many"]) as many:
        return [
            first_paint(few, rounds), opening(few, many, runs, rounds), event_shows(many, 4 * rounds),
            at_rest(many, seconds), *under_a_flood(many, min(len(LETTERS), 20 * rounds)),
        ]  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    tiny = parser.parse_args(argv).tiny
    with Folder() as folder:
        tell(figures(folder, 200, 1, 2.0) if tiny else figures(folder, 100_000, 7, 60.0))


if __name__ == "__main__":
    main()
