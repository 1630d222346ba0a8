"""From a recipe to the Hub and its boards and back, as a user meets it, with the Hub's real client over a loopback."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.house import House, end
from tests.hub.known import OURS, known
from tests.hub.server import LoopbackHub
from tests.hub.trouble import Trouble

pytest.importorskip("huggingface_hub")
from safetensors.numpy import save_file

CONFIG = f"""\
timezone: UTC
nodes: {{here: {{slots: {{cpus: 4, memory: 8GiB}}}}}}
lines:
  router: {{metric: accuracy, licence: apache-2.0, base: {{file: model}}, sets: {{regression: {{file: sets/r.jsonl}}}}}}
hub:
  owner: acme
  token: credential:hub
  benchmarks:
    - {{of: regression, metric: accuracy, dataset: bench/tickets, task: default, scale: percent, documents: 200}}
programs:
  score: ["{sys.executable}", ./programs/score.py]
"""
RECIPE = """\
recipe: out
line: router
steps:
  - {id: got, use: import, with: {path: model}}
  - {id: scores, use: program, in: {model: got.model}, with: {run: score, pure: true}, gives: {report: EvalReport}}
  - {id: card, use: card, in: {model: got.model, reports: [scores.report]}}
  - {id: out, use: publish, in: {model: got.model, card: card.card}, with: {public: true}}
  - {id: board, use: submit, in: {report: scores.report}, optional: true}
"""
SCORE = '''\
"""Write the report of the model that is bound: 182 of 200 right."""

import json
import os
from pathlib import Path

import polars as pl

from sentinel.data.report import write_report

model = json.loads(Path(os.environ["INPUTS"]).read_text())["model"][0]
rows = [
    {"set": "regression", "doc": f"d{n:03}", "prompt": "p", "task": "t", "metric": "accuracy", "value": float(n < 182)}
    for n in range(200)
]
told = {"regression": {"metric": "accuracy"}}
write_report(Path(os.environ["OUT"]) / "report", model, "classification", {}, told, pl.DataFrame(rows))
'''


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    loopback = LoopbackHub(known())
    yield loopback
    loopback.close()


@pytest.fixture
def house(tmp_path: Path, hub: LoopbackHub, root: Path) -> House:
    made = House(tmp_path, {
        "sentinel.yaml": CONFIG, "recipes/out.yaml": RECIPE, "programs/score.py": SCORE, "sets/r.jsonl": "",
        "recipes/board.yaml": (root / "recipes/board.yaml").read_text(),
    })  # fmt: skip
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "hub").write_text(OURS)
    (credentials / "hub").chmod(0o600)
    made.environment.update(HF_ENDPOINT=hub.url, CREDENTIALS_DIRECTORY=str(credentials))
    model = made.workspace / "model"
    model.mkdir()
    (model / "config.json").write_text('{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}')
    save_file({"a": np.arange(1000, dtype=np.float32)}, model / "model.safetensors")
    return made


def effects(hub: LoopbackHub, what: str) -> int:
    return sum(each[0] == what for each in hub.world.effects)


def test_a_version_is_published_submitted_and_ranked_once_whatever_happens(house: House, hub: LoopbackHub) -> None:
    hub.troubles.plan("create", Trouble("status", 503))
    hub.troubles.plan("commit", Trouble("drop"), None, Trouble("drop"))
    with house:
        daemon = house.up()
        run = house.run("out")
        house.until(lambda: house.state(run) == "done")
        shown = house.ask("show", run=run)
        assert sorted(each["act"] for each in shown["sent"]) == ["publish", "submit"]
        house.until(lambda: any(each["attempts"] for each in house.told("board")["lines"][0]["outbox"]))
        end(daemon, 9)
        house.up()
        for _ in range(8):
            waiting = house.told("board")["lines"][0]["outbox"]
            for each in waiting:
                house("retry", each["delivery"])
            if not waiting:
                break
            house.until(lambda: not [e for e in house.told("board")["lines"][0]["outbox"] if e["state"] == "trying"])
        board = house.told("board")["lines"][0]
        assert board["outbox"] == [] and board["rejected"] == []
        assert (effects(hub, "create"), effects(hub, "commit")) == (1, 2)
        version = board["versions"][0]
        assert {each["state"] for each in version["sent"]} == {"done"}
        (entry,) = version["scores"]
        assert (entry["value"], entry["n"]) == (91.0, 200) and entry["lower"] < 0.91 < entry["upper"]
        reading = house.run("board")
        house.until(lambda: house.state(reading) == "done")
        places = house.told("board")["lines"][0]["places"]
        assert [(each["derived"], each["rank"], each["of"]) for each in places] == [(False, 1, 1), (True, 1, 1)]
        said = house("board").stdout
        assert "bench/tickets default" in said and "91.0 (86." in said and "1 of 1" in said, said
        assert house("show", run).stdout.count("/acme/router/commit/") == 2
        # the card that was published is found again, and is not believed where it lies
        version = house.told("versions", "router")["versions"][0]["version"]
        said = house("reforge", "hub:acme/router", "--line", "router", "--dry-run")
        assert version in said.stdout + said.stderr and "E-hub" not in said.stderr, said
        gone = house("reforge", "hub:acme/nothing", "--line", "router", "--dry-run")
        assert gone.returncode != 0 and "the hub has no such repository" in gone.stderr, gone
        # the same again is the same, and nothing is sent
        again = house.run("out")
        house.until(lambda: house.state(again) == "done")
        assert (effects(hub, "create"), effects(hub, "commit")) == (1, 2)
        assert house.told("doctor")["healthy"]


@pytest.mark.long
def test_what_the_hub_refuses_is_given_up_with_the_reason_and_sent_again_by_hand(
    house: House, hub: LoopbackHub
) -> None:
    with house:
        (Path(house.environment["CREDENTIALS_DIRECTORY"]) / "hub").write_text("t0p-nobody")
        house.up()
        run = house.run("out")
        house.until(lambda: len(house.told("board")["lines"][0]["outbox"]) == 2)
        house.until(lambda: all(each["state"] == "given-up" for each in house.told("board")["lines"][0]["outbox"]))
        said = " ".join(house("board").stdout.split())
        assert "given up" in said and "the hub does not take the token" in said and "sentinel retry d1" in said, said
        assert "t0p-nobody" not in said + json.dumps(house.ask("show", run=run)) + house.log
        (Path(house.environment["CREDENTIALS_DIRECTORY"]) / "hub").write_text(OURS)
        waiting = house.told("board")["lines"][0]["outbox"]
        publish = next(each for each in waiting if each["act"] == "publish")
        assert house("retry", publish["delivery"]).returncode == 0
        # the scores that were given up are laid beside what is published by now: nobody has to ask for them
        house.until(lambda: not _waits(house))
        assert [each["state"] for each in house.ask("show", run=run)["sent"] if each["act"] == "submit"][-1] == "done"
        assert house("retry", publish["delivery"]).returncode == 1 and house("retry", "d9").returncode == 2


def _waits(house: House) -> list[str]:
    return [each["delivery"] for each in house.told("board")["lines"][0]["outbox"]]
