"""Wrong words: each is told what, where and what to do, and has the exit status that scripts rely on."""

import subprocess
import sys
from pathlib import Path

import pytest

from sentinel.cli.exits import exit_of
from sentinel.cli.parser import reference, verb_parser
from sentinel.cli.table import verbs
from sentinel.domain.refusal import Refusal
from tests.unit.api.house import House, make_workspace
from tests.unit.cli.conftest import Said, Sentinel


def told(said: Said, status: int, *parts: str) -> None:
    assert said.status == status, said
    assert said.out == ""
    assert "Traceback" not in said.err
    assert "to do:" in said.err, said.err
    for part in parts:
        assert part in said.err, said.err


@pytest.mark.parametrize(
    ("argv", "parts"),
    [
        (["shwo"], ["There is no verb `shwo`.", "Did you mean `show`?"]),
        (["xyzzy"], ["`sentinel --help` lists them all."]),
        (["show"], ["required: RUN", "`sentinel show --help`"]),
        (["show", "r1", "r2"], ["`show` does not take `r2`."]),
        (["runs", "--limt", "3"], ["`runs` has no option `--limt`.", "Did you mean `--limit`?"]),
        (["runs", "--limit", "many"], ["--limit", "many"]),
        (["schema", "recpe"], ["`recpe` is not one of recipe, gate, config.", "Did you mean `recipe`?"]),
        (["completion", "tcsh"], ["`tcsh` is not one of bash, zsh, fish."]),
        (["notify"], ["--test"]),
        (["promote", "v1"], ["--verdict"]),
        (["hold", "router"], ["--reason"]),
        (["--workspace"], ["--workspace"]),
        (["run", "x", "--set", "a", "--workspace", "."], ["`--set a` is no pair.", "NAME=VALUE"]),
        (["run", "x", "--priority", "101", "--workspace", "."], ["101 is no priority."]),
        (["priority", "r1", "-5", "--workspace", "."], []),
        (["down", "--drain", "--workers", "--workspace", "."], ["do not go together"]),
        (["adopt", "router", "nowhere", "--reason", "x", "--workspace", "."], ["There is nothing."]),
    ],
)
def test_wrong_usage_exits_2(
    sentinel: Sentinel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], parts: list[str]
) -> None:
    monkeypatch.chdir(make_workspace(tmp_path / "workspace"))
    told(sentinel(*argv), 2, *parts)


ASKS = {
    "queue": [], "runs": [], "show": ["r1"], "logs": ["r1"], "events": [], "cancel": ["r1"], "pause": ["r1"],
    "resume": ["r1"], "retry": ["r1"], "priority": ["r1", "5"], "approve": ["r1"], "reject": ["r1", "--reason", "x"],
    "hold": ["router", "--reason", "x"], "release": ["router"], "acknowledge": ["router", "--reason", "x"],
    "versions": ["router"], "lineage": ["v1"], "promote": ["v1", "--verdict", "x"],
    "rollback": ["router", "--reason", "x"], "verdicts": [], "verdict": ["x"], "artifacts": [], "down": [],
    "reload": [], "run": ["asking"], "nodes": [], "notify": ["--test"], "backup": ["b"],
    "adopt": ["router", ".", "--reason", "x"], "drift": ["router"], "baseline": ["router"], "zoo": [], "rotate": [],
    "outcomes": ["router"], "label": ["router", "--from", "answers.jsonl"],
    "data": ["profile", "champion", "--line", "router"],
    "export": ["v1", "-o", "bundle"], "card": ["v1"], "diff": ["v1", "v2"], "reforge": ["v1"],
    "board": [],
    "judge": ["promotion", "--in", "candidate=champion"], "flips": ["champion", "previous", "--line", "router"],
    "signal": ["router", "canary", "accuracy", "1/2", "--from", "2026-01-01", "--to", "2026-01-02"],
}  # fmt: skip
NEEDS_NONE = {
    "backtest", "simulate", "tui", "init", "check", "plan", "schema", "doctor", "demo", "up", "restore", "completion",
    "export-ledger",
}  # fmt: skip


def test_every_verb_either_asks_the_daemon_or_needs_none() -> None:
    assert {verb.name for verb in verbs()} == set(ASKS) | NEEDS_NONE


def test_without_a_daemon_whoever_asks_it_exits_75(
    sentinel: Sentinel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    monkeypatch.chdir(make_workspace(tmp_path / "workspace"))
    for name, argv in ASKS.items():
        with subtests.test(verb=name):
            told(sentinel(name, *argv), 75, "No daemon runs for this workspace.", "`sentinel up`")


def test_without_a_workspace_the_remedy_is_init(
    sentinel: Sentinel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told(sentinel("queue"), 2, "There is no sentinel.yaml here or above.", f"where: {tmp_path}", "`sentinel init DIR`")
    told(sentinel("check", "--workspace", "elsewhere"), 2, "`sentinel init elsewhere`")


def test_the_workspace_is_told_or_in_the_environment_or_above(
    sentinel: Sentinel, house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(house.workspace / "recipes")
    assert sentinel("queue").status == 0
    monkeypatch.chdir(tmp_path)
    assert sentinel("--workspace", house.workspace, "queue").status == 0
    assert sentinel("queue", "--workspace", house.workspace).status == 0
    monkeypatch.setenv("SENTINEL_WORKSPACE", str(house.workspace))
    assert sentinel("queue").status == 0


WRONG = [
    (["show", "r9"], 2, "There is no run 'r9'."),
    (["logs", "r9"], 2, "There is no run 'r9'."),
    (["cancel", "r9"], 2, "There is no run 'r9'."),
    (["pause", "r9"], 2, "There is no run 'r9'."),
    (["resume", "r9"], 2, "There is no run 'r9'."),
    (["retry", "r9"], 2, "There is no run 'r9'."),
    (["priority", "r9", "5"], 2, "There is no run 'r9'."),
    (["approve", "r9"], 2, "There is no run 'r9'."),
    (["reject", "r9", "--reason", "x"], 2, "There is no run 'r9'."),
    (["run", "askin"], 2, "Did you mean `asking`?"),
    (["run", "asking", "--set", "days=soon"], 2, "`soon` is no value for `days`"),
    (["run", "asking", "--only", "agree"], 2, "Did you mean `agreed`?"),
    (["run", "lined"], 2, "Add --line: router, other."),
    (["plan", "askin"], 2, "Did you mean `asking`?"),
    (["versions", "ruter"], 2, "Did you mean `router`?"),
    (["hold", "ruter", "--reason", "x"], 2, "Did you mean `router`?"),
    (["hold", "router", "--reason", " "], 2, "Add `--reason TEXT`."),
    (["release", "router"], 1, "Line router is not held."),
    (["acknowledge", "router", "--reason", "x"], 1, "Line router is not frozen."),
    (["rollback", "router", "--reason", "x"], 1, "no previous champion"),
    (["lineage", "v0"], 2, "There is no version 'v0'."),
    (["promote", "v0", "--verdict", "x"], 2, "There is no version 'v0'."),
    (["verdict", "x"], 2, "There is no verdict 'x'."),
    (["verdicts", "r9"], 2, "There is no run 'r9'."),
    (["events", "--run", "r9"], 2, "There is no run 'r9'."),
    (["zoo", "wide"], 2, "The zoo has no spec 'wide'."),
    (["rotate"], 2, "No recipe in force rotates the zoo."),
    (["rotate", "--dry-run"], 2, "No recipe in force rotates the zoo."),
    (["judge", "promtion", "--in", "candidate=v1"], 2, "No gate 'promtion' is in force."),
    (["judge", "x", "--in", "candidate"], 2, "`--in candidate` is no pair."),
    (["flips", "champion", "previous"], 2, "Add `--line LINE`."),
    (["diff", "v1", "v2"], 2, "There is no version 'v1'."),
    (["diff", "champion", "previous"], 2, "Add `--line LINE`."),
    (["card", "v1"], 2, "There is no version 'v1'."),
    (["reforge", "v1"], 2, "There is no version 'v1'."),
    (["reforge", "v1", "--dry-run", "--set", "tuned.train.rank=32"], 2, "There is no version 'v1'."),
    (["reforge", "champion"], 2, "Add `--line LINE`."),
    (["reforge", "champion", "--line", "router"], 2, "router has no champion."),
    (["reforge", "v1", "--set", "tuned"], 2, "`--set tuned` is no pair."),
    (["reforge", "recipes"], 2, "There is no card."),
    (["reforge", "./nowhere"], 2, "There is no card."),
    (["reforge", "hub:acme"], 1, "no repository can be called 'acme'"),
    (["reforge", "./sentinel.yaml"], 1, "It is no JSON."),
    (["card", "champion", "--line", "router"], 2, "router has no champion."),
    (["export", "v1", "-o", "bundle"], 2, "There is no version 'v1'."),
    (["export", "v1", "-o", "recipes"], 2, "There is something already."),
    (["flips", "v1", "v2"], 2, "is no digest, no version and no alias"),
    (["flips", "0123456789ab", "v2"], 2, "begins no artifact's digest"),
    (["data", "profile", "champion"], 2, "Add `--line LINE`."),
    (["data", "profile", "nowhere.csv"], 2, "There is nothing."),
    (["data", "import", "x.jsonl"], 2, "Add `--line LINE`."),
    (["data", "import", ".", "--line", "router", "--map", "text"], 2, "`--map text` is no pair."),
    (["data", "import", ".", "--line", "ruter"], 2, "Did you mean `router`?"),
    (["data", "diff", "champion"], 2, "`data diff` looks at two, and 1 are named."),
    (["notify", "--test"], 78, "Nobody is told of anything."),
    (["runs", "--before", "seven"], 2, "Ids look like r12."),
]


def test_every_no_of_the_daemon_has_its_exit_status(
    sentinel: Sentinel, house: House, subtests: pytest.Subtests
) -> None:
    for argv, status, part in WRONG:
        with subtests.test(argv=argv):
            said = sentinel(*argv)
            assert (said.status, said.out) == (status, ""), said
            assert part in said.err and "Traceback" not in said.err


def test_what_breaks_here_exits_70_and_shows_a_traceback_only_to_whom_asks(
    sentinel: Sentinel, monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    monkeypatch.setattr("sentinel.cli.watch.queue", lambda call: 1 / 0)
    said = sentinel("queue")
    told(said, 70, "Sentinel itself broke: ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        sentinel("queue", "--debug")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("E-unknown-run", 2), ("E-wrong-state", 1), ("E-held", 1), ("E-no-daemon", 75), ("E-busy", 75),
        ("E-ledger-full", 75), ("E-config", 78), ("E-node", 78), ("E-newer-ledger", 78), ("E-broke", 70),
        ("E-damaged-ledger", 70),
    ],
)  # fmt: skip
def test_a_refusals_code_says_the_exit_status(code: str, status: int) -> None:
    assert exit_of(Refusal(code, "")) == status


def test_help_lists_every_verb_and_each_has_help_of_its_own(sentinel: Sentinel) -> None:
    said = sentinel("--help")
    assert said.status == 0
    page = reference()
    for verb in verbs():
        assert f"  {verb.name} " in said.out
        assert sentinel(verb.name, "--help").status == 0
        assert f"### sentinel {verb.name}\n" in page
        for action in verb_parser(verb)._actions:
            assert action.help, (verb.name, action)


def test_no_verb_at_all_is_wrong_usage_and_shows_the_help(sentinel: Sentinel) -> None:
    said = sentinel()
    assert said.status == 2 and said.out == "" and "set up:" in said.err


def test_the_release_is_told(sentinel: Sentinel) -> None:
    assert sentinel("--version").out.startswith("sentinel ")


HEAVY = {"torch", "transformers", "peft", "lm_eval", "polars", "numpy"}
LATE = HEAVY | {"pydantic", "asyncio", "ruamel", "ruamel.yaml", "sqlite3", "textual", "apscheduler"}


def modules_after(argv: list[str], folder: Path) -> set[str]:
    script = f"import sys; sys.argv[1:] = {argv!r}\nfrom sentinel.__main__ import main\nmain()\nprint(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return set(ran.stdout.splitlines()[-1].split())


def test_help_loads_no_verbs_code_and_nothing_slow(root: Path) -> None:
    loaded = modules_after(["--help"], root)
    assert loaded & LATE == set()
    assert {name for name in loaded if name.startswith("sentinel.")} == {
        "sentinel.__main__", "sentinel.bootstrap", "sentinel.cli", "sentinel.cli.main", "sentinel.cli.parser",
        "sentinel.cli.table",
    }  # fmt: skip


@pytest.mark.parametrize(
    "argv", [["queue"], ["runs"], ["run", "asking"], ["show", "r1"], ["events"], ["versions", "x"]]
)
def test_a_verb_that_asks_loads_neither_the_checker_nor_the_ledger(tmp_path: Path, argv: list[str]) -> None:
    loaded = modules_after([*argv, "--workspace", str(make_workspace(tmp_path / "w"))], tmp_path)
    assert loaded & LATE == set()
    assert not {"sentinel.api.here", "sentinel.ledger", "sentinel.recipe", "sentinel.supervisor"} & loaded


@pytest.mark.parametrize("argv", [["check"], ["plan", "asking"], ["schema", "recipe"]])
def test_what_needs_no_daemon_loads_nothing_heavy(tmp_path: Path, argv: list[str]) -> None:
    loaded = modules_after([*argv, "--workspace", str(make_workspace(tmp_path / "w"))], tmp_path)
    assert loaded & HEAVY == set()
