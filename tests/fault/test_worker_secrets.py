"""A planted token reaches the step that declares it, and is found nowhere else."""

import os
from pathlib import Path

import pytest

from sentinel.supervisor.forkserver import worker_environment
from sentinel.worker.blot import BLOT
from tests.fault.working import Place, Started, live, until

TOKEN = "tok-3f9a-Zq-planted"


@pytest.fixture(params=["warm", "cold"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place with a token in a credential file."""
    credentials = tmp_path / "credentials"
    credentials.mkdir(mode=0o700)
    (credentials / "hub-token").write_text(f"{TOKEN}\n")
    (credentials / "hub-token").chmod(0o600)
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    return Place(tmp_path, warm=request.param == "warm", environment=environment)


def leaks(place: Place) -> list[str]:
    """The files that hold the token, besides its own."""
    return [
        str(path.relative_to(place.root))
        for path in place.root.rglob("*")
        if path.is_file() and path.parent.name != "credentials" and TOKEN.encode() in path.read_bytes()
    ]


def error_of(started: Started) -> str:
    assert started.result is not None
    return str(started.result.error)


def test_a_step_that_declares_it_gets_it_and_its_log_is_blotted(place: Place) -> None:
    started = live(place, lambda place: place.run("use-secret", {"name": "hub-token"}, secrets=("hub-token",)))
    assert started.log == f"the token is {BLOT.decode()}\n{BLOT.decode()}\n"
    assert leaks(place) == []


def test_a_step_that_does_not_declare_it_is_refused(place: Place) -> None:
    started = live(place, lambda place: place.run("use-secret", {"name": "hub-token"}))
    assert "did not declare the credential `hub-token`" in error_of(started)
    assert leaks(place) == []


def test_a_crash_with_the_token_in_its_words_leaves_it_neither_in_the_log_nor_in_the_result(place: Place) -> None:
    started = live(place, lambda place: place.run("crash", {"secret": "hub-token"}, secrets=("hub-token",)))
    assert BLOT.decode() in error_of(started)
    assert BLOT.decode() in started.log
    assert leaks(place) == []


def test_a_program_reads_it_from_a_file_that_is_on_no_disk(place: Place) -> None:
    script = 'cat "$SECRETS/hub-token" | tr a-z A-Z; cat "$SECRETS/hub-token"; env; sh -c "cat $SECRETS/hub-token"'
    started = live(place, lambda place: place.program(script, secrets=("hub-token",)))
    assert TOKEN.upper() in started.log, "the program itself had it"
    assert started.log.count(BLOT.decode()) == 2
    assert leaks(place) == []
    assert list((started.folder / "secrets").iterdir()) == []


def test_a_killed_worker_of_a_program_leaves_no_token_behind(place: Place) -> None:
    async def act(place: Place) -> Started:
        script = 'kill -9 "$PPID"; sleep 2; cat "$SECRETS/hub-token" > late; touch done'
        params = {"run": "it"}
        started = await place.start("program", params, programs={"it": place.script(script)}, secrets=("hub-token",))
        assert os.waitstatus_to_exitcode(await started.ended() or 0) == -9
        await until((started.folder / "out" / "done").exists)
        return started

    started = live(place, act)
    assert (started.folder / "out" / "late").read_bytes() == b""
    assert leaks(place) == []


def test_no_environment_and_no_program_that_did_not_declare_it_has_it(place: Place) -> None:
    program = live(place, lambda place: place.program('env; ls "$SECRETS" 2>&1; true'))
    assert "SECRETS=" not in program.log
    assert "CREDENTIALS_DIRECTORY" not in program.log
    assert leaks(place) == []


def test_a_credential_that_is_not_there_is_refused_before_the_step_begins(place: Place) -> None:
    started = live(place, lambda place: place.run("use-secret", {"name": "other"}, secrets=("other",)))
    assert "there is no credential other" in error_of(started)


def test_what_the_daemon_was_started_with_does_not_reach_its_workers(tmp_path: Path) -> None:
    daemon = {
        "PATH": "/bin",
        "HF_TOKEN": TOKEN,
        "AWS_SECRET_ACCESS_KEY": TOKEN,
        "https_proxy": f"proxy?{TOKEN}",
    }
    environment = worker_environment(daemon)
    assert environment["PATH"] == "/bin"
    assert TOKEN not in str(environment)


def test_the_search_for_the_token_finds_one_that_was_leaked(place: Place) -> None:
    (place.root / "attempts" / "leak").write_text(f"x{TOKEN}x")
    assert leaks(place) == ["attempts/leak"]
