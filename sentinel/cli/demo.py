"""`demo`: a router is forged, the world moves, and the loop closes by itself; told in plain words as it happens.

Nothing is made up but the tickets, and nothing is hurried but their dates: what is measured, trained and judged is what
happens. The daemon is killed in the middle of the training, since that is when daemons are.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sentinel.api.client import Client, NoDaemon
from sentinel.api.draw.moments import now
from sentinel.api.draw.run import draw_run
from sentinel.api.draw.sparks import sparks
from sentinel.api.state import state_of
from sentinel.cli.call import Call
from sentinel.cli.demo_house import House, house, lives
from sentinel.cli.demo_real import on_real_weights
from sentinel.cli.demo_shop import AFTER, AUDITED, BASELINE, CORRUPT, SMALL, WHOLE, Shop, shop
from sentinel.cli.exits import NO
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse

_NOT_OURS = ("STATE_DIRECTORY", "RUNTIME_DIRECTORY", "NOTIFY_SOCKET", "SENTINEL_WORKSPACE")
"""What may point at a daemon that is not the demo's."""
_LOOK = 0.1
LINE = "tickets"
JUDGED = ("done", "rejected", "inconclusive", "waiting", "frozen")
"""How a run may stand once its candidate was judged."""


def demo(call: Call) -> int:
    """Show it, in a folder that was named or in one that is gone afterwards."""
    for name in _NOT_OURS:
        os.environ.pop(name, None)
    if call.args.dir:
        place = Path(call.args.dir).absolute()
        if place.exists() and any(place.iterdir()):
            raise refuse("E-not-empty", "There is something already.", where=str(place), todo="Name a fresh folder.")
        return _show(call, place)
    with tempfile.TemporaryDirectory(prefix="sentinel-demo-", ignore_cleanup_errors=True) as folder:
        return _show(call, Path(folder))


def _show(call: Call, place: Path) -> int:
    with house(place) as held:
        if call.args.whole:
            from sentinel.cli.demo_whole import Whole

            return Whole(call, place, held).loop()
        told = Demo(call, place, held)
        return told.corrupted() if call.args.corrupt else told.loop()


class Demo:
    """The loop, and what stops rows that are broken."""

    def __init__(self, call: Call, place: Path, held: House) -> None:
        self.call, self.out, self.place, self.house, self.client = call, call.out, place, held, Client(place)
        self.failed: list[str] = []
        self.orphan = ""
        """The attempt whose daemon was killed."""
        self.spent: list[tuple[str, float]] = []
        self.began = self.since = time.monotonic()

    # The two stories.

    def loop(self) -> int:
        """A router, quiet weeks, a new product line, and what comes of it."""
        shop = self._open()
        self._first(shop)
        fired = self._weeks(shop, self._days())
        if fired is not None:
            self._candidate(fired)
            self._onward(fired)
        self._doctor()
        return self._verdict()

    def _onward(self, fired: str) -> None:
        """What comes after the verdict: nothing here."""

    def corrupted(self) -> int:
        """A router, and then an export that is broken in three ways, one after the other."""
        shop = self._open()
        self._first(shop)
        for how, (words, seer, sentence) in CORRUPT.items():
            self._chapter(f"The export is broken: {words}")
            shop.export(shop.before + BASELINE, corrupt=how)
            run = self._follow(self._ask("run", recipe="lifecycle", line=LINE)["run"])
            gate = _step(run, "integrity")
            verdict = gate["verdict"] or {}
            failed = {
                each["check"]: each["sentence"] for each in verdict.get("checks", []) if each["verdict"] == "fail"
            }
            self._hold("The gate on the rows stops it", verdict.get("verdict") == "fail", run["why"])
            self._hold(f"The check `{seer}` sees why", sentence in failed.get(seer, ""), str(failed))
            self._hold("Nothing was trained", _step(run, "tuned")["attempts"] == [])
            for check, said in failed.items():
                self.out.say(f"     {check}: {said}")
            self._ask("cancel", run=run["run"]) if run["state"] == "waiting" else None
            self._spent(f"rows with {words}")
        self._doctor()
        return self._verdict()

    # The chapters.

    def _open(self) -> Shop:
        from sentinel.api.here import check_files, make_example

        self._chapter("A shop and its tickets")
        make_example("tickets", self.place)
        if self.call.args.model:
            on_real_weights(self.place)
        self._furnish()
        opened = shop(self.place, self.call.args.seed, SMALL if self.call.args.small or self.call.args.model else WHOLE)
        seed, days = self.call.args.seed, len(opened.days)
        self._say(f"A workspace is made in {self.place}, with {days} days of invented tickets (seed {seed}).")
        self._say(f"People read one in {round(1 / AUDITED)} of them: those judge, and never train.")
        faults = [each for each in check_files(self.place, None, False)["drawn"] if "warning" not in each]
        self._hold("`sentinel check` finds no fault in it", not faults, "; ".join(faults))
        self.house.start()
        self._until("the daemon opens its door", self._status, 60)
        self._spent("making the workspace, starting the daemon")
        return opened

    def _furnish(self) -> None:
        """What else the workspace has, before its daemon starts."""

    def _first(self, shop: Shop) -> None:
        base = "a real small model" if self.call.args.model else "nothing"
        self._chapter(f"A router is forged from {base}, out of {shop.before} days of tickets")
        run = self._follow(self._ask("run", recipe="first", line=LINE)["run"])
        self._hold("It is forged, and does its work", run["state"] == "done", run["why"])
        self._say(_step(run, "able")["verdict"]["sentence"] if _step(run, "able")["verdict"] else run["why"])
        adopted = self._follow(
            self._ask("adopt", line=LINE, model=str(self.place / "router"), reason="the demo's first")["run"]
        )
        champion = self._line()["champion"]
        self._hold(
            f"It is adopted as champion: {champion}", adopted["state"] == "done" and bool(champion), adopted["why"]
        )
        self._spent("forging and adopting the first router")

    def _days(self) -> list[tuple[int, int]]:
        self._chapter(f"What it does with the tickets of {BASELINE + AFTER} days")
        run = self._follow(self._ask("run", recipe="days", line=LINE)["run"])
        log = "".join(each["line"] for each in self.client.follow("logs", run=run["run"], step="told"))
        found = [(int(words[1]), int(words[3])) for line in log.splitlines() if len(words := line.split()) == 4]
        self._hold("Each day is scored, ticket by ticket", len(found) == BASELINE + AFTER, run["why"])
        self._spent(f"scoring {sum(n for _, n in found):,} tickets")
        return found

    def _weeks(self, shop: Shop, days: list[tuple[int, int]]) -> str | None:
        self._chapter(f"{BASELINE} quiet days, and then a new product line")
        for number, (right, of) in enumerate(days):
            begin, end = shop.day(number)
            shop.live(number)
            self._ask("signal", line=LINE, set="canary", metric="accuracy", measure=f"{right}/{of}", **{
                "from": begin.isoformat(), "to": end.isoformat()})  # fmt: skip
            self._draw(days[: number + 1])
            run = self._fired()
            if run is not None:
                self._drawn(days, number, run)
                return run
        self._drawn(days, len(days) - 1, None)
        self._hold("The drift trigger fires", False, "it never did")
        return None

    def _candidate(self, fired: str) -> None:
        self._chapter("The loop closes: rows, a candidate, a verdict")
        run = self._follow(fired, kill="tuned")
        draw_run(self.out, run, now())
        proof = _step(run, "proof")["verdict"]
        attempts = [each["attempt"] for step in run["steps"] for each in step["attempts"]]
        self._hold("No step was done twice", len(attempts) == len({each.rpartition(".")[0] for each in attempts}))
        ended = [(each["attempt"], each["state"]) for each in _step(run, "tuned")["attempts"]]
        self._hold("The training that outlived its daemon came to its end", ended == [(self.orphan, "succeeded")],
                   str(ended))  # fmt: skip
        self._hold(
            "A candidate was forged, scored and judged", proof is not None and run["state"] in JUDGED, run["why"]
        )
        champion = self._line()["champion"]
        if proof is not None and proof["verdict"] == "pass":
            moved = run["state"] == "done" and champion != run["aliases"]["champion"]
            self._hold(f"The candidate passed, and is champion now: {champion}", moved, run["why"])
        else:
            self._hold("Without a pass nothing went live", champion == run["aliases"]["champion"], champion)
            self._say(f"The champion stays, and the candidate is on record: {run['why']}")
        self._spent("retraining, scoring, judging")

    def _doctor(self) -> None:
        from sentinel.api.upkeep import examine

        found = examine(self.place, quick=False)
        self._hold(f"`sentinel doctor` replays {found['events']} events and finds all well", found["healthy"],
                   str(found["faults"]))  # fmt: skip

    # How it is told.

    def _chapter(self, title: str) -> None:
        self.out.line()
        self.out.line(self.out.ink(title, "bold"))

    def _say(self, sentence: str) -> None:
        self.out.line(f"{self.out.ink('•', 'blue')} {sentence}")

    def _hold(self, what: str, holds: bool, found: str = "") -> None:
        mark = self.out.ink("yes", "green") if holds else self.out.ink("NO ", "red")
        self.out.line(f"  {mark}  {what}.")
        if not holds:
            self.failed.append(f"{what}. {found}".strip())

    def _spent(self, what: str) -> None:
        at = time.monotonic()
        self.spent.append((what, at - self.since))
        self.since = at

    def _verdict(self) -> int:
        self._chapter("Where the seconds went")
        for what, seconds in self.spent:
            self.out.line(f"  {seconds:6.1f} s  {what}")
        self.out.line(f"  {time.monotonic() - self.began:6.1f} s  in all")
        self.out.line()
        for each in self.failed:
            self.out.line(self.out.ink(f"This did not hold: {each}", "red"))
        if not self.failed:
            self.out.line(self.out.ink("All of it held.", "green"))
        return NO if self.failed else 0

    def _draw(self, days: list[tuple[int, int]]) -> None:
        if self.out.colours:
            self.out.stream.write(f"\r  {_bars(days)}")
            self.out.stream.flush()

    def _drawn(self, days: list[tuple[int, int]], last: int, run: str | None) -> None:
        if self.out.colours:
            self.out.stream.write("\r\033[K")
        self.out.line(f"  {_bars(days[: last + 1])}")
        quiet, moved = _rate(days[:BASELINE]), _rate(days[BASELINE : last + 1])
        self._say(f"On {BASELINE} quiet days {quiet:.1%} of tickets went into the right queue.")
        if last >= BASELINE:
            since = last + 1 - BASELINE
            self._say(f"Then tickets about heat pumps came in, which it had never seen: {moved:.1%} on {since} days.")
        if run is not None:
            self._hold(
                f"The drift trigger fired by itself on day {last + 1 - BASELINE} of the change", last >= BASELINE
            )
            self._say(self._run(run)["reason"] or "")
        self._spent("telling each day's score")

    # What is asked of the daemon.

    def _follow(self, run: str, kill: str | None = None) -> Json:
        """Wait for a run, telling each step as it ends; kill the daemon in the middle of the step `kill`."""
        told: set[str] = set()
        while True:
            shown = self._until("the daemon answers", lambda: self._maybe_run(run), 60)
            for step in shown["steps"]:
                if step["ended_at"] and step["step"] not in told and step["state"] != "skipped":
                    told.add(step["step"])
                    word = step["outcome"] or step["state"]
                    took = (step["ended_at"] - (step["started_at"] or step["ended_at"])) / 1000
                    self.out.line(f"  {step['step']:<10} {self.out.state(word, 10)} {took:6.1f} s")
            if shown["state"] not in ("queued", "running"):
                return shown
            if kill is not None and (attempt := self._in_the_middle(shown, kill)) is not None:
                self._kill(attempt)
                kill = None
            time.sleep(_LOOK)

    def _kill(self, attempt: Json) -> None:
        self._say(f"In the middle of the training, SIGKILL ends the daemon (process {self.house.kill()}).")
        time.sleep(0.5)
        self._hold(f"The worker that trains (process {attempt['pid']}) lives on without it", lives(attempt["pid"]))
        self.house.start()
        self._until("the next daemon opens its door", self._status, 60)
        self.orphan = attempt["attempt"]
        self._say("A new daemon has taken it over.")

    def _in_the_middle(self, run: Json, name: str) -> Json:
        """The living attempt of a step of which a fifth is done."""
        for attempt in _step(run, name)["attempts"]:
            told = state_of(self.place).attempts / attempt["attempt"] / "progress.jsonl"
            if attempt["pid"] and told.exists() and _share(told.read_text(encoding="utf-8")) > 0.2:
                return attempt
        return None

    def _fired(self) -> str | None:
        rows = self._ask("runs", recipe="lifecycle")["runs"]
        return str(rows[0]["run"]) if rows else None

    def _line(self) -> Json:
        return self._ask("versions", line=LINE)

    def _status(self) -> Json:
        with suppress(NoDaemon):
            return self.client.ask("status")
        return None

    def _maybe_run(self, run: str) -> Json:
        with suppress(NoDaemon):
            return self._run(run)
        return None

    def _run(self, run: str) -> Json:
        return self.client.ask("show", run=run)

    def _ask(self, route: str, **given: Any) -> Json:
        return self.client.ask(route, **given)

    def _until(self, what: str, look: Callable[[], Any], patience: float) -> Any:
        give_up = time.monotonic() + patience
        while time.monotonic() < give_up:
            found = look()
            if found:
                return found
            time.sleep(_LOOK)
        raise refuse("E-demo", f"Waited {patience:g} s in vain until {what}.", where=str(self.place))


def _step(run: Json, name: str) -> Json:
    return next(step for step in run["steps"] if step["step"] == name)


def _share(progress: str) -> float:
    """How much is done, by the last whole line."""
    lines = progress.rpartition("\n")[0].splitlines()
    told = json.loads(lines[-1]) if lines else {}
    return float(told.get("done", 0) / (told.get("total") or 1))


def _rate(days: list[tuple[int, int]]) -> float:
    return sum(right for right, _ in days) / max(1, sum(of for _, of in days))


def _bars(days: list[tuple[int, int]]) -> str:
    return sparks([right / of for right, of in days], 0.6, 1.0)
