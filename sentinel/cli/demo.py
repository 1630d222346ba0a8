"""`demo`: a run with an approval whose daemon is killed in the middle, told in plain words; and whether it all held."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sentinel
from sentinel.api.client import Client, NoDaemon
from sentinel.cli.call import Call
from sentinel.cli.demo_files import FILES
from sentinel.cli.draw_run import draw_run
from sentinel.cli.exits import NO
from sentinel.cli.moments import now
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse

_NOT_OURS = ("STATE_DIRECTORY", "RUNTIME_DIRECTORY", "NOTIFY_SOCKET", "SENTINEL_WORKSPACE")
"""What may point at a daemon that is not the demo's."""
_PATIENCE = 60.0
_LOOK = 0.05


def demo(call: Call) -> int:
    """Show it, in a folder that was named or in one that is gone afterwards."""
    for name in _NOT_OURS:
        os.environ.pop(name, None)
    if call.args.dir:
        place = Path(call.args.dir).absolute()
        if place.exists() and any(place.iterdir()):
            raise refuse("E-not-empty", "There is something already.", where=str(place), todo="Name a fresh folder.")
        return _Demo(call, place).show()
    with tempfile.TemporaryDirectory(prefix="sentinel-demo-", ignore_cleanup_errors=True) as folder:
        return _Demo(call, Path(folder)).show()


class _Demo:
    def __init__(self, call: Call, place: Path) -> None:
        self.call, self.place, self.client = call, place, Client(place)
        self.failed: list[str] = []

    def show(self) -> int:
        """Show it, and say whether all of it held."""
        self._files()
        with _daemons(self.place) as start:
            self._say("A daemon is started for it: `sentinel up`.")
            first = start()
            self._until("the daemon opens its door", lambda: self._status())
            run = self._ask("run", recipe="demo")["run"]
            self._say(f"`sentinel run demo` puts {run} into its queue. Its first step counts ten tickets, slowly.")
            attempt = self._until("the step is in the middle", lambda: self._in_the_middle(run))
            self._kill(first, attempt)
            self._say("The daemon is started again. It adopts the worker; the step is not done a second time.")
            start()
            self._until("the next daemon opens its door", lambda: self._status())
            self._adopted(run, attempt)
            self._approve(run)
            self._until("the run ends", lambda: self._run(run)["ended_at"])
            self._judge(run)
        return self._verdict()

    def _files(self) -> None:
        from sentinel.api.here import check_files, make_workspace

        make_workspace(self.place, FILES)
        self._say(f"A workspace is made in {self.place}: one recipe, one gate, two programs.")
        faults = check_files(self.place, None, False)["drawn"]
        self._hold("`sentinel check` finds no fault in it", not faults, "; ".join(faults))

    def _kill(self, daemon: "subprocess.Popen[bytes]", attempt: Json) -> None:
        self._say(f"In the middle of it, SIGKILL ends the daemon (process {daemon.pid}).")
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        time.sleep(0.5)
        self._hold(f"Its worker (process {attempt['pid']}) lives on without it", _lives(attempt["pid"]))

    def _adopted(self, run: str, attempt: Json) -> None:
        found = self._until("the worker is adopted", lambda: self._attempts(run, "count"))
        same = len(found) == 1 and found[0]["attempt"] == attempt["attempt"]
        kept = same and (found[0]["pid"] == attempt["pid"] or found[0]["state"] == "succeeded")
        self._hold(f"{attempt['attempt']} is still process {attempt['pid']}, adopted", kept, str(found))

    def _approve(self, run: str) -> None:
        asked = self._until("the run asks for a person's word", lambda: self._run(run)["next"])
        self._say(f"The step has ended and its gate has passed. Now the run asks: {asked[0]['about']}")
        self._say(f"`{asked[0]['do']}` says yes.")
        self._ask("answer", run=run, step="agreed", approve=True)

    def _judge(self, run: str) -> None:
        ended = self._run(run)
        self._say("This is how it went (`sentinel show`):")
        self.call.out.line()
        draw_run(self.call.out, ended, now())
        self.call.out.line()
        log = "".join(each["line"] for each in self.client.follow("logs", run=run, step="count"))
        attempts = [attempt for step in ended["steps"] for attempt in step["attempts"]]
        self._hold("The run is done", ended["state"] == "done", ended["why"])
        self._hold(
            "No step was done twice", len(attempts) == len({each["attempt"].rpartition(".")[0] for each in attempts})
        )
        self._hold("The program began once, and counted every ticket once", _counted_once(log), log)
        from sentinel.api.upkeep import examine

        found = examine(self.place, quick=False)
        self._hold(
            f"`sentinel doctor` replays {found['events']} events and finds all well",
            found["healthy"],
            str(found["faults"]),
        )

    def _verdict(self) -> int:
        self.call.out.line()
        if not self.failed:
            self.call.out.line(self.call.out.ink("All of it held.", "green"))
            return 0
        for each in self.failed:
            self.call.out.line(self.call.out.ink(f"This did not hold: {each}", "red"))
        return NO

    def _status(self) -> Json:
        with suppress(NoDaemon):
            return self.client.ask("status")
        return None

    def _run(self, run: str) -> Json:
        return self.client.ask("show", run=run)

    def _ask(self, route: str, **given: Any) -> Json:
        return self.client.ask(route, **given)

    def _attempts(self, run: str, step: str) -> list[Json]:
        return [attempt for each in self._run(run)["steps"] if each["step"] == step for attempt in each["attempts"]]

    def _in_the_middle(self, run: str) -> Json:
        log = "".join(each["line"] for each in self.client.follow("logs", run=run, step="count"))
        living = [attempt for attempt in self._attempts(run, "count") if attempt["pid"]]
        return living[0] if "ticket 2 of 10" in log and living else None

    def _until(self, what: str, look: Callable[[], Any]) -> Any:
        give_up = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up:
            found = look()
            if found:
                return found
            time.sleep(_LOOK)
        raise refuse("E-demo", f"Waited {_PATIENCE:g} s in vain until {what}.", where=str(self.place))

    def _say(self, sentence: str) -> None:
        self.call.out.line(f"{self.call.out.ink('•', 'blue')} {sentence}")

    def _hold(self, what: str, holds: bool, found: str = "") -> None:
        mark = self.call.out.ink("yes", "green") if holds else self.call.out.ink("NO ", "red")
        self.call.out.line(f"  {mark}  {what}.")
        if not holds:
            self.failed.append(f"{what}. {found}".strip())


@contextmanager
def _daemons(place: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts daemons of a workspace; whatever happens, none is left behind, nor a worker."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {**os.environ, "PYTHONPATH": str(Path(sentinel.__file__).parent.parent)}

    def start() -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-P", "-m", "sentinel", "up", "--workspace", str(place)]
        with (place / "daemon.log").open("ab") as log:
            daemon = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        started.append(daemon)
        return daemon

    try:
        yield start
    finally:
        with suppress(Exception):
            Client(place).ask("down", how="workers")
        for daemon in started:
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _counted_once(log: str) -> bool:
    lines = log.splitlines()
    began = [line for line in lines if line.startswith("began as process ")]
    return len(began) == 1 and [line for line in lines if line not in began] == [
        f"ticket {n} of 10" for n in range(1, 11)
    ]
