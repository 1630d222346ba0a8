"""Following a run: a line for each change, or on a terminal one line that is drawn anew, until the run has ended."""

import time

from sentinel.api.client import NoDaemon
from sentinel.api.draw.moments import clock, now
from sentinel.api.draw.progress import progress_line
from sentinel.api.draw.run import draw_run
from sentinel.api.sentences import sentence
from sentinel.cli.call import Call
from sentinel.cli.exits import FAILED, RUN_EXITS
from sentinel.cli.out import Out
from sentinel.domain.digest import Json
from sentinel.domain.text import plain

PATIENCE = 30.0
"""Seconds that a daemon may be away before we stop waiting for the next one."""
_AGAIN = 0.2
_UNTOLD = {"AttemptStarted", "RoundBegun", "StepSpread"}


def follow(call: Call, run: str, patience: float = PATIENCE) -> int:
    """Show how a run goes, and give the exit status that its end leads to. A daemon that goes away may come back."""
    screen = _Screen(call)
    last = time.monotonic()
    while True:
        try:
            for message in call.client.follow("follow", run=run):
                last = time.monotonic()
                screen.take(message)
            return screen.end()
        except NoDaemon:
            if time.monotonic() - last > patience:
                raise
            time.sleep(_AGAIN)


def wait_for(call: Call, run: str, patience: float = PATIENCE) -> Json:
    """The run as it is once it has ended, without a word until then. A daemon that goes away may come back."""
    last = time.monotonic()
    while True:
        try:
            for _ in call.client.follow("follow", run=run):
                last = time.monotonic()
            return call.ask("show", run=run)
        except NoDaemon:
            if time.monotonic() - last > patience:
                raise
            time.sleep(_AGAIN)


class _Screen:
    def __init__(self, call: Call) -> None:
        self.call = call
        self.out: Out = call.out
        self.run: Json = None
        self.told: set[int] = set()
        self.drawn = False

    def take(self, message: dict[str, Json]) -> None:
        """Show one message."""
        if "run" in message:
            first, self.run = self.run is None, message["run"]
            if first and not self.call.args.json:
                self._line(f"{plain(self.run['run'])} of {plain(self.run['recipe'])} is {plain(self.run['state'])}")
                self._asks()
        elif self.call.args.json:
            self.out.stream.write(_json(message))
            self.out.stream.flush()
        elif "event" in message:
            self._event(message["event"])
        elif "progress" in message:
            self._progress(message["progress"])

    def _event(self, event: Json) -> None:
        if event["seq"] in self.told:
            return
        self.told.add(event["seq"])
        if event["kind"] not in _UNTOLD:
            self._line(f"{clock(event['at'])[11:]}  {plain(sentence(event))}")
        elif event["kind"] == "AttemptStarted":
            self._line(f"{clock(event['at'])[11:]}  {plain(event['payload']['attempt'])} started")
        waits = event["payload"].get("waits_for")
        if event["kind"] == "StepWaiting" and waits in ("approval", "person"):
            step = event["payload"]["step"]
            self._line(f"          sentinel approve {self.run['run']} {step}")

    def _asks(self) -> None:
        for act in self.run["next"]:
            self._line(f"          {plain(act['do'])}   {plain(act['about'])}")

    def _progress(self, told: Json) -> None:
        text = progress_line(told)
        if not self.out.stream.isatty():
            self._line(f"{clock(now())[11:]}  {text}")
            return
        self.out.stream.write(f"\r\033[K{text}")
        self.out.stream.flush()
        self.drawn = True

    def _line(self, text: str) -> None:
        if self.drawn:
            self.out.stream.write("\r\033[K")
            self.drawn = False
        self.out.line(text)

    def end(self) -> int:
        """Show the run as it ended."""
        if self.call.args.json:
            self.out.json(self.run)
        else:
            self._line("")
            draw_run(self.out, self.run, now())
        return RUN_EXITS.get(self.run["state"], FAILED)


def _json(message: Json) -> str:
    import json

    return json.dumps(message) + "\n"
