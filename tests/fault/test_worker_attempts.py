"""One attempt in a process of its own, warm and cold: what it is given, what it leaves, and how each end is told."""

import json
import os
from pathlib import Path

import pytest

from sentinel.contract.attempt import LOCK, AttemptOut, read_result
from sentinel.domain.artifact import Artifact
from sentinel.domain.needs import Needs
from sentinel.outside.processes import start_time
from tests.fault.working import Place, Started, live


@pytest.fixture(params=["warm", "cold"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place whose workers are forked warm, and one whose workers start cold."""
    return Place(tmp_path, warm=request.param == "warm")


@pytest.fixture
def warm(tmp_path: Path) -> Place:
    """A place whose workers are forked warm."""
    return Place(tmp_path)


def result_of(started: Started) -> AttemptOut:
    assert started.result is not None
    return started.result


def test_a_step_gives_its_outputs_to_the_store_by_port(place: Place) -> None:
    base = place.kept("Card", text="before, ")
    started = live(place, lambda place: place.run("make", {"text": "after", "specs": 2}, inputs={"base": (base,)}))
    result = result_of(started)
    assert result.end == "succeeded"
    assert place.read(started, "card", "text") == "before, after"
    assert [artifact.kind for artifact in result.outputs["specs"]] == ["Spec", "Spec"]
    assert set(result.sizes) == {artifact.digest for held in result.outputs.values() for artifact in held}
    assert result.peak_memory > 2**20
    assert '"done": 1' in (started.folder / "progress.jsonl").read_text()


def test_a_worker_leads_its_own_session_and_says_who_it_is_before_it_begins(place: Place) -> None:
    async def act(place: Place) -> None:
        started = await place.start("wait-for", {"time_": 60_000})
        while not (started.folder / "progress.jsonl").exists():
            pass
        pid, begun = map(int, (started.folder / LOCK).read_text().split())
        assert pid == started.pid == os.getsid(pid) == os.getpgid(pid)
        assert begun == start_time(pid)
        assert started.busy
        os.kill(pid, 9)
        assert await started.ended() == 9
        assert not started.busy
        assert started.result is None

    live(place, act)


@pytest.mark.parametrize(
    ("use", "end", "sentence"),
    [
        ("crash", "failed", "s: E-step-crashed: the step crashed with ValueError: it broke with nothing."),
        ("refuse", "refused", "s: E-odd: the rows are empty. Give it some."),
        ("exit-softly", "failed", "s: E-step-crashed: the step crashed with SystemExit: 0."),
        ("absent", "refused", "s: E-step-unknown: no step is called `absent` here."),
        ("bad-form", "failed", "s: E-step-output: On `model`: Model lacks config.json."),
    ],
)
def test_each_end_of_a_step_is_told_in_its_sentence(warm: Place, use: str, end: str, sentence: str) -> None:
    started = live(warm, lambda place: place.run(use))
    result = result_of(started)
    assert result.end == end
    assert str(result.error).startswith(sentence)


def test_only_a_crash_has_a_traceback_and_only_in_the_log(warm: Place) -> None:
    crashed, refused = live(warm, lambda place: _both(place, "crash", "refuse"))
    assert "Traceback" in crashed.log
    assert "Traceback" not in (crashed.folder / "result.json").read_text()
    assert refused.log == "E-odd: the rows are empty. Give it some.\n"


async def _both(place: Place, *uses: str) -> list[Started]:
    return [await place.run(use) for use in uses]


def test_nothing_trained_is_an_end_of_its_own(warm: Place) -> None:
    result = result_of(live(warm, lambda place: place.run("no-data")))
    assert (result.end, result.says, result.error) == ("nothing-trained", "no new rows", None)


def test_parameters_that_do_not_fit_are_refused(warm: Place) -> None:
    result = result_of(live(warm, lambda place: place.run("make", {"specs": "many"})))
    assert result.end == "refused"
    assert "`specs` of `make`" in str(result.error)


def test_an_attempt_that_cannot_be_read_fails_with_a_sentence(place: Place) -> None:
    async def act(place: Place) -> Started:
        folder, lock = place.prepare("nothing")
        (folder / "attempt.json").write_text('{"version": 99}')
        pid = await place.workers.spawn(folder, lock) if place.warm else place.workers.spawn_cold(folder, lock)
        os.close(lock)
        started = Started(folder, pid, place.workers)
        assert await started.ended() == 0
        return started

    result = result_of(live(place, act))
    assert result.end == "failed"
    assert result.error is not None
    assert result.error.code == "E-attempt-unreadable"


def test_a_receipt_and_the_pins_of_a_version_come_with_the_result(warm: Place) -> None:
    acted, made = live(warm, lambda place: _effect_and_version(place))
    assert acted.receipt == {"key": "k1"}
    assert made.pins["threads"] == 2
    assert len(made.pins["tokenizer"]) == 64
    assert any(line.startswith("pydantic==") for line in made.pins["lock"])


async def _effect_and_version(place: Place) -> tuple[AttemptOut, AttemptOut]:
    acted = await place.run("act", effect_key="k1")
    made = await place.run("model", needs=Needs(cpus=2))
    return result_of(acted), result_of(made)


def test_everything_that_a_step_and_its_children_say_is_in_the_log(place: Place) -> None:
    log = live(place, lambda place: place.run("last-words")).log
    assert sorted(log.splitlines()) == ["by child", "by descriptor", "by error", "by print", "without a new line"]


def test_a_child_that_a_step_forks_and_lets_return_does_not_speak_for_the_attempt(warm: Place) -> None:
    started = live(warm, lambda place: place.run("fork"))
    assert result_of(started).end == "succeeded"
    assert [each.name for each in started.folder.iterdir() if each.name.startswith(".result")] == []


def test_a_lost_attempt_is_gone_on_with_from_its_checkpoint(warm: Place) -> None:
    async def act(place: Place) -> list[int | None]:
        statuses, earlier = [], None
        for _ in range(3):
            started = await place.start("save", {"upto": 3}, checkpoint_from=earlier)
            statuses.append(await started.ended())
            earlier = str(started.folder)
        assert result_of(started).end == "succeeded"
        return statuses

    assert live(warm, act) == [9, 9, 0]


def test_a_gate_is_judged_in_a_worker_and_its_verdict_comes_with_the_result(place: Place) -> None:
    card = place.kept("Card", text="hello")
    plan = {
        "gate": "whole", "digest": "d", "judges": "candidate", "against": None, "then": {}, "wait": None,
        "checks": [{"use": "checksum", "version": 1, "params": {}, "ports": []}],
    }  # fmt: skip
    gate = {"plan": plan, "round": 1, "champion": None, "looks": 1}
    started = live(
        place,
        lambda place: place.run("gate", inputs={"candidate": (card,)}, gate=gate, gives={"verdict": "Verdict"}),
    )
    verdict = result_of(started).verdict
    assert verdict is not None
    assert (verdict.verdict, verdict.subject) == ("pass", card.digest)
    assert verdict.artifact == result_of(started).outputs["verdict"][0].digest
    assert json.loads(place.read(started, "verdict", "verdict.json"))["verdict"] == "pass"


def test_a_worker_without_the_lock_touches_nothing(place: Place) -> None:
    async def act(place: Place) -> None:
        folder, lock = place.prepare("nothing")
        with (folder / "other").open("w") as other:
            spawn = place.workers.spawn
            pid = (
                await spawn(folder, other.fileno()) if place.warm else place.workers.spawn_cold(folder, other.fileno())
            )
            started = Started(folder, pid, place.workers)
            assert os.waitstatus_to_exitcode(await started.ended() or 0) == 75
        os.close(lock)
        assert (folder / LOCK).read_text() == ""
        assert read_result(folder) is None

    live(place, act)


def test_a_step_sees_only_the_gpus_that_its_attempt_claimed(warm: Place) -> None:
    async def act(place: Place) -> list[str]:
        claims: list[tuple[int, ...]] = [(), (1, 3)]
        return [place.read(await place.run("tell", gpus=gpus), "card", "gpus") for gpus in claims]

    assert live(warm, act) == ["", "1,3"]


def test_a_worker_holds_nothing_of_the_server_or_of_the_daemon_or_of_who_started_that(place: Place) -> None:
    with (place.root / "ledger.db").open("w") as ledger:
        os.set_inheritable(ledger.fileno(), True)
        started = live(place, lambda place: place.run("tell"))
    handles = place.read(started, "card", "handles").splitlines()
    pipes = {name for name in handles if name.startswith("pipe:")}
    # standard output, standard error and the end that the log is read from are one pipe; a warm worker has another, by
    # whose end the daemon hears that it has let go of the lock
    assert len(pipes) == (2 if place.warm else 1)
    assert set(handles) - pipes == {"/dev/null", f"{started.folder}/lock"}


def test_a_light_attempt_loads_nothing_heavy(tmp_path: Path) -> None:
    place = Place(tmp_path, quick=False)
    modules = set(place.read(live(place, lambda place: place.run("tell")), "card", "modules").splitlines())
    assert modules.isdisjoint({"torch", "numpy", "polars", "sqlite3", "asyncio", "apscheduler"})


def test_an_unknown_kind_on_a_port_of_a_program_is_no_way_around_the_form(warm: Place) -> None:
    started = live(
        warm, lambda place: place.program('mkdir "$OUT/model"; touch "$OUT/model/x"', gives={"model": "Model"})
    )
    assert str(result_of(started).error).startswith("s: E-step-output: On `model`: Model lacks config.json.")


def test_what_a_step_is_given_is_read_only_in_the_store(warm: Place) -> None:
    base = warm.kept("Card", text="before")
    live(warm, lambda place: place.run("make", inputs={"base": (base,)}))
    assert warm.store.verify(base.digest) == []
    assert Artifact("Card", base.digest) == base
