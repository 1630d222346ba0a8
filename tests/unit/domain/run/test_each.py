"""Steps with `each`: one instance an element, and the successes in order."""

from collections.abc import Sequence

from sentinel.domain.run import commands as c
from sentinel.domain.run import events as e
from tests.unit.domain.life import Life, refusal
from tests.unit.domain.plans import gate, model, plan, use


def spread(*names: str, optional: bool = False, times: int = 0, below: Sequence[str] = ("out",)) -> Life:
    """A run that has its list, trains each of it, and binds what came of it below."""
    life = Life(
        plan(
            use("specs", many=["out"]),
            use("base"),
            use(
                "train",
                each="specs.out",
                takes={"spec": "it", "base": "base.out"},
                optional=optional,
                times=times,
                backoff=0,
            ),
            use("pick", takes={port: [f"train.{port}"] for port in below}),
        )
    )
    life.begin("specs")
    life.end("specs", outputs={"out": [model(name) for name in names]})
    life.begin("base")
    life.end("base", outputs={"out": [model("base")]})
    return life


def test_each_element_is_an_instance_of_its_own() -> None:
    life = spread("x", "y")
    assert life.ready == ["train.0", "train.1"]
    assert life.state("train") == "running"
    assert life.inputs("train.1") == {"spec": (model("y"),), "base": (model("base"),)}


def test_below_a_step_with_each_its_port_is_the_list_of_the_successes_in_the_order_of_the_elements() -> None:
    life = spread("x", "y", "z")
    for index in (2, 0, 1):
        life.begin(f"train.{index}")
        life.end(f"train.{index}", outputs={"out": [model(f"made-{index}")]})
    assert life.inputs("pick") == {"out": (model("made-0"), model("made-1"), model("made-2"))}
    assert life.why("train") == "3 of 3 succeeded"


def test_one_failure_never_stops_its_siblings() -> None:
    life = spread("x", "y", "z")
    life.fail("train.0")
    assert life.ready == ["train.1", "train.2"]
    life.begin("train.1")
    life.end("train.1", outputs={"out": [model("made-1")]})
    life.fail("train.2")
    assert [life.outcome("train"), life.why("train")] == ["done", "1 of 3 succeeded"]
    assert life.inputs("pick") == {"out": (model("made-1"),)}
    life.done("pick")
    assert life.run.state == "done"


def test_a_step_none_of_whose_elements_succeeded_has_trained_nothing() -> None:
    life = spread("x", "y")
    life.fail("train.0")
    life.begin("train.1")
    life.end("train.1", nothing=True)
    assert [life.state("train"), life.outcome("train"), life.why("train")] == [
        "done",
        "nothing-trained",
        "none of 2 succeeded",
    ]
    assert [life.state("pick"), life.run.state] == ["skipped", "nothing-trained"]


def test_an_empty_list_has_trained_nothing() -> None:
    life = spread()
    assert [life.outcome("train"), life.why("train"), life.run.state] == [
        "nothing-trained",
        "the list was empty",
        "nothing-trained",
    ]


def test_an_optional_step_that_trained_nothing_lets_the_run_be_done() -> None:
    life = spread(optional=True)
    assert [life.outcome("train"), life.run.state] == ["nothing-trained", "done"]


def test_of_two_barren_steps_the_one_that_is_not_optional_counts() -> None:
    life = Life(plan(use("a", optional=True), use("b")))
    for name in ("a", "b"):
        life.begin(name)
        life.end(name, nothing=True)
    assert [life.run.state, life.run.why.partition(":")[0]] == ["nothing-trained", "`b`"]


def test_each_element_has_its_own_retries() -> None:
    life = spread("x", "y", times=1)
    life.fail("train.0")
    assert life.state("train.0") == "waiting"
    life.fail("train.1")
    life.fail("train.1")
    assert [life.state("train.0"), life.state("train.1")] == ["waiting", "failed"]
    life.done("train.0")
    assert life.outcome("train") == "done"


def test_an_element_may_be_reused() -> None:
    life = spread("x", "y")
    life.do(c.TakeReused("train.0", "r0.train.0.a1", "0" * 64, {"out": (model("old"),)}))
    life.begin("train.1")
    life.end("train.1", outputs={"out": [model("new")]})
    assert life.inputs("pick") == {"out": (model("old"), model("new"))}


def test_the_step_itself_is_not_started_or_reused_only_its_elements() -> None:
    life = Life(plan(use("specs", many=["out"]), use("train", each="specs.out", takes={"spec": "it"})))
    life.take([e.AttemptStarted("specs", "r1.specs.a1", "here", {}, None, None)])
    life.take([e.AttemptEnded("specs", "r1.specs.a1", "succeeded", {}, "", None, None, 0, 0, False)])
    life.take([e.StepEnded("specs", "done", "done", {"out": (model("x"),)}, "")])
    assert refusal(life.ask(c.StartAttempt("train", "here", None, None))).code == "E-not-startable"
    assert refusal(life.ask(c.TakeReused("train", "r0.train.a1", "0" * 64, {}))).code == "E-not-startable"


def test_elements_not_yet_begun_are_skipped_once_the_run_is_ending() -> None:
    life = Life(plan(use("specs", many=["out"]), use("train", each="specs.out", takes={"spec": "it"}), use("beside")))
    life.begin("beside")
    life.begin("specs")
    life.end("specs", outputs={"out": [model("x"), model("y")]})
    life.begin("train.0")
    life.end("beside", "failed")
    assert [life.state("train.0"), life.state("train.1"), life.run.state] == ["running", "skipped", "running"]
    life.end("train.0")
    assert [life.why("train"), life.run.state] == ["1 of 2 succeeded", "failed"]


def test_a_step_with_each_below_a_bar_spreads_only_once_the_bar_has_passed() -> None:
    life = Life(plan(use("specs", many=["out"]), gate("proof"), use("train", each="specs.out", takes={"spec": "it"})))
    life.begin("specs")
    life.end("specs", outputs={"out": [model("x")]})
    assert life.of(e.StepSpread) == []
    life.judge("proof", "pass")
    assert life.of(e.StepSpread) == [e.StepSpread("train", (model("x"),))]


def test_a_list_may_come_from_another_step_with_each() -> None:
    life = Life(
        plan(
            use("specs", many=["out"]),
            use("train", each="specs.out", takes={"spec": "it"}),
            use("score", each="train.out", takes={"model": "it"}),
        )
    )
    life.begin("specs")
    life.end("specs", outputs={"out": [model("x"), model("y")]})
    life.fail("train.0")
    life.begin("train.1")
    life.end("train.1", outputs={"out": [model("made-1")]})
    assert life.ready == ["score.0"]
    assert life.inputs("score.0") == {"model": (model("made-1"),)}
