"""What a run may spend: wall time in running, and GPU time summed over its attempts."""

from sentinel.domain.quantity import DAY, HOUR, MINUTE
from sentinel.domain.run import commands as c
from tests.unit.domain.life import Life
from tests.unit.domain.plans import approve, plan, use


def test_a_run_whose_wall_time_is_spent_is_ended_as_failed() -> None:
    life = Life(plan(use("a"), use("b"), wall=HOUR))
    life.begin("a")
    life.later(HOUR)
    assert life.run.ending is None
    life.later(1)
    assert life.run.ending == ("failed", "its budget of 1h wall time is spent")
    life.end("a", "cancelled")
    assert [life.run.state, life.run.why] == ["failed", "its budget of 1h wall time is spent"]


def test_waiting_and_paused_time_is_not_spent() -> None:
    life = Life(plan(approve("word", within=3 * DAY), use("a"), wall=HOUR))
    life.later(2 * DAY)
    life.do(c.Answer("word", True, ""))
    life.begin("a")
    life.later(50 * MINUTE)
    life.do(c.Pause(""))
    life.later(DAY)
    life.do(c.Resume())
    life.later(10 * MINUTE)
    assert life.run.spent(life.at) == HOUR
    assert life.run.ending is None
    life.later(1)
    assert life.run.ending is not None


def test_time_in_the_queue_is_not_spent() -> None:
    life = Life(plan(use("a"), wall=HOUR), start=False)
    life.later(DAY)
    life.start()
    assert life.run.spent(life.at) == 0


def test_gpu_time_is_summed_over_attempts_and_gpus_while_they_run() -> None:
    life = Life(plan(use("a", gpus=2, times=1, backoff=0), use("b", gpus=1), use("c"), gpu=HOUR))
    life.begin("a")
    life.begin("c")
    life.end("a", "failed", after=10 * MINUTE)
    assert life.run.gpu_ms == 20 * MINUTE
    life.later(HOUR)
    assert life.run.ending is None
    life.begin("b")
    life.later(40 * MINUTE)
    assert life.run.ending is None
    life.later(1)
    assert life.run.ending == ("failed", "its budget of 1h GPU time is spent")


def test_a_run_without_a_budget_may_take_for_ever() -> None:
    life = Life(plan(use("a", gpus=8)))
    life.begin("a")
    life.later(1000 * DAY)
    assert life.run.ending is None
