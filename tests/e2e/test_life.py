"""The whole of it as a user meets it: the real command, real daemons, real workers, real signals."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.house import ROOT, House, end, lives


def test_from_init_to_down(tmp_path: Path) -> None:
    with House(tmp_path, {"none": ""}) as house:
        made = house("init", str(tmp_path / "fresh"))
        assert made.returncode == 0 and "is a workspace now" in made.stdout
        assert (tmp_path / "fresh/.git").is_dir()
        again = house("init", str(tmp_path / "fresh"))
        assert again.returncode == 2 and "already" in again.stderr
        house.workspace = tmp_path / "fresh"
        assert re.fullmatch(r"\d+ files, no faults\.\n", house("check").stdout)
        daemon = house.up()
        follower = house.start("run", "hello", "--set", "name=Ada", "--follow")
        house.until(lambda: house.ask("queue")["runs"] and house.ask("queue")["runs"][0]["state"] == "waiting")
        assert house("approve", "r1", "agreed").returncode == 0
        told = follower.communicate(timeout=60)[0].decode()
        assert follower.returncode == 0, told
        assert "r1 whole judged pass" in told and "sentinel approve r1 agreed" in told and "r1 ended as done" in told
        shown = house("show", "r1").stdout
        assert "r1  hello  done" in shown and "pass checksum" in shown
        assert "hello, Ada" in house("logs", "r1", "handed-on").stdout
        assert house("verdict", "r1.whole.a1").returncode == 0
        assert house.told("doctor")["healthy"]
        down = house("down")
        assert down.returncode == 0 and f"The daemon {daemon.pid} has ended." in down.stdout
        assert daemon.wait(timeout=60) == 0
        assert house("queue").returncode == 75
        ignored = subprocess.run(["git", "status", "--porcelain"], cwd=house.workspace, capture_output=True, check=True)
        assert b".sentinel" not in ignored.stdout
        assert (house.workspace / ".sentinel").stat().st_mode & 0o777 == 0o700


def test_sigterm_ends_the_daemon_in_time_with_its_workers_alive_and_the_next_one_adopts_them(house: House) -> None:
    first = house.up()
    run = house.run("slow")
    attempt = house.until(lambda: next((a for a in house.attempts(run) if a["pid"]), None))
    assert end(first) < 5 and first.returncode == 0
    assert lives(attempt["pid"])
    house.up()
    found = house.attempts(run)
    assert [(a["attempt"], a["state"], a["pid"]) for a in found] == [(attempt["attempt"], "started", attempt["pid"])]
    house.go_on()
    house.until(lambda: house.state(run) == "done")
    assert [a["attempt"] for a in house.attempts(run)] == [attempt["attempt"]]
    assert house("logs", run).stdout.count("began as") == 1
    assert house.told("doctor")["healthy"]


@pytest.mark.long
def test_a_worker_that_ends_while_no_daemon_is_there_is_recorded_by_the_next_one(house: House) -> None:
    first = house.up()
    run = house.run("slow")
    attempt = house.until(lambda: next((a for a in house.attempts(run) if a["pid"]), None))
    end(first, signal.SIGKILL)
    house.go_on()
    house.until(lambda: not lives(attempt["pid"]))
    house.up()
    house.until(lambda: house.state(run) == "done")
    assert len(house.attempts(run)) == 1


@pytest.mark.long
def test_down_with_the_workers_ends_them_and_the_next_daemon_tries_again(house: House) -> None:
    house.up()
    run = house.run("slow")
    attempt = house.until(lambda: next((a for a in house.attempts(run) if a["pid"]), None))
    assert house("down", "--workers").returncode == 0
    assert not lives(attempt["pid"])
    house.go_on()
    house.up()
    house.until(lambda: house.state(run) == "done")
    assert [a["state"] for a in house.attempts(run)] == ["lost", "succeeded"]


def test_draining_waits_for_what_runs_and_starts_nothing_more(house: House) -> None:
    daemon = house.up()
    run = house.run("slow")
    house.until(lambda: next((a for a in house.attempts(run) if a["pid"]), None))
    assert "ends once 1 running attempts" in house("down", "--drain").stdout
    later = house.run("quick")
    assert daemon.poll() is None
    assert [each["waits"] for each in house.ask("queue")["runs"] if each["run"] == later] == [
        "the daemon, which is being drained"
    ]
    house.go_on()
    assert daemon.wait(timeout=60) == 0
    house.up()
    house.until(lambda: house.state(later) == "done")
    assert house.state(run) == "done"


@pytest.mark.long
def test_a_second_daemon_is_refused_and_told_who_holds_the_ledger(house: House) -> None:
    first = house.up()
    second = house("up")
    assert second.returncode == 75
    assert f"process {first.pid}" in second.stderr and "to do:" in second.stderr


@pytest.mark.long
def test_of_daemons_that_race_one_lives(house: House) -> None:
    for _ in range(2):
        racers = [house.start("up") for _ in range(3)]
        house.daemons.extend(racers)
        house.until(lambda racers=racers: sum(each.poll() is None for each in racers) == 1)
        winner = next(each for each in racers if each.poll() is None)
        losers = [each for each in racers if each is not winner]
        for each in losers:
            assert each.communicate()[0].decode().count(f"process {winner.pid}") == 1
            assert each.returncode == 75
        house.until(house.is_up)
        end(winner)
        assert winner.communicate() and winner.returncode == 0


def test_a_broken_edit_keeps_the_last_good_version_and_says_so(house: House) -> None:
    house.up()
    recipe = house.workspace / "recipes/quick.yaml"
    good = recipe.read_text()
    recipe.write_text(good.replace("use: program", "use: progam"))
    faults = house.until(lambda: "ALERT files:workspace" in house.log)
    assert faults
    checked = house("check")
    assert checked.returncode == 1
    assert "recipes/quick.yaml:4:10: " in checked.stdout and "`program`" in checked.stdout
    run = house.run("quick")
    house.until(lambda: house.state(run) == "done")
    recipe.write_text(good)
    house.until(lambda: "alert files:workspace is over" in house.log)


@pytest.mark.long
def test_the_last_good_version_outlives_the_daemon(house: House) -> None:
    recipe, config = house.workspace / "recipes/quick.yaml", house.workspace / "sentinel.yaml"
    house.up()
    assert house("down").returncode == 0
    recipe.write_text(recipe.read_text().replace("use: program", "use: progam"))
    (house.workspace / "recipes/new.yaml").write_text("recipe: new\nsteps: [{id: a, use: progam}]\n")
    house.up()
    run = house.run("quick")
    house.until(lambda: house.state(run) == "done")
    assert "of recipes/new.yaml there has been no good version" in house.log
    assert house("down").returncode == 0
    config.write_text("nodes: {")
    house.up()
    run = house.run("quick")
    house.until(lambda: house.state(run) == "done")


def test_a_workspace_that_git_does_not_read_is_told_of_and_works(house: House) -> None:
    subprocess.run(["git", "init", "-q"], cwd=house.workspace, check=True)
    config = house.workspace / ".git/config"
    good = config.read_text()
    config.write_text("[broken\n")
    house.up()
    house.until(lambda: "ALERT git:workspace" in house.log)
    run = house.run("quick")
    house.until(lambda: house.state(run) == "done")
    config.write_text(good)
    house.ask("reload")
    house.until(lambda: "alert git:workspace is over" in house.log)


def test_the_recipe_that_the_docs_begin_with_runs(house: House) -> None:
    page = (ROOT / "docs/recipes.md").read_text()
    for name, text in re.findall(r"^```(?:yaml|sh)\n# ([\w./-]+)\n(.*?)^```", page, re.M | re.S)[:4]:
        (house.workspace / name).parent.mkdir(exist_ok=True)
        (house.workspace / name).write_text(text)
    (house.workspace / "recipes/slow.yaml").unlink()
    (house.workspace / "recipes/quick.yaml").unlink()
    ran = house("run", "daily", "--here")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    house.up()
    assert house("logs", "r1", "total").stdout.strip().endswith("3")


def test_whoever_reads_what_the_daemon_says_does_not_wait_for_its_workers(house: House) -> None:
    daemon = house.start("up")
    house.until(house.is_up)
    run = house.run("slow")
    attempt = house.until(lambda: next((a for a in house.attempts(run) if a["pid"]), None))
    daemon.terminate()
    daemon.communicate(timeout=5)
    assert daemon.returncode == 0
    assert lives(attempt["pid"])
    house.go_on()
    house.up()
    house.until(lambda: house.state(run) == "done")


def test_what_a_killed_process_left_in_the_store_is_cleared_away(house: House) -> None:
    left = house.workspace / ".sentinel/store/tmp/left"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    house.up()
    house.until(lambda: not left.exists())


def test_a_pure_result_is_reused_and_the_plan_knew(house: House) -> None:
    house.up()
    assert house.ask("plan", recipe="quick")["steps"][0]["reuse"] == "no"
    first = house("run", "quick", "--follow")
    assert first.returncode == 0
    plan = house.ask("plan", recipe="quick")["steps"][0]
    assert (plan["reuse"], plan["why"]) == ("yes", "from r1.made.a1")
    second = house.run("quick")
    step = house.until(lambda: (s := house.ask("show", run=second)["steps"][0])["state"] == "reused" and s)
    assert step["reused_from"] == "r1.made.a1" and step["attempts"] == []
    assert "reused     " in house("show", second).stdout and "from r1.made.a1" in house("show", second).stdout


def test_a_model_is_adopted_held_and_never_adopted_twice(house: House) -> None:
    model = house.workspace.parent / "model"
    model.mkdir()
    (model / "config.json").write_text('{"model_type": "tiny"}')
    header = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    (model / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0\0\0")
    house.up()
    said = house("adopt", "router", str(model), "--reason", "it serves today")
    assert said.returncode == 0, said.stdout + said.stderr + house.log
    line = house.told("versions", "router")
    assert line["champion"] == line["versions"][0]["version"]
    assert line["versions"][0]["aliases"] == ["anchor", "champion"]
    assert house("lineage", line["champion"]).returncode == 0
    again = house("adopt", "router", str(model), "--reason", "again")
    assert again.returncode == 1 and "has a champion already" in again.stderr
    assert house("hold", "router", "--reason", "holidays").returncode == 0
    held = house("rollback", "router", "--to", line["champion"], "--reason", "bad")
    assert held.returncode == 1
    assert house("release", "router").returncode == 0
    assert house("rollback", "router", "--reason", "bad").returncode == 1
    assert house.told("runs", "--all")["runs"][0]["kind"] == "asked"
    assert house.told("runs")["runs"] == []


def test_cancelling_ends_the_worker_and_whoever_follows_its_log(house: House) -> None:
    house.up()
    run = house.run("slow")
    attempt = house.until(lambda: next((a for a in house.attempts(run) if a["pid"]), None))
    reader = house.start("logs", run, "-f")
    assert reader.stdout is not None
    assert reader.stdout.readline().decode() == f"── {run}.count.a1\n"
    assert reader.stdout.readline().decode().startswith("began as ")
    assert house("cancel", run, "--reason", "enough").returncode == 0
    house.until(lambda: house.state(run) == "cancelled")
    assert not lives(attempt["pid"])
    assert house.ask("show", run=run)["why"] == "enough"
    reader.communicate(timeout=60)
    assert reader.returncode == 0


def test_a_run_here_needs_no_daemon_and_leaves_none(house: House) -> None:
    said = house("run", "quick", "--here")
    assert said.returncode == 0 and "r1 ended as done" in said.stdout, said
    assert house("queue").returncode == 75
    stopped = house.start("run", "slow", "--here")
    house.until(lambda: house.is_up() and house.ask("queue")["runs"] and house.attempts("r2")[0:])
    end(stopped, signal.SIGINT)
    assert stopped.returncode == 75
    house.go_on()
    stopped.communicate()
    unknown = house("run", "quik", "--here")
    assert unknown.returncode == 2 and "Did you mean `quick`?" in unknown.stderr


@pytest.mark.long
def test_a_backup_is_restored(house: House) -> None:
    kept = house.workspace.parent / "kept"
    house.up()
    assert house("run", "quick", "--follow").returncode == 0
    backed_up = house("backup", str(kept))
    assert backed_up.returncode == 0 and "1 artifacts" in backed_up.stdout
    house("run", "quick", "--follow")
    busy = house("restore", str(kept))
    assert busy.returncode == 75 and "process" in busy.stderr
    assert house("down").returncode == 0
    assert house("restore", str(kept)).returncode == 0
    assert house.told("doctor")["healthy"]
    exported = house.workspace.parent / "exported"
    assert house("export-ledger", str(exported)).returncode == 0
    runs = [json.loads(line) for line in (exported / "events.jsonl").read_text().splitlines()]
    assert sum(event["kind"] == "RunQueued" for event in runs) == 1
    house.up()
    assert [run["run"] for run in house.told("runs")["runs"]] == ["r1"]


def test_a_damaged_artifact_is_told(house: House) -> None:
    house.up()
    assert house("run", "quick", "--follow").returncode == 0
    assert house("artifacts", "--verify").returncode == 0
    digest = house.told("artifacts")["artifacts"][0]["digest"]
    file = house.workspace / ".sentinel/store/objects" / digest[:2] / digest / "a"
    file.chmod(0o600)
    file.write_text("raw\n")
    said = house("artifacts", "--verify")
    assert said.returncode == 1 and digest in said.stdout
    assert house("doctor").returncode == 1
    assert house("doctor", "--quick").returncode == 0


def test_bad_configuration_exits_78(house: House) -> None:
    (house.workspace / "sentinel.yaml").write_text("timezone: Europa/Berlin\n")
    said = house("up")
    assert said.returncode == 78
    assert "sentinel.yaml has faults" in said.stderr and "`sentinel check`" in said.stderr
    (house.workspace / "sentinel.yaml").write_text(
        "nodes: {a: {slots: {cpus: 1, memory: 1GiB}}, b: {slots: {cpus: 1, memory: 1GiB}}}\n"
    )
    assert house("up").returncode == 78
    wrong = house("up", "--node", "c")
    assert wrong.returncode == 78 and "There is no node 'c'." in wrong.stderr


def test_the_daemon_loads_nothing_heavy(house: House) -> None:
    script = """
import sys, threading, time
from sentinel.bootstrap import serve
from pathlib import Path
from sentinel.api.client import Client
def then():
    client = Client(Path.cwd())
    client.ask("run", recipe="quick")
    while client.ask("queue")["runs"]:
        time.sleep(0.05)
    client.ask("down")
status = serve(Path.cwd(), then=then)
print(status, *sorted({"torch", "transformers", "peft", "lm_eval", "polars", "numpy"} & set(sys.modules)))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=house.workspace, env=house.environment, capture_output=True, text=True,
        timeout=110, check=False,
    )  # fmt: skip
    assert ran.stdout == "0\n", ran.stderr


def test_systemd_is_told_when_the_daemon_is_ready_and_when_it_stops(house: House) -> None:
    place = house.workspace.parent / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(place))
        line.settimeout(60)
        house.environment["NOTIFY_SOCKET"] = str(place)
        daemon = house.up()
        assert b"READY=1" in line.recv(1000)
        end(daemon)
        told = b""
        while b"STOPPING=1" not in told:
            told = line.recv(1000)


def test_a_test_notice_reaches_a_program_or_says_why_not(house: House) -> None:
    config = house.workspace / "sentinel.yaml"
    heard = house.workspace.parent / "heard"
    config.write_text(
        f"programs: {{tell: [/bin/sh, -c, 'cat >> {heard}'], deaf: [/bin/sh, -c, 'exit 3']}}\n"
        "notify: [{command: tell, on: [failed]}]\n"
    )
    (house.workspace / "recipes/slow.yaml").unlink()
    (house.workspace / "recipes/quick.yaml").unlink()
    house.up()
    said = house("notify", "--test")
    assert said.returncode == 0, said.stdout + said.stderr + house.log
    assert "done  tell" in said.stdout and "A test, asked for by" in heard.read_text()
    config.write_text(config.read_text().replace("command: tell", "command: deaf"))
    assert house("reload").returncode == 0
    said = house("notify", "--test")
    assert said.returncode == 1 and "failed  deaf: " in said.stdout, said.stdout
