"""Workers that go wrong in every way that a worker can: each attempt has the right end, and says so in a sentence."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.attempt import ATTEMPT, LOCK, LOG, RESULT, AttemptOut
from sentinel.domain.house import AlertCleared, AlertRaised
from sentinel.domain.needs import Needs, Slots
from sentinel.domain.plan import PlannedStep, Retry
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import commands as c
from sentinel.ledger import Ledger
from sentinel.ledger.tables import AttemptRow
from sentinel.supervisor import hands
from sentinel.supervisor.daemon import Daemon
from sentinel.supervisor.hands import Patience
from sentinel.worker import server
from tests.fault import judging, lives, sick
from tests.fault.conftest import Tell

WATCHFUL = Patience(looks_every=0.1, tidies_for=0.5)
IMPATIENT = replace(WATCHFUL, alert_after=1.6, end_after=2.2)
"""A worker shows each second that it lives."""
MANY, FEW = 50, 5


@pytest.fixture(params=[pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.long)])
def number(request: pytest.FixtureRequest) -> int:
    """How many of each kind."""
    return int(request.param)


@pytest.fixture
def site(tmp_path: Path) -> Any:
    """A place for sick workers, of which nothing is left afterwards."""
    site = lives.Site(tmp_path, slots=Slots(FEW, 0, 0, 2**36), patience=WATCHFUL, registry=sick.REGISTRY)
    yield site
    site.clear()


@dataclass(frozen=True)
class Ended:
    """What came of one run of a sick step."""

    run: str
    state: str
    why: str
    attempts: tuple[AttemptRow, ...]

    @property
    def ends(self) -> list[str]:
        """How its attempts ended, in their order."""
        return [each.state for each in self.attempts]


def fall_ill(
    site: lives.Site, number: int, use: str, during: lives.Chore | None = None, *, retry: int = 0, backoff: int = 5,
    batch: int = 0, timeout: int | None = None, memory: int = 2**29, variants: Sequence[dict[str, object]] = ({},),
    first: Callable[[], None] = lambda: None, **params: object,
) -> list[Ended]:  # fmt: skip
    """Let so many runs of a sick step come to their end in one life, with one that is well beside them."""
    needs = Needs(memory=memory)
    step = PlannedStep("s", "use", use, needs=needs, retry=Retry(retry, backoff), timeout=timeout)
    told = [(variants[tag % len(variants)], f"{batch}.{tag}") for tag in range(number)]
    plans = [lives.plan_of(_with(step, {**params, **variant}, tag)) for variant, tag in told]
    beside = lives.plan_of(PlannedStep("s", "use", "well", params={"tag": f"{use} {batch}"}, needs=lives.SMALL))
    status = lives.wait(site.live([*plans, beside], during=during, first=first), 100)
    assert status == lives.DONE, f"{status}: {site.errors()}"
    assert judging.unsound(site) == []
    with Ledger.open(site.ledger) as ledger:
        *ill, fine = sorted(ledger.reads.runs(limit=1000), key=lambda run: run.num)[-number - 1 :]
        assert fine.state == "done", "who is well is not held up by who is not"
        assert ledger.reads.live_attempts() == []
        return [Ended(run.id, run.state, run.why, tuple(ledger.reads.attempts_of(run.id))) for run in ill]


def _with(step: PlannedStep, params: dict[str, object], tag: str) -> PlannedStep:
    return PlannedStep(step.id, step.act, step.use, params={**params, "tag": tag}, needs=step.needs, retry=step.retry,
                       timeout=step.timeout)  # fmt: skip


def all_ended(came: list[Ended], state: str, ends: list[str], *sentences: str) -> None:
    """Each run came to this state by these ends, and each end says this much."""
    for each in came:
        assert (each.state, each.ends) == (state, ends), f"{each.run}: {[row.error for row in each.attempts]}"
        for row in each.attempts:
            said = str(Refusal(**json.loads(row.error))) if row.error is not None else ""
            assert row.state == "succeeded" or all(sentence in said for sentence in sentences), said


@pytest.mark.parametrize("use", ["eats-memory", "eats-memory-in-a-child"])
def test_a_worker_that_needs_more_memory_than_it_said(site: lives.Site, number: int, use: str, tell: Tell) -> None:
    came = fall_ill(site, number, use, retry=2, memory=2**27, mib=200)
    all_ended(came, "failed", ["out-of-memory"], "E-out-of-memory: It was ended: it used ",
              "its needs say 128.0MiB", "Raise `needs.memory`, or give it less to do.")  # fmt: skip
    tell(workers=number)


def test_a_worker_that_the_kernel_kills_is_tried_again(site: lives.Site, number: int, tell: Tell) -> None:
    came = fall_ill(site, number, "is-killed", times=2)
    all_ended(came, "done", ["lost", "lost", "succeeded"], "E-lost: The worker was ended by SIGKILL, not by Sentinel.",
              "It is tried again from its checkpoint.")  # fmt: skip
    tell(workers=2 * number)


def test_a_worker_that_is_killed_each_time_is_given_up(site: lives.Site, number: int, tell: Tell) -> None:
    came = fall_ill(site, number, "is-killed", times=9, retry=9)
    all_ended(came, "failed", ["lost"] * 6, "E-lost: The worker was ended by SIGKILL")
    tell(workers=6 * number)


def test_a_signal_that_has_no_name_is_told_by_its_number(site: lives.Site) -> None:
    came = fall_ill(site, 1, "is-killed", times=1, by=signal.SIGRTMIN + 5)
    all_ended(came, "done", ["lost", "succeeded"], f"ended by signal {signal.SIGRTMIN + 5}, not by Sentinel")


def test_a_worker_that_says_what_cannot_wait_is_heard_while_it_goes_on(site: lives.Site, tell: Tell) -> None:
    came = fall_ill(site, 1, "worries")
    with Ledger.open(site.ledger) as ledger:
        house = [event.body for event in ledger.reads.events(stream="house", limit=10_000)]
    (attempt,) = [row.id for each in came for row in each.attempts]
    raised = [(body.kind, body.sentence) for body in house if isinstance(body, AlertRaised)]
    assert raised == [("alarm", f"{attempt}: the loss rises")]
    assert [body.alert for body in house if isinstance(body, AlertCleared)] == [f"alarm:{attempt}"]
    tell(workers=1)


def test_a_worker_that_stands_still(site: lives.Site, number: int, tell: Tell) -> None:
    """Somebody is told, then it is ended, and tried again as `retry` allows; afterwards the alert is cleared."""
    site.patience = IMPATIENT
    came = fall_ill(site, number, "stops", retry=1)
    all_ended(came, "failed", ["stalled", "stalled"], "E-stalled: It was ended: it gave no sign of life for ")
    with Ledger.open(site.ledger) as ledger:
        house = [event.body for event in ledger.reads.events(stream="house", limit=10_000)]
    raised = {body.about: body.sentence for body in house if isinstance(body, AlertRaised)}
    cleared = {body.alert for body in house if isinstance(body, AlertCleared)}
    attempts = {row.id for each in came for row in each.attempts}
    assert set(raised) == attempts
    assert all(raised[name].startswith(f"{name} has given no sign of life for ") for name in attempts)
    assert cleared == {f"stalled:{name}" for name in attempts}
    tell(workers=2 * number)


@pytest.mark.parametrize("status", [0, 3])
def test_a_worker_that_ends_without_a_result(site: lives.Site, number: int, status: int, tell: Tell) -> None:
    came = fall_ill(site, number, "exits", retry=1, status=status)
    all_ended(came, "failed", ["failed", "failed"], "E-no-result",
              f"The worker ended with exit status {status} and left no result. `sentinel logs` of ")  # fmt: skip
    tell(workers=2 * number)


TORN = ["", '{"attempt": "r1.s.a1", "end": "succ', "[" * 100_000, "\xff\xfe", '{"version": 9}']


def test_a_worker_that_leaves_a_torn_result(site: lives.Site, number: int, tell: Tell) -> None:
    came = fall_ill(site, number, "tears", variants=[{"text": text} for text in TORN])
    all_ended(came, "failed", ["failed"], "E-torn-result: Its result cannot be used: ")
    tell(workers=number)


LIES: list[dict[str, object]] = [
    {"end": "banana"}, {"end": "lost"}, {"end": None}, {"cpu_ms": "much"}, {"cpu_ms": -1}, {"peak_memory": 2**70},
    {"outputs": {"out": [{"kind": "Model", "digest": "../../etc"}]}}, {"outputs": {"out": "nothing"}}, {"outputs": []},
    {"outputs": {"out": [{"kind": "Cat", "digest": "0" * 64}]}}, {"sizes": {"x": -5}}, {"receipt": float("nan")},
    {"says": ["a"]}, {"says": "\ud800"}, {"error": {"code": 1, "what": 2, "where": 3, "todo": 4}},
    {"verdict": {"gate": "x"}}, {"extra": 1},
]  # fmt: skip


def test_a_worker_whose_result_is_no_result(site: lives.Site, number: int, tell: Tell) -> None:
    """Whatever lies there, the daemon stays up and says what it thinks of it."""
    number = max(number, len(LIES))
    came = fall_ill(site, number, "lies", variants=[{"changes": json.dumps(changes)} for changes in LIES])
    all_ended(came, "failed", ["failed"], "E-torn-result: Its result cannot be used: ")
    tell(workers=number)


def test_a_worker_that_leaves_a_folder_for_a_result(site: lives.Site) -> None:
    came = fall_ill(site, 1, "writes-a-folder")
    all_ended(came, "failed", ["failed"], "E-torn-result: Its result cannot be used: ")


def test_a_result_of_another_attempt_is_not_taken(site: lives.Site, number: int, tell: Tell) -> None:
    came = fall_ill(site, number, "lies", changes='{"attempt": "r1.s.a7"}')
    all_ended(came, "failed", ["failed"],
              "E-stale-result: The result that lies there is of 'r1.s.a7', not of this attempt.")  # fmt: skip
    tell(workers=number)


def test_what_lies_under_the_name_of_an_attempt_from_before_harms_nothing(
    site: lives.Site, number: int, tell: Tell
) -> None:
    """An attempt that never came on record, or whose record is gone since a restore: its number is free again."""
    for run in range(1, number + 1):
        folder = site.attempts / f"r{run}.s.a1"
        (folder / "checkpoint").mkdir(parents=True)
        for name in (ATTEMPT, RESULT, LOG, LOCK, "pid"):
            (folder / name).write_text("stale")
    came = fall_ill(site, number, "well")
    all_ended(came, "done", ["succeeded"])
    assert not any((site.attempts / f"{each.run}.s.a1" / "checkpoint").exists() for each in came)
    tell(workers=number)


def test_who_still_works_under_the_name_of_an_attempt_is_ended(site: lives.Site, number: int, tell: Tell) -> None:
    """A backup is restored while a worker lives whose attempt the backup does not know: no two of them may work."""
    step = PlannedStep("s", "use", "takes-its-time", params={"tag": "before"}, needs=lives.SMALL)
    life = site.live([lives.plan_of(step)] * number, until_quiet=False)
    pids = _pids(site, min(number, FEW))
    lives.end(life)
    site.ledger.unlink()
    site.ledger.with_name("ledger.db-wal").unlink()
    came = fall_ill(site, number, "well")
    all_ended(came, "done", ["succeeded"])
    assert not any(lives.alive(pid) for pid in pids)
    tell(workers=number)


def test_a_log_of_a_gigabyte_is_capped(site: lives.Site, number: int, tell: Tell) -> None:
    came: list[Ended] = []
    for batch in range(number // FEW):  # a few at once: the caps together are still gigabytes
        came = fall_ill(site, FEW, "floods", batch=batch)
        all_ended(came, "done", ["succeeded"])
        for each in came:
            log = site.attempts / each.attempts[0].id / LOG
            assert log.stat().st_size < 64 * 2**20 + 200
            with log.open("rb") as file:
                file.seek(-200, os.SEEK_END)
                last = file.read().decode().splitlines()[-1]
            assert last.startswith("… the log is full: 9") and last.endswith(" bytes more were dropped")
            log.unlink()
    tell(workers=number)


@pytest.mark.parametrize("away", [False, True], ids=["in its session", "in one of its own"])
def test_a_child_that_keeps_the_lock_ends_with_its_worker(
    site: lives.Site, number: int, away: bool, tell: Tell
) -> None:
    pids = site.root / "pids"
    came = fall_ill(site, number, "leaves-a-child", pids=str(pids), away=away)
    all_ended(came, "done", ["lost", "succeeded"], "E-lost: The worker was ended by SIGKILL, not by Sentinel.")
    children = lives.lines(pids)
    assert len(children) == number
    assert not any(lives.alive(int(pid)) for pid in children)
    tell(workers=number)


def test_a_fork_server_that_is_slow_to_let_go_of_a_lock_is_not_taken_for_a_child(site: lives.Site) -> None:
    """On a busy machine a worker may end before the server that forked it has closed its own copy of the lock.

    It was ended with the worker; and the next server would not know these steps.
    """

    def slow() -> None:
        hand_over, fork = server._Server._hand_over, server._Server._fork

        def wait(do: Callable[..., None]) -> Callable[..., None]:
            def doing(*told: Any) -> None:
                do(*told)
                time.sleep(0.05)

            return doing

        server._Server._hand_over, server._Server._fork = wait(hand_over), wait(fork)  # type: ignore[method-assign]

    came = fall_ill(site, FEW, "well", first=slow)
    all_ended(came, "done", ["succeeded"])


def test_a_child_that_keeps_the_lock_while_there_is_no_daemon_is_ended_by_the_next(
    site: lives.Site, number: int, tell: Tell
) -> None:
    pids = site.root / "pids"
    step = PlannedStep("s", "use", "leaves-a-child", needs=lives.SMALL)
    for batch in range(number // FEW):
        runs = [lives.plan_of(_with(step, {"pids": str(pids)}, f"{batch}.{tag}")) for tag in range(FEW)]
        pids.unlink(missing_ok=True)
        # the end of a worker is what this daemon never hears of, so that the next one has to find out
        life = site.live(runs, until_quiet=False, first=_deaf)
        lives.until(lambda: len(lives.lines(pids)) == FEW)
        lives.end(life)
        site.finish()
        assert not any(lives.alive(int(pid)) for pid in lives.lines(pids))
    with Ledger.open(site.ledger) as ledger:
        held = [ledger.reads.attempts_of(run.id) for run in ledger.reads.runs(limit=1000)]
    assert len(held) == number
    for lost, again in held:
        assert (lost.state, again.state) == ("lost", "succeeded")
        assert "E-lost: The worker is gone and left no result." in str(Refusal(**json.loads(lost.error or "")))
    tell(workers=number)


def test_a_worker_that_let_go_of_its_lock_does_not_work_beside_the_next(
    site: lives.Site, number: int, tell: Tell
) -> None:
    step = PlannedStep("s", "use", "lets-go", needs=lives.SMALL)
    for batch in range(number // FEW):
        place = replace(site, root=site.root / f"{batch}", born=[])
        life = place.live([lives.plan_of(_with(step, {}, f"{tag}")) for tag in range(FEW)], until_quiet=False)
        pids = _pids(place, FEW)
        lives.until(lambda pids=pids: not any(_holds_lock(pid) for pid in pids))
        lives.end(life)
        place.finish()
        assert not any(lives.alive(pid) for pid in pids)
    tell(workers=number)


def test_a_worker_that_does_not_hear_that_it_is_to_end(site: lives.Site, number: int, tell: Tell) -> None:
    came = fall_ill(site, min(number, FEW), "will-not-go", _cancelling(lambda step: step.live is not None))
    all_ended(came, "cancelled", ["cancelled"], "E-cancelled: It was ended because its run was cancelled.")
    tell(workers=min(number, FEW))


def test_a_run_that_is_cancelled_while_its_worker_is_on_its_way(site: lives.Site, number: int, tell: Tell) -> None:
    """The word came before there was anybody to give it to, and was forgotten: the worker went on for a minute."""
    status = lives.wait(site.live([], during=_cancelling_at_once(number)), 30)
    assert status == lives.DONE, f"{status}: {site.errors()}"
    with Ledger.open(site.ledger) as ledger:
        assert {run.state for run in ledger.reads.runs(limit=1000)} == {"cancelled"}
    tell(runs=number)


def test_a_worker_that_is_slower_than_its_timeout(site: lives.Site, number: int, tell: Tell) -> None:
    came = fall_ill(site, number, "takes-its-time", retry=1, timeout=300)
    all_ended(came, "failed", ["timed-out", "timed-out"], "E-timed-out: ",
              "It was ended: it ran past its timeout of 300ms. Raise `timeout`, or give it less to do.")  # fmt: skip
    tell(workers=2 * number)


def test_a_timeout_counts_from_the_start_whoever_is_the_daemon(site: lives.Site) -> None:
    step = PlannedStep("s", "use", "takes-its-time", needs=lives.SMALL, timeout=3000)
    life = site.live([lives.plan_of(step)], until_quiet=False)
    _pids(site, 1)
    time.sleep(2)
    lives.end(life)
    site.finish()
    with Ledger.open(site.ledger) as ledger:
        (row,) = ledger.reads.attempts_of("r1")
    assert row.state == "timed-out" and row.ended_at is not None
    assert row.ended_at - row.started_at < 4900, "counted anew it would have been five seconds at least"


@pytest.mark.parametrize("how", ["workers", "now", "drain"])
def test_a_daemon_that_goes_down_leaves_its_workers_as_it_was_told(site: lives.Site, how: str) -> None:
    """`down --workers` ends them and starts no others; `down` leaves them; `--drain` waits for them."""

    async def down(site: lives.Site, daemon: Daemon) -> None:
        while len(site.workers()) < FEW:  # noqa: ASYNC110 - from outside
            await asyncio.sleep(0.01)
        await daemon.down(how)

    step = PlannedStep("s", "use", "naps", needs=lives.SMALL)
    naps: dict[str, object] = {"ms": 500 if how == "drain" else 60_000}
    plans = [lives.plan_of(_with(step, naps, f"{tag}")) for tag in range(FEW + 2)]
    status = lives.wait(site.live(plans, during=down), 20)
    assert status == lives.DONE, site.errors()
    pids = site.workers()
    assert len(pids) == FEW
    assert [lives.alive(pid) for pid in pids] == [how == "now"] * FEW
    with Ledger.open(site.ledger) as ledger:
        states = {row.state for run in ledger.reads.runs() for row in ledger.reads.attempts_of(run.id)}
    assert states == {{"workers": "lost", "now": "started", "drain": "succeeded"}[how]}


@pytest.mark.long
def test_a_step_is_not_given_up_since_its_workers_were_ended_with_their_daemon(site: lives.Site) -> None:
    """Who updates a node with `down --workers` each night has not been let down by the step."""

    async def down(site: lives.Site, daemon: Daemon) -> None:
        while not any(map(lives.alive, site.workers())):  # noqa: ASYNC110 - from outside
            await asyncio.sleep(0.01)
        await daemon.down("workers")

    nap = PlannedStep("s", "use", "naps", params={"ms": 60_000}, needs=lives.SMALL)
    for plans in ([lives.plan_of(nap)], *[[]] * 7):
        status = lives.wait(site.live(plans, during=down), 20)
        assert status == lives.DONE, site.errors()
    with Ledger.open(site.ledger) as ledger:
        (run,) = ledger.reads.runs()
        assert [row.state for row in ledger.reads.attempts_of(run.id)] == ["lost"] * 8
        assert run.state not in ("failed", "done")


def test_a_daemon_that_takes_whatever_lies_there_for_a_result_is_caught(site: lives.Site) -> None:
    """The seeded bug."""

    def trusts(attempt: str, folder: Path, *_: object) -> AttemptOut:
        return AttemptOut(attempt, "succeeded")

    def first() -> None:
        hands.result_of = trusts

    came = fall_ill(site, 2, "tears", first=first, text="")
    with pytest.raises(AssertionError):
        all_ended(came, "failed", ["failed"], "E-torn-result")


def _deaf() -> None:
    from sentinel.supervisor.hands import Hands

    async def hears_nothing(*_: object) -> None:
        return None

    Hands._gone = hears_nothing  # type: ignore[method-assign]


def _cancelling(when: Callable[[Any], bool]) -> lives.Chore:
    async def cancel(site: lives.Site, daemon: Daemon) -> None:
        for name in [each for each in site.acknowledged() if each != site.acknowledged()[-1]]:
            while not (site.attempts / f"{name}.s.a1" / "progress.jsonl").exists():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await daemon.do(lambda engine, name=name: engine.command("uid:1", name, c.Cancel("cancelled", "enough")))
        await lives.quiet(daemon)

    return cancel


def _cancelling_at_once(number: int) -> lives.Chore:
    """Ask for runs, and cancel each before its worker can be there."""

    async def cancel(site: lives.Site, daemon: Daemon) -> None:
        for tag in range(number):
            step = PlannedStep("s", "use", "takes-its-time", params={"tag": f"late {tag}"}, needs=lives.SMALL)
            name = await lives.ask(site, daemon, lives.plan_of(step))
            await daemon.do(lambda engine, name=name: engine.command("uid:1", name, c.Cancel("cancelled", "enough")))
        await lives.quiet(daemon)

    return cancel


def _pids(site: lives.Site, number: int) -> list[int]:
    """The workers, once so many have said who they are."""
    lives.until(lambda: len(site.workers()) == number)
    return site.workers()


def _holds_lock(pid: int) -> bool:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            if os.readlink(link).endswith(LOCK):
                return True
    return False
