"""Program steps: folders in and out, next to no environment, and no process that outlives its step."""

import os
import signal
from pathlib import Path

import pytest

from sentinel.contract.attempt import AttemptOut
from sentinel.domain.artifact import Artifact
from sentinel.domain.needs import Needs
from sentinel.outside.processes import session_members
from sentinel.worker.process import THREADS
from tests.fault.working import Place, Started, live, until


@pytest.fixture(params=["warm", "cold"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place whose workers are forked warm, and one whose workers start cold."""
    return Place(tmp_path, warm=request.param == "warm", environment={"LANG": "C.UTF-8"})


@pytest.fixture
def warm(tmp_path: Path) -> Place:
    """A place whose workers are forked warm."""
    return Place(tmp_path)


def result_of(started: Started) -> AttemptOut:
    assert started.result is not None
    return started.result


def test_a_program_reads_its_ports_and_fills_others(place: Place) -> None:
    rows = place.kept("RawSnapshot", text="b\na\n")
    script = 'mkdir "$OUT/rows" && sort "$IN/given/text" > "$OUT/rows/sorted" && echo "sorted $1"'
    started = live(
        place,
        lambda place: place.program(script, ["them; all"], inputs={"given": (rows,)}, gives={"rows": "RawSnapshot"}),
    )
    assert result_of(started).end == "succeeded"
    assert place.read(started, "rows", "sorted") == "a\nb\n"
    assert started.log == "sorted them; all\n"


def test_it_starts_in_its_output_folder_with_writable_copies_of_what_it_reads(warm: Place) -> None:
    rows = warm.kept("RawSnapshot", text="kept")
    script = 'mkdir rows; echo changed > "$IN/given/text"; cp "$IN/given/text" rows/; touch stray'
    started = live(warm, lambda place: place.program(script, inputs={"given": (rows,)}, gives={"rows": "RawSnapshot"}))
    assert warm.read(started, "rows", "text") == "changed\n"
    assert warm.store.verify(rows.digest) == []


@pytest.mark.parametrize("count", [1, 2])
def test_a_port_that_takes_many_has_a_folder_each(warm: Place, count: int) -> None:
    rows = tuple(warm.kept("RawSnapshot", text=str(number)) for number in range(count))
    started = live(
        warm,
        lambda place: place.program(
            'cat "$IN"/many/*/text', inputs={"many": rows}, takes={"many": "list of RawSnapshot"}
        ),
    )
    assert started.log == "01"[:count]


def test_its_environment_is_a_short_list(place: Place) -> None:
    started = live(place, lambda place: place.program("env", needs=Needs(cpus=3)))
    environment = dict(line.split("=", 1) for line in started.log.splitlines())
    places = {
        "IN": f"{started.folder}/in",
        "OUT": f"{started.folder}/out",
        "INPUTS": f"{started.folder}/inputs.json",
        "SENTINEL_ATTEMPT": started.folder.name,
    }
    assert environment.items() >= {**places, "TZ": "UTC", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "3"}.items()
    known = {*places, "TZ", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "HOME", "CUDA_VISIBLE_DEVICES", *THREADS}
    assert set(environment) - {"PWD", "SHLVL", "_", "OLDPWD"} <= known


@pytest.mark.parametrize(
    ("script", "end", "code", "says"),
    [
        ("echo sorry >&2; exit 3", "failed", "E-program-failed", "the program `it` ended with exit code 3."),
        ("kill -SEGV $$", "failed", "E-program-failed", "was ended by signal 11 (Segmentation fault)."),
        ("true", "failed", "E-step-output", "Nothing was given on the port `rows`, which is for RawSnapshot."),
        ('mkdir "$OUT/rows"', "failed", "E-step-output", "On `rows`: RawSnapshot is empty."),
        ('touch "$OUT/rows"', "failed", "E-step-output", "On `rows`: RawSnapshot is a folder, and rows is not."),
        ('ln -s /etc "$OUT/rows"', "failed", "E-step-output", "RawSnapshot is a folder, and rows is not."),
        ('mkdir "$OUT/rows"; ln -s /etc/passwd "$OUT/rows/x"', "failed", "E-step-output", "x is neither a file nor"),
    ],
)
def test_what_a_program_does_wrong_is_told(warm: Place, script: str, end: str, code: str, says: str) -> None:
    started = live(warm, lambda place: place.program(script, gives={"rows": "RawSnapshot"}))
    result = result_of(started)
    assert result.error is not None
    assert (result.end, result.error.code) == (end, code)
    assert says in result.error.what
    if "sorry" in script:
        assert started.log.startswith("sorry\n")


@pytest.mark.parametrize(
    ("argv", "args", "says"),
    [
        (("/nowhere/program",), [], "`/nowhere/program` does not start: No such file or directory."),
        (("/etc/passwd",), [], "`/etc/passwd` does not start: Permission denied."),
        (("/bin/echo",), ["a\0b"], "does not start: embedded null byte."),
    ],
)
def test_a_program_that_cannot_start_is_refused(warm: Place, argv: tuple[str, ...], args: list[str], says: str) -> None:
    params = {"run": "it", "args": args}
    result = result_of(live(warm, lambda place: place.run("program", params, programs={"it": argv})))
    assert result.end == "refused"
    assert says in str(result.error)


def test_a_program_that_the_node_does_not_have_is_refused(warm: Place) -> None:
    result = result_of(live(warm, lambda place: place.run("program", {"run": "other"})))
    assert "this node has no program `other`" in str(result.error)


def test_a_relative_path_is_one_of_the_workspace_and_a_bare_name_is_found_on_the_path(warm: Place) -> None:
    async def act(place: Place) -> list[str]:
        place.script("echo by script").__len__()
        name = next(path.name for path in place.root.iterdir() if path.name.startswith("script-"))
        argvs = [(f"./{name}",), ("echo", "by", "name")]
        return [(await place.run("program", {"run": "it"}, programs={"it": argv})).log for argv in argvs]

    assert live(warm, act) == ["by script\n", "by name\n"]


def test_processes_that_outlive_a_program_are_ended_even_in_a_session_of_their_own(place: Place) -> None:
    script = "sleep 61 & setsid sleep 61 & (setsid sh -c 'sleep 61 & sleep 61' &) ; echo started"
    started = live(place, lambda place: place.program(script))
    assert result_of(started).end == "succeeded"
    assert not started.busy
    assert session_members(started.pid) == []
    assert not _sleepers(started)


def test_a_program_that_floods_its_log_from_a_child_left_behind_still_ends(warm: Place) -> None:
    started = live(warm, lambda place: place.program("yes & sleep 0.1", log_limit=1000))
    assert result_of(started).end == "succeeded"
    assert "bytes more were dropped" in started.log


def test_a_cancelled_program_may_tidy_up_and_leaves_no_result(place: Place) -> None:
    async def act(place: Place) -> Started:
        script = "trap 'echo tidied; exit 0' TERM; echo ready; while true; do sleep 0.01; done"
        started = await place.start("program", {"run": "it"}, programs={"it": place.script(script)})
        await until(lambda: "ready" in _text(started))
        os.kill(started.pid, signal.SIGTERM)
        assert os.waitstatus_to_exitcode(await started.ended() or 0) == -signal.SIGTERM
        return started

    started = live(place, act)
    assert started.log == "ready\ntidied\n"
    assert started.result is None
    assert not started.busy


def test_an_artifact_of_an_input_that_is_not_a_tree_of_ours_cannot_be_named(warm: Place) -> None:
    strange = Artifact("RawSnapshot", "../../etc")
    result = result_of(live(warm, lambda place: place.program("true", inputs={"given": (strange,)})))
    assert result.end == "refused"


def _sleepers(started: Started) -> list[str]:
    """What still runs with this attempt's folder in its environment."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                environment = (path / "environ").read_bytes()
            except OSError:
                continue
            if f"OUT={started.folder}/out".encode() in environment:
                found.append((path / "cmdline").read_text())
    return found


def _text(started: Started) -> str:
    return started.log if (started.folder / "log").exists() else ""
