"""The demo gone on with: what was proven is published, an adapter is folded in, and a version is made again.

The Hub is a web server on this machine, with invented rivals; the client that talks to it is the Hub's own.
"""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sentinel.api.draw.board import draw_line
from sentinel.api.draw.controls import told_again
from sentinel.api.draw.moments import now
from sentinel.api.draw.run import draw_run
from sentinel.cli.call import Call
from sentinel.cli.demo import LINE, Demo
from sentinel.cli.demo_house import House
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse

OWNER, DATASET, TASK = "shop", "shop-bench/tickets", "regression"
REPO = f"{OWNER}/{LINE}"
_HUB = f"""
hub:
  owner: {OWNER}
  token: credential:hub
  benchmarks:
    - {{of: regression, metric: accuracy, dataset: {DATASET}, task: {TASK}, scale: percent}}
"""
_BOARD = f"""
recipe: board
about: Read where what was submitted stands.
line: {LINE}
steps:
  - {{id: places, use: ranks}}
"""
_PUBLISH = "use: publish, in: {{model: {0}.model, card: card.card}}"
_CHANGES = {"recipes/lifecycle.yaml": _PUBLISH.format("tuned"), "recipes/fold.yaml": _PUBLISH.format("folded")}
"""Where a recipe publishes: here for all to see, since what is private is on no board."""
_PATIENCE = 300


class Whole(Demo):
    """The loop, and then the weights' way round."""

    def __init__(self, call: Call, place: Path, held: House) -> None:
        super().__init__(call, place, held)
        self.open = ExitStack()
        self.hub: Any = None

    def loop(self) -> int:
        """All of it, with a hub for as long as it takes."""
        with self.open:
            return super().loop()

    def _furnish(self) -> None:
        from sentinel.api.hub_here import hub_here, token_of

        self.hub = self.open.enter_context(hub_here(OWNER, DATASET, TASK))
        with (self.place / "sentinel.yaml").open("a", encoding="utf-8") as config:
            config.write(_HUB)
        for name, words in _CHANGES.items():
            _change(self.place / name, words, f"{words}, with: {{public: true}}")
        (self.place / "recipes/board.yaml").write_text(_BOARD, encoding="utf-8")
        secrets = self.place / "credentials"
        secrets.mkdir(mode=0o700)
        (secrets / "hub").write_text(token_of(OWNER))
        (secrets / "hub").chmod(0o600)
        os.environ.update(HF_ENDPOINT=self.hub.url, CREDENTIALS_DIRECTORY=str(secrets))
        self._say(f"A hub listens at {self.hub.url}: it stands in for the real one, and nothing leaves this machine.")

    def _onward(self, fired: str) -> None:
        run = self._run(fired)
        if run["state"] != "done":
            self._say("Nothing went live, so nothing is published; the story ends here.")
            return
        self._told_the_world(run)
        self._learns_on()
        self._again(run)

    def _told_the_world(self, run: Json) -> None:
        self._chapter("What was proven is published, and its scores submitted")
        sent = sorted(self._sent(run["run"]), key=lambda each: str(each["act"]))
        self._hold("The version and its scores are on the hub", [each["state"] for each in sent] == ["done"] * 2,
                   str([each["why"] for each in sent]))  # fmt: skip
        for each in sent:
            self._say(f"{each['act']}: {each['repo']} {each['commit'][:7]}")
        self._hold("Each was done by one commit", len(self.hub.commits(REPO)) == 3, str(self.hub.commits(REPO)))
        self._read_board()
        self._spent("publishing, submitting, reading the board")

    def _learns_on(self) -> None:
        self._chapter("An adapter learns the tickets of today, and is folded into the champion")
        before = self._line()["champion"]
        run = self._follow(self._ask("run", recipe="fold", line=LINE)["run"])
        draw_run(self.out, run, now())
        champion = self._line()["champion"]
        whole = next(each for each in run["steps"] if each["step"] == "whole")["verdict"] or {}
        self._hold("The folded model says what champion and adapter said together", whole.get("verdict") == "pass",
                   whole.get("sentence", ""))  # fmt: skip
        moved = run["state"] == "done" and champion != before
        stayed = run["state"] in ("rejected", "inconclusive", "waiting") and champion == before
        self._hold(f"The gate decided, and the champion is {champion}", moved or stayed, run["why"])
        made = next(each for each in self._versions() if each["run"] == run["run"] and each["step"] == "folded")
        folded = self._ask("lineage", version=made["version"])["ancestors"][0]["folded"]
        self._hold("What was folded stands in its lineage, with its weight", [e["weight"] for e in folded] == [1.0],
                   str(folded))  # fmt: skip
        if moved:
            sent = self._sent(run["run"])
            self._hold("It took the place of the version before on the hub", all(e["state"] == "done" for e in sent),
                       str([each["why"] for each in sent]))  # fmt: skip
            self._read_board()
        self._spent("an adapter, folded, judged")

    def _again(self, run: Json) -> None:
        self._chapter("Versions are made again from their record")
        first = next(each for each in self._versions() if each["run"] == run["run"])["version"]
        self._say(f"{first} once more, with fewer epochs; and what comes of that with another rate of learning.")
        child = self._reforged(first, {"tuned.train.epochs": "3"})
        grandchild = self._reforged(child, {"tuned.train.lr": "2e-3"}) if child else None
        made = {first, child, grandchild} - {None}
        self._hold("They are a child and a grandchild", len(made) == 3, f"{child} {grandchild}")
        if grandchild:
            same = self._reforged(grandchild, {})
            self._hold(f"With nothing changed, {grandchild} is the same version", same == grandchild, str(same))
            self._chain(grandchild, made, first)
        self._say(f"Each went through its gates; the champion is {self._line()['champion']}.")
        self._spent("made again three times")

    def _chain(self, version: str, made: set[str | None], first: str) -> None:
        chain = self._ask("lineage", version=version)["ancestors"]
        for each in chain:
            again = f"; {told_again(each['reforge'])}" if each["reforge"] else ""
            self._say(f"{each['version']}, made by {each['run']} {each['step']}{again}")
        self._hold("`sentinel lineage` shows it whole", made <= {each["version"] for each in chain}, str(chain))
        told = self._ask("diff", one=version, other=first, line=LINE)
        moved = ", ".join(f"{each['name']} {each['other']} → {each['one']}" for each in told["changes"])
        self._hold(f"`sentinel diff` says what moved: {moved}", told["moved"] == "recipe", str(told))

    def _reforged(self, version: str, changes: dict[str, str]) -> str | None:
        asked = self._ask("reforge", version=version, line=LINE, set=changes, reason="the demo")
        run = self._follow(asked["run"])
        made = [each["version"] for each in self._versions() if each["run"] == run["run"]]
        if made:
            return str(made[0])
        return version if any(each["state"] == "reused" for each in run["steps"]) else None

    def _versions(self) -> list[Json]:
        return list(self._line()["versions"])

    def _sent(self, run: str) -> list[Json]:
        """What a run had sent, once the outbox is done with it."""
        return list(self._until("the outbox is done", lambda: self._settled(run), _PATIENCE))

    def _settled(self, run: str) -> list[Json]:
        sent = self._run(run)["sent"]
        return sent if sent and all(each["state"] in ("done", "given-up") for each in sent) else []

    def _read_board(self) -> None:
        self._follow(self._ask("run", recipe="board")["run"])
        told = self._ask("board", line=LINE)
        draw_line(self.out, told["lines"][0], now())
        places = told["lines"][0]["places"]
        self._hold("The boards were read back, with derived models and without",
                   {each["derived"] for each in places} == {True, False}, str(places))  # fmt: skip


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise refuse("E-demo", f"`{old}` does not stand there once.", where=path.name, todo="Please report it.")
    path.write_text(text.replace(old, new), encoding="utf-8")
