"""What the verbs print: text for people, JSON of a stable shape, and nothing that drives a terminal."""

import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sentinel.cli.out import Out, has_colours
from tests.unit.api.house import House
from tests.unit.api.test_routes import has_version, until
from tests.unit.cli.conftest import Sentinel


def waiting(house: House) -> str:
    run: str = house.client.ask("run", recipe="asking")["run"]
    until(lambda: house.client.ask("show", run=run)["state"] == "waiting")
    return run


def test_a_run_is_asked_for_and_shown_with_the_command_that_goes_on(sentinel: Sentinel, house: House) -> None:
    assert sentinel("run", "asking", "--set", "days=4").out.startswith("r1 is in the queue.")
    until(lambda: house.client.ask("show", run="r1")["state"] == "waiting")
    shown = sentinel("show", "r1").out
    assert "r1  asking  waiting" in shown
    assert "days=4" in shown
    assert "sentinel approve r1 agreed" in shown and "Go on?" in shown
    assert "`agreed` has not passed yet" in shown
    assert sentinel("approve", "r1").status == 0
    until(lambda: house.client.ask("show", run="r1")["state"] == "done")
    assert "approved" in sentinel("show", "r1").out


def test_following_ends_with_the_status_of_the_runs_end(sentinel: Sentinel, house: House) -> None:
    def later(act: Any) -> None:
        def wait() -> None:
            until(
                lambda: house.client.ask("queue")["runs"] and house.client.ask("queue")["runs"][0]["state"] == "waiting"
            )
            act(house.client.ask("queue")["runs"][0]["run"])

        threading.Thread(target=wait).start()

    ask = house.client.ask
    later(lambda run: ask("answer", run=run, approve=True))
    said = sentinel("run", "asking", "--follow")
    assert said.status == 0 and "ended as done" in said.out and "sentinel approve r1 agreed" in said.out
    later(lambda run: ask("answer", run=run, approve=False, reason="no"))
    assert sentinel("run", "asking", "--follow").status == 1
    later(lambda run: ask("cancel", run=run))
    said = sentinel("run", "asking", "--follow", "--json")
    assert said.status == 3
    lines = said.out.splitlines()
    assert json.loads(lines[-1])["state"] == "cancelled"
    assert all(set(json.loads(line)) <= {"event", "progress"} for line in lines[:-1])


JSON_KEYS = {
    ("queue",): {"runs", "more", "estimates"},
    ("runs",): {"runs", "more"},
    ("show", "r1"): {
        "expected",
        "run", "recipe", "line", "state", "why", "kind", "priority", "trigger", "reason", "actor", "inputs", "only",
        "parent", "round", "commit", "dirty", "source", "created_at", "started_at", "ended_at", "ran_ms", "gpu_ms",
        "aliases", "steps", "sent", "next",
    },
    ("versions", "router"): {"line", "champion", "aliases", "held", "frozen", "versions"},
    ("verdicts",): {"verdicts", "more"},
    ("artifacts",): {"artifacts"},
    ("artifacts", "--verify"): {"artifacts", "damaged"},
    ("nodes",): {"nodes"},
    ("reload",): {"faults", "recipes"},
    ("plan", "asking"): {
        "recipe", "about", "line", "plan", "inputs", "policy", "gives", "steps", "children", "promises",
    },
    ("plan", "asking", "--graph"): {"text", "mermaid"},
    ("check",): {"faults", "warnings", "promises", "files"},
}  # fmt: skip


def test_json_has_a_stable_shape(
    sentinel: Sentinel, house: House, subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.unit.api.house import REGISTRY

    monkeypatch.setattr("sentinel.contract.registry.load", lambda: REGISTRY)
    monkeypatch.setattr("sentinel.api.here.load", lambda: REGISTRY, raising=False)
    waiting(house)
    for argv, keys in JSON_KEYS.items():
        with subtests.test(argv=argv):
            said = sentinel(*argv, "--json")
            assert said.status == 0, said
            assert set(json.loads(said.out)) == keys
    lines = sentinel("events", "--json").out.splitlines()
    assert all(
        set(json.loads(line))
        == {"seq", "stream", "version", "kind", "payload_version", "at", "actor", "cause", "payload"}
        for line in lines
    )


def test_events_of_the_past_come_oldest_first_and_after_a_seq(sentinel: Sentinel, house: House) -> None:
    waiting(house)
    seqs = [json.loads(line)["seq"] for line in sentinel("events", "--json").out.splitlines()]
    assert seqs == sorted(seqs)
    assert [json.loads(line)["seq"] for line in sentinel("events", "--json", "--since", "3").out.splitlines()] == seqs[
        3:
    ]
    assert "waits for a person's word: Go on?" in sentinel("events", "--run", "r1").out
    assert len(sentinel("events", "--limit", "2").out.splitlines()) == 2


def test_queue_and_runs_are_tables_and_say_so_where_there_is_nothing(sentinel: Sentinel, house: House) -> None:
    assert sentinel("queue").out == "Nothing waits and nothing runs.\n"
    assert sentinel("runs").out == "There are no such runs.\n"
    waiting(house)
    house.client.ask("run", recipe="asking", set={"days": "9"})
    head, first, second, how_good = sentinel("queue").out.splitlines()
    assert head.split()[-4:] == ["STARTS", "IN", "ENDS", "IN"]
    assert how_good.endswith("None of these words could be judged yet.")
    assert head.split()[:3] == ["#", "RUN", "RECIPE"]
    assert "a person's word on `agreed`" in first
    assert second.split()[0] == "1" and "another run of asking to end" in second
    assert "… and 1 more open runs." in sentinel("queue", "--limit", "1").out
    assert "sentinel runs --before r2" in sentinel("runs", "--limit", "1").out


def test_steering_says_what_it_did(sentinel: Sentinel, house: House) -> None:
    run = waiting(house)
    for argv, part in (
        (["pause", run, "--reason", "lunch"], "is paused"),
        (["resume", run], "goes on"),
        (["priority", run, "80"], "priority 80"),
        (["reject", run, "agreed", "--reason", "not today"], "Rejected"),
        (["retry", run, "--from", "agreed"], "in the queue again"),
        (["cancel", run], "is being ended"),
        (["hold", "router", "--reason", "holidays"], "is held"),
        (["release", "router"], "no longer held"),
    ):
        said = sentinel(*argv)
        assert said.status == 0 and part in said.out, (argv, said)


def test_versions_and_lineage_and_a_roll_back(sentinel: Sentinel, house: House) -> None:
    assert "sentinel adopt router MODEL" in sentinel("versions", "router").out
    old, new = has_version(house, "a" * 64, champion=True), has_version(house, "b" * 64, champion=True)
    listed = sentinel("versions", "router").out
    assert f"{new}  " in listed and "champion" in listed
    said = sentinel("rollback", "router", "--reason", "it went bad")
    assert said.out == f"{old} is the champion of router again.\n"
    assert f"model    {'a' * 64}" in sentinel("lineage", old).out


def test_hostile_data_drives_no_terminal(sentinel: Sentinel, house: House) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe"
    house.client.ask("run", recipe="asking", reason=hostile)
    until(lambda: house.client.ask("show", run="r1")["state"] == "waiting")
    for argv in (["show", "r1"], ["events"], ["runs"], ["queue"], ["show", "r1", "--json"], ["events", "--json"]):
        out = sentinel(*argv).out
        assert "\x1b" not in out and "\u202e" not in out and "\x07" not in out


class Terminal:
    """A stream that says it is a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


def test_colours_are_for_terminals_that_were_not_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    screen: Any = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    assert has_colours(screen)
    out = Out(screen)
    assert out.state("failed") == "\x1b[31mfailed\x1b[0m"
    assert out.ink("\x1b[2Jred", "red") == "\x1b[31mred\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert not has_colours(screen)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not has_colours(screen)


def test_up_and_here_use_the_factory_that_they_were_handed(sentinel: Sentinel, house: House) -> None:
    served: list[Any] = []

    def serve(workspace: Path, *, node: str | None = None, then: Any = None) -> int:
        served.append((workspace, node, then is not None))
        return 0

    assert sentinel("up", "--node", "atlas", serve=serve).status == 0
    assert served == [(house.workspace, "atlas", False)]


def test_down_waits_until_the_daemon_has_gone(
    sentinel: Sentinel, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def gone(pid: int) -> bool:
        asked.append(pid)
        return len(asked) > 3

    monkeypatch.setattr("sentinel.cli.daemon.is_gone", gone)
    said = sentinel("down")
    assert said.status == 0 and "has ended" in said.out and len(asked) == 4


def test_a_reload_with_faults_is_a_no(sentinel: Sentinel, house: House) -> None:
    assert sentinel("reload").out == "Every file is good: asking, lined, working.\n"
    (house.workspace / "recipes/bad.yaml").write_text("recipe: bad\nstpes: []\n")
    said = sentinel("reload")
    assert said.status == 1 and "recipes/bad.yaml:" in said.out and "stays in force" in said.out


def test_faults_are_told_with_their_line_and_a_caret(
    sentinel: Sentinel, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.unit.api.house import REGISTRY

    monkeypatch.setattr("sentinel.contract.registry.load", lambda: REGISTRY)
    monkeypatch.setattr("sentinel.api.here.load", lambda: REGISTRY, raising=False)
    assert sentinel("check").out.endswith("4 files, no faults, 1 warning.\n")
    (house.workspace / "recipes/bad.yaml").write_text("recipe: bad\nstpes: []\n")
    said = sentinel("check")
    assert said.status == 1
    assert "recipes/bad.yaml:2:1: " in said.out and "stpes: []" in said.out and "^" in said.out
    assert sentinel("check", "recipes/asking.yaml").status == 0


def test_completions_know_every_verb_and_are_shell(sentinel: Sentinel, tmp_path: Path) -> None:
    from sentinel.cli.table import verbs

    for shell in ("bash", "zsh", "fish"):
        out = sentinel("completion", shell).out
        assert all(verb.name in out for verb in verbs())
    (tmp_path / "c.bash").write_text(sentinel("completion", "bash").out)
    script = 'source "$1"; COMP_WORDS=(sentinel show --j); COMP_CWORD=2; _sentinel; echo "${COMPREPLY[@]}"'
    ran = subprocess.run(["bash", "-c", script, "-", tmp_path / "c.bash"], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["--json"]


def test_a_pipe_that_closes_early_is_no_error(house: House, root: Path) -> None:
    import sys

    for _ in range(60):
        house.client.ask("run", recipe="lined", line="router")
    script = f"{sys.executable} -m sentinel events --limit 1000 --workspace {house.workspace} | head -1"
    ran = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {script}"], capture_output=True, text=True, cwd=root, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_status_of_the_queue_is_quick_on_many_open_runs(sentinel: Sentinel, house: House) -> None:
    for _ in range(200):
        house.client.ask("run", recipe="lined", line="other", priority=1)
    begun = time.perf_counter()
    assert sentinel("queue", "--json").status == 0
    assert time.perf_counter() - begun < 5
