"""Attempts at changing a hub: each a process of its own, forked from this warmed one, killed when it suits nobody.

The hub is another process, on the loopback. It answers badly, late or not at all, and may shoot its caller at the very
moment at which it has done what it was asked.
"""

import json
import os
import random
import select
import signal
import socket
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sentinel.domain.refusal import Refused
from sentinel.outside.hub import Change, Later, RealHub
from sentinel.outside.hub.change import carries
from sentinel.outside.hub.world import World
from tests.forked import BROKE, forked
from tests.hub.known import OURS, known
from tests.hub.server import LoopbackHub
from tests.hub.trouble import Trouble

PATIENCE = 0.25
LATEST = 0.35
"""Seconds after which a request that was held back is done at last."""
SHARE = 0.05
"""Of requests that get into trouble by chance, while there is any."""
BAD_ATTEMPTS, GOOD_ATTEMPTS = 8, 6
"""Attempts with trouble, and attempts without by which a change is made at the latest."""
HOWS = ("kill", "kill", "kill", "late", "late", "late", "drop", "drop", "half", "close", "hang", "status")
"""What happens to requests that change something, the worst most often."""
LIFE = 10.0
DONE, LATER, REFUSED = 0, 75, 65


class HubProcess:
    """A loopback hub in a process of its own, told what to do through a line."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()

        def served() -> None:
            ours.close()
            _serve(theirs)

        self.pid = forked(served)
        theirs.close()
        with ours:
            self._line = ours.makefile("rw")
        self.url: str = self._answer()

    def ask(self, what: str, **told: Any) -> Any:
        """Have it do something, and hear what comes of it."""
        self._line.write(json.dumps({"what": what, **told}) + "\n")
        self._line.flush()
        return self._answer()

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            self._line.close()
        os.waitpid(self.pid, 0)

    def _answer(self) -> Any:
        return json.loads(self._line.readline())


def _serve(line: socket.socket) -> None:
    hub = LoopbackHub(known())
    with line, line.makefile("rw") as told:
        told.write(json.dumps(hub.url) + "\n")
        told.flush()
        for each in told:
            wish = json.loads(each)
            told.write(json.dumps(_obey(hub, **wish)) + "\n")
            told.flush()
    hub.close()


def _obey(hub: LoopbackHub, what: str, **told: Any) -> Any:
    match what:
        case "trouble":
            hub.victim = None
            hub.troubles.draw(told["seed"], SHARE)
            for kind, how in told["planned"]:
                hub.troubles.plan(kind, Trouble(how, 503, LATEST * 0.8))
        case "calm":
            hub.troubles.stop()
        case "victim":
            hub.victim = told["pid"]
        case "meddle":
            with hub.lock:
                hub.world.put(told["repo"], {"theirs.txt": told["text"].encode()})
        case "put":
            hub.world.put(told["repo"], {"README.md": b"# x"})
        case "waits":
            return hub.troubles.waiting
        case "look":
            with hub.lock:
                return _look(hub.world, told["repo"], told["key"])
    return None


def _look(world: World, name: str, key: str) -> Any:
    """What stands at a repository under a key."""
    repo = world.repos.get(("models", name))
    if repo is None:
        return {"private": True, "commits": [], "requests": [], "files": {}}
    head = world.at(repo, "main")
    return {
        "private": repo.private,
        "commits": [each.oid for each in world.history(repo, "main") if carries(each.text, key)],
        "requests": [[each.number, each.state, each.comments] for each in repo.requests if carries(each.text, key)],
        "files": {path: blob.sha256 for path, blob in head.files.items()},
    }


@dataclass
class Tally:
    """What was done."""

    sequences: int = 0
    attempts: int = 0
    killed: int = 0
    shot_when_done: int = 0
    later: int = 0
    meddled: int = 0
    closed: int = 0
    """Requests that came twice, of which the later one was closed."""

    def figures(self) -> str:
        return ", ".join(f"{name} {value:,}" for name, value in asdict(self).items())


@dataclass
class Sequence:
    """One change, asked for until it is made, whatever happens."""

    hub: HubProcess
    change: Change
    chance: random.Random
    tally: Tally
    first: Callable[[], None] = field(default=lambda: None)
    """Done in each attempt before all else: it may change the code, since no other process sees it."""

    def run(self) -> Mapping[str, Any]:
        """Try with trouble, then without, then once more; the last receipt."""
        self.tally.sequences += 1
        for number in range(BAD_ATTEMPTS + GOOD_ATTEMPTS):
            if number < BAD_ATTEMPTS:
                self._trouble()
            elif number == BAD_ATTEMPTS:
                self.hub.ask("calm")
            if self._attempt(may_kill=number < BAD_ATTEMPTS) is not None:
                break
        else:
            raise AssertionError(f"{self.change.repo} was not changed in {GOOD_ATTEMPTS} attempts without trouble")
        self.hub.ask("calm")
        while self.hub.ask("waits"):
            time.sleep(0.01)
        receipt = self._attempt(may_kill=False)
        assert receipt is not None
        return receipt

    def _trouble(self) -> None:
        """Draw what goes wrong in the next attempt."""
        planned = []
        if self.chance.random() < 0.75:
            kind = self.chance.choice(("commit", "commit", "commit", "create", "put", "status"))
            planned.append((kind, self.chance.choice(HOWS)))
        if self.chance.random() < 0.15 and not self.change.create:
            self.hub.ask("meddle", repo=self.change.repo, text=str(self.chance.random()))
            self.tally.meddled += 1
        self.hub.ask("trouble", seed=self.chance.randrange(2**32), planned=planned)

    def _attempt(self, may_kill: bool) -> Mapping[str, Any] | None:
        self.tally.attempts += 1
        go, pipe = os.pipe(), os.pipe()

        def lived() -> int:
            os.close(go[1])
            os.close(pipe[0])
            return self._live(go[0], pipe[1])

        pid = forked(lived)
        os.close(go[0])
        os.close(pipe[1])
        self.hub.ask("victim", pid=pid)
        os.close(go[1])
        ends_in = self.chance.uniform(0.0, 0.12) if may_kill and self.chance.random() < 0.35 else LIFE
        told = _read_for(pipe[0], ends_in)
        if told is None:
            os.kill(pid, signal.SIGKILL)
            assert ends_in < LIFE, "an attempt did not end"
            self.tally.killed += 1
        _, status = os.waitpid(pid, 0)
        if told is None:
            return None
        if os.WIFSIGNALED(status):
            self.tally.shot_when_done += 1
            return None
        if os.WEXITSTATUS(status) == DONE:
            return json.loads(told)  # type: ignore[no-any-return]
        assert os.WEXITSTATUS(status) == LATER, told.decode()
        self.tally.later += 1
        return None

    def _live(self, go: int, pipe: int) -> int:
        try:
            os.read(go, 1)
            self.first()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                hub = RealHub(OURS, self.hub.url, patience=PATIENCE, pauses=(0.01,))
                code, says = DONE, json.dumps(asdict(hub.commit(self.change)))
        except Later as error:
            code, says = LATER, str(error)
        except Refused as error:
            code, says = REFUSED, str(error)
        except BaseException as error:
            code, says = BROKE, f"{type(error).__name__}: {error}"
        os.write(pipe, says.encode() or b"-")
        return code


def _read_for(pipe: int, seconds: float) -> bytes | None:
    """What comes out of a pipe until it is closed; None where that takes longer."""
    until, told = time.monotonic() + seconds, b""
    try:
        while True:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                return None
            block = os.read(pipe, 65536)
            if not block:
                return told
            told += block
    finally:
        os.close(pipe)


def drawn_change(chance: random.Random, number: int, folder: Path) -> Change:
    """Something to publish or to submit."""
    key = f"{chance.getrandbits(256):064x}"
    which = chance.choice(("publish", "scores", "request", "request"))
    if which == "publish":
        weights = folder / f"{number}.safetensors"
        weights.write_bytes(chance.randbytes(200_000))
        files: dict[str, Path | bytes] = {"model.safetensors": weights, "README.md": b"---\nlicense: mit\n---\n# x",
                                          "config.json": b"%d" % number}  # fmt: skip
        return Change(f"acme/published-{number}", files, "Publish", key, create=True)
    scores = b"- dataset: {id: bench/tickets, task_id: default}\n  value: %.4f\n" % chance.random()
    owner = "acme" if which == "scores" else "other"
    return Change(f"{owner}/scored-{number}", {".eval_results/t.yaml": scores}, "Add scores", key,
                  request=which == "request")  # fmt: skip
