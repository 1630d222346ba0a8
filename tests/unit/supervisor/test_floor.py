"""Who starts when: slots, priority, age, hours, one at a time, reuse."""

from dataclasses import replace
from pathlib import Path

from sentinel.domain.needs import Needs, Slots
from sentinel.domain.plan import Plan, Policy
from sentinel.domain.run import commands as c
from tests.unit.domain.plans import MINUTE, approve, gate, plan, use, wait
from tests.unit.supervisor.floor import ROUTER, House, Recipe

ONE_CPU = Slots(1, 0, 0, 2**36)


def with_policy(made: Plan, **policy: object) -> Plan:
    """A plan under another policy."""
    return replace(made, policy=Policy(**policy))  # type: ignore[arg-type]


def test_steps_that_fit_start_side_by_side_and_the_others_wait(tmp_path: Path) -> None:
    house = House(tmp_path, Slots(2, 0, 0, 2**36))
    run = house.queue(plan(use("one"), use("two"), use("three")))
    assert house.living == {f"{run}.one.a1", f"{run}.two.a1"}
    house.finish(f"{run}.one.a1")
    assert house.living == {f"{run}.two.a1", f"{run}.three.a1"}


def test_a_run_stays_queued_until_one_of_its_steps_can_start(tmp_path: Path) -> None:
    house = House(tmp_path, ONE_CPU)
    first, second = house.queue(plan(use("one"))), house.queue(plan(use("one"), use("two")))
    assert house.run(second).state == "queued"
    house.finish(f"{first}.one.a1")
    assert house.run(second).state == "running"


def test_priority_goes_before_age(tmp_path: Path) -> None:
    house = House(tmp_path, ONE_CPU)
    first = house.queue(plan(use("one")))
    low, high = house.queue(plan(use("low")), priority=10), house.queue(plan(use("high")), priority=90)
    house.finish(f"{first}.one.a1")
    assert house.living == {f"{high}.high.a1"}
    house.finish(f"{high}.high.a1")
    assert house.living == {f"{low}.low.a1"}


def test_moving_a_run_in_the_queue_changes_who_is_next(tmp_path: Path) -> None:
    house = House(tmp_path, ONE_CPU)
    first = house.queue(plan(use("one")))
    second, third = house.queue(plan(use("two"))), house.queue(plan(use("three")))
    house.do(lambda engine: engine.command("uid:ada", third, c.Reprioritise(99)))
    house.finish(f"{first}.one.a1")
    assert house.living == {f"{third}.three.a1"}
    assert house.run(second).state == "queued"


def test_a_run_whose_first_step_needs_no_slot_begins_though_all_slots_are_taken(tmp_path: Path) -> None:
    house = House(tmp_path, ONE_CPU)
    house.queue(plan(use("one")))
    asks = house.queue(plan(approve("sure"), use("two")))
    assert house.run(asks).state == "waiting"
    assert house.run(asks).step("sure").waits_for == "approval"


def test_each_attempt_gets_gpus_of_its_own(tmp_path: Path) -> None:
    house = House(tmp_path, Slots(8, 3, 2**34, 2**36))
    run = house.queue(plan(use("one", gpus=2), use("two", gpus=1)))
    given = [house.told.attempts[f"{run}.{step}.a1"].gpus for step in ("one", "two")]
    assert given == [(0, 1), (2,)]
    house.restart()
    again = house.queue(plan(use("three", gpus=2)))
    house.finish(f"{run}.one.a1")
    assert house.told.attempts[f"{again}.three.a1"].gpus == (0, 1)


def test_claims_survive_a_restart(tmp_path: Path) -> None:
    house = House(tmp_path, ONE_CPU)
    first = house.queue(plan(use("one")))
    house.restart()
    second = house.queue(plan(use("two")))
    house.tick()
    assert house.run(second).state == "queued"
    house.finish(f"{first}.one.a1")
    assert house.run(second).state == "running"


def test_attempts_start_within_the_allowed_hours_only(tmp_path: Path) -> None:
    house = House(tmp_path, timezone="UTC")
    # the fake clock stands at 22:13 UTC
    made = with_policy(plan(use("one"), use("two", after=["one"])), hours=(23 * 60, 6 * 60))
    run = house.queue(made)
    assert house.run(run).state == "queued"
    opens = house.engine.next_alarm()
    assert opens is not None
    house.tick((opens - house.clock.now()) / 1000)
    assert house.living == {f"{run}.one.a1"}
    house.clock.advance(8 * 3600)
    house.finish(f"{run}.one.a1")
    assert house.states(run).get("two", "pending") == "pending"


def test_a_run_that_wants_no_slot_at_first_is_woken_when_its_hours_begin(tmp_path: Path) -> None:
    house = House(tmp_path, timezone="UTC")
    run = house.queue(with_policy(plan(approve("sure"), use("one")), hours=(23 * 60, 6 * 60)))
    opens = house.engine.next_alarm()
    assert house.run(run).state == "queued"
    assert opens is not None
    house.tick((opens - house.clock.now()) / 1000)
    assert house.run(run).state == "waiting"


def test_one_run_of_a_line_at_a_time(tmp_path: Path) -> None:
    house = House(tmp_path)
    made = with_policy(plan(approve("sure"), use("one")), at_most_one_per="line")
    first, second = house.queue(made), house.queue(made)
    other_line = house.queue(made, line="other")
    assert [house.run(each).state for each in (first, second, other_line)] == ["waiting", "queued", "waiting"]
    house.do(lambda engine: engine.command("uid:ada", first, c.Answer(None, False, "no")))
    assert house.run(first).state == "rejected"
    assert house.run(second).state == "waiting"


def test_one_run_of_a_recipe_at_a_time_whatever_its_line(tmp_path: Path) -> None:
    house = House(tmp_path)
    made = with_policy(plan(approve("sure"), use("one")), at_most_one_per="recipe")
    first, second = house.queue(made, line="one"), house.queue(made, line="two")
    assert [house.run(each).state for each in (first, second)] == ["waiting", "queued"]


def test_a_result_with_the_same_key_is_reused_and_says_from_where(tmp_path: Path) -> None:
    house = House(tmp_path)
    first = house.queue(plan(use("one")))
    house.finish(f"{first}.one.a1")
    second = house.queue(plan(use("one"), use("two", takes={"x": "one.out"})))
    step = house.run(second).step("one")
    assert (step.state, step.source) == ("reused", f"{first}.one.a1")
    assert house.told.attempts[f"{second}.two.a1"].inputs["x"] == house.run(first).step("one").outputs["out"]


def test_a_full_disk_starts_nothing_raises_an_alert_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.told.full = True
    run = house.queue(plan(use("one")))
    assert house.living == set()
    assert [alert.kind for alert in house.engine.ledger.reads.alerts()] == ["disk"]
    house.told.full = False
    house.tick()
    assert house.living == {f"{run}.one.a1"}
    assert house.engine.ledger.reads.alerts() == []


def test_an_alert_about_an_attempt_is_over_with_it_even_where_it_comes_late(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = house.queue(plan(use("one")))
    house.do(lambda engine: engine.alert("alarm", f"{run}.one.a1", "the loss rises"))
    assert [alert.kind for alert in house.engine.ledger.reads.alerts()] == ["alarm"]
    house.finish(f"{run}.one.a1")
    house.do(lambda engine: engine.alert("stalled", f"{run}.one.a1", "no sign of life"))
    assert house.engine.ledger.reads.alerts() == []


def test_a_full_disk_wakes_nobody_each_second_for_a_run_that_may_not_start_before_the_night(tmp_path: Path) -> None:
    house = House(tmp_path, timezone="UTC")
    house.told.full = True
    house.queue(with_policy(plan(use("one")), hours=(22 * 60, 23 * 60)))  # it is 22:13
    assert house.engine.next_alarm() == house.clock.now() + 1000
    house.tick(3600)
    opens = house.engine.next_alarm()
    assert opens is not None
    assert opens > house.clock.now() + 20 * 3_600_000


def test_a_step_that_no_node_can_hold_lets_the_others_go_by(tmp_path: Path) -> None:
    house = House(tmp_path, ONE_CPU)
    big = replace(use("big"), needs=Needs(cpus=64))
    run = house.queue(plan(big, use("small")))
    house.tick(3600 * 5)
    assert f"{run}.small.a1" in house.living or house.run(run).state == "queued"


def test_a_retry_waits_for_its_time_and_then_starts(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = house.queue(plan(use("one", times=1, backoff=60_000)))
    house.finish(f"{run}.one.a1", "failed")
    assert house.run(run).step("one").waits_for == "retry"
    house.tick(30)
    assert house.living == set()
    alarm = house.engine.next_alarm()
    assert alarm is not None
    house.tick((alarm - house.clock.now()) / 1000)
    assert house.living == {f"{run}.one.a2"}


def test_a_retry_whose_time_has_come_and_whose_input_is_made_anew_rings_for_nobody(tmp_path: Path) -> None:
    """The alarm was set to that moment, which is past, again and again."""
    house = House(tmp_path, ONE_CPU)
    judged = gate("proof", takes={"report": "made.out"}, then={"inconclusive": "wait"}, at_most=MINUTE)
    run = house.queue(plan(use("made"), use("tried", takes={"in": "made.out"}, times=2, backoff=2 * MINUTE), judged))
    house.finish(f"{run}.made.a1")
    house.finish(f"{run}.tried.a1", "failed")
    house.judge(f"{run}.proof.a1", "inconclusive", None)
    for _ in range(20):
        alarm = house.engine.next_alarm()
        assert alarm is None or alarm > house.clock.now()
        house.tick(30)


def test_a_wait_ends_when_its_time_comes_though_the_daemon_was_away(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = house.queue(plan(wait("night", 60_000), use("one", after=["night"])))
    house.restart()
    house.tick(61)
    assert house.living == {f"{run}.one.a1"}


def test_cancelling_ends_the_workers_and_then_the_run(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = house.queue(plan(use("one"), use("two", after=["one"])))
    house.do(lambda engine: engine.command("uid:ada", run, c.Cancel("cancelled", "enough")))
    assert house.ended == [(f"{run}.one.a1", "cancelled")]
    assert house.run(run).state == "running"
    house.finish(f"{run}.one.a1", "cancelled")
    assert (house.run(run).state, house.run(run).why) == ("cancelled", "enough")


def test_a_paused_run_starts_nothing_until_it_is_resumed(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = house.queue(plan(use("one"), use("two", after=["one"])))
    house.do(lambda engine: engine.command("uid:ada", run, c.Pause("")))
    house.finish(f"{run}.one.a1")
    assert house.living == set()
    house.do(lambda engine: engine.command("uid:ada", run, c.Resume()))
    assert house.living == {f"{run}.two.a1"}


def test_a_drained_daemon_starts_nothing_and_lets_what_runs_end(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = house.queue(plan(use("one"), use("two", after=["one"])))
    house.engine.draining = True
    house.finish(f"{run}.one.a1")
    assert house.living == set()
    assert house.engine.live() == []
    house.restart()
    house.tick()
    assert house.living == {f"{run}.two.a1"}


def test_an_unknown_run_is_refused_with_what_to_do(tmp_path: Path) -> None:
    house = House(tmp_path)
    answer = house.do(lambda engine: engine.command("uid:ada", "r99", c.Pause("")))
    assert answer.code == "E-unknown-run"
    assert "sentinel runs" in answer.todo


def test_a_recipe_asked_for_twice_is_one_run_where_one_is_allowed(tmp_path: Path) -> None:
    from sentinel.supervisor import verbs

    made = with_policy(plan(use("one")), at_most_one_per="line")
    house = House(tmp_path, ONE_CPU, recipes={"trial": Recipe(made)})
    answers = [house.do(lambda engine: verbs.queue(engine, "uid:ada", "trial", None, {})) for _ in range(3)]
    assert answers == ["r1", "r2", "r2"]


def test_a_missed_night_gives_one_catch_up_and_then_one_run_a_night(tmp_path: Path) -> None:
    from sentinel.supervisor.catalogue import TriggerInForce
    from sentinel.supervisor.taking import take

    made = plan(use("one"))
    house = House(tmp_path, recipes={"trial": Recipe(made)})
    cron = TriggerInForce("trial", ROUTER, "cron", 0, {"at": "0 3 * * *"})
    house.catalogue = replace(house.catalogue, triggers=(cron,))
    house.do(lambda engine: take(engine, house.catalogue, (), {}))
    house.tick(5 * 86_400)
    name = cron.stream.removeprefix("trigger/")
    fires = house.engine.ledger.reads.fires(name)
    assert [fire.missed for fire in fires] == [4]
    house.restart()
    house.tick()
    house.tick(86_400)
    assert len(house.engine.ledger.reads.fires(name)) == 2


def test_two_slots_that_are_due_at_once_come_to_one_run_where_one_is_allowed(tmp_path: Path) -> None:
    from sentinel.supervisor.catalogue import TriggerInForce
    from sentinel.supervisor.taking import take

    made = with_policy(plan(use("one")), at_most_one_per="recipe")
    house = House(tmp_path, recipes={"trial": Recipe(made)})
    crons = tuple(TriggerInForce("trial", ROUTER, "cron", n, {"at": f"0 {3 + n} * * *"}) for n in range(2))
    house.catalogue = replace(house.catalogue, triggers=crons)
    house.do(lambda engine: take(engine, house.catalogue, (), {}))
    house.queue(made, line=ROUTER)
    house.tick(5 * 86_400)
    assert [run.id for run in house.engine.ledger.reads.runs()] == ["r2", "r1"]


def _with_a_failed_child(house: House) -> str:
    inner = replace(plan(use("deep")), recipe="inner")
    first = replace(use("first"), reads=("world",))  # never reused
    run = house.queue(plan(first, use("sub", does="recipe", recipe="inner", after=["first"]), children=[inner]))
    house.finish(f"{run}.first.a1")
    house.finish("r2.deep.a1", "failed")
    assert house.run(run).state == "failed"
    house.do(lambda engine: engine.command("uid:0", "r2", c.RetryRun(None, "mended")))
    return run


def test_the_end_of_a_child_is_not_taken_for_that_of_the_one_that_its_parent_asked_for_since(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = _with_a_failed_child(house)
    house.do(lambda engine: engine.command("uid:0", run, c.RetryRun(None, "mended")))
    assert house.run(run).step("sub").child == "r3"
    house.finish("r2.deep.a2")
    assert (house.run("r2").state, house.run(run).step("sub").state) == ("done", "running")


def test_the_end_of_a_child_that_its_parent_waits_for_no_more_is_its_own(tmp_path: Path) -> None:
    """It ended the daemon, and the next one, and the next."""
    house = House(tmp_path)
    run = _with_a_failed_child(house)
    house.do(lambda engine: engine.command("uid:0", run, c.RetryRun("first", "mended")))
    house.finish("r2.deep.a2")
    assert house.run("r2").state == "done"
    assert house.run(run).step("sub").state == "pending"


def test_files_taken_again_keep_a_trigger_and_a_recipe_that_lets_go_of_it_disarms_it(tmp_path: Path) -> None:
    from sentinel.supervisor.catalogue import TriggerInForce
    from sentinel.supervisor.taking import take

    house = House(tmp_path)
    cron = TriggerInForce("trial", ROUTER, "cron", 0, {"at": "0 3 * * *"})
    with_it = replace(house.catalogue, triggers=(cron,))
    for taken, armed in ((with_it, True), (with_it, True), (house.catalogue, False), (with_it, True)):
        house.do(lambda engine, taken=taken: take(engine, taken, (), {}))
        assert house.engine.ledger.state(cron.stream).armed is armed


def test_an_effect_that_is_done_is_not_done_again_though_its_step_is_asked_for_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    run = house.queue(plan(replace(use("told", gives=[]), effect="post"), use("after", after=["told"])))
    house.finish(f"{run}.told.a1", outputs={}, receipt={"status": 200})
    house.finish(f"{run}.after.a1")
    house.do(lambda engine: engine.command("uid:ada", run, c.RetryRun("told", "once more")))
    step = house.run(run).step("told")
    assert (step.state, step.source) == ("reused", f"{run}.told.a1")
    assert (house.living, house.run(run).state) == (set(), "done")
