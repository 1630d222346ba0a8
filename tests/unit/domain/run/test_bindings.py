"""Where a step's inputs come from, and when a `?` gives nothing."""

from sentinel.domain.run import events as e
from sentinel.domain.run.standing import Blocked, standing
from tests.unit.domain.life import Life, pinned
from tests.unit.domain.plans import gate, model, plan, use


def test_a_port_gets_what_the_bound_step_gave() -> None:
    life = Life(plan(use("a"), use("b", takes={"base": "a.out"})))
    life.begin("a")
    life.end("a", outputs={"out": [model("m")]})
    assert life.inputs("b") == {"base": (model("m"),)}
    life.begin("b")
    assert life.of(e.AttemptStarted)[-1].inputs == {"base": (model("m"),)}


def test_a_port_that_takes_many_gets_its_sources_in_the_order_written() -> None:
    life = Life(plan(use("a"), use("b"), use("c", takes={"all": ["b.out", "a.out"]})))
    for name in ("a", "b"):
        life.begin(name)
        life.end(name, outputs={"out": [model(name)]})
    assert life.inputs("c") == {"all": (model("b"), model("a"))}


def test_an_input_of_a_kind_is_an_artifact() -> None:
    life = Life(plan(use("a", takes={"base": "inputs.base"})), inputs={"base": model("m").to_json()})
    assert life.inputs("a") == {"base": (model("m"),)}


def test_an_input_may_hold_a_list_of_artifacts() -> None:
    life = Life(
        plan(use("a", takes={"all": ["inputs.all"]})), inputs={"all": [model("x").to_json(), model("y").to_json()]}
    )
    assert life.inputs("a") == {"all": (model("x"), model("y"))}


def test_an_alias_gives_the_artifact_that_it_stood_for_when_the_run_began() -> None:
    life = Life(plan(use("a", takes={"base": "champion.model"})), aliases={"champion": pinned(model=model("m"))})
    assert life.inputs("a") == {"base": (model("m"),)}
    life.aliases = {"champion": pinned(model=model("later"))}
    life.later(1)
    assert life.inputs("a") == {"base": (model("m"),)}


def test_an_optional_port_gets_nothing_from_an_unset_alias() -> None:
    life = Life(plan(use("a", takes={"prior": "champion.model?"}, optional_ports=["prior"])))
    assert life.inputs("a") == {}


def test_a_port_that_takes_many_gets_an_empty_list_from_an_unset_alias() -> None:
    life = Life(plan(use("a", takes={"all": ["champion.model?"]})))
    assert life.inputs("a") == {"all": ()}


def test_a_step_whose_required_port_is_left_without_is_skipped() -> None:
    life = Life(plan(use("before", takes={"model": "champion.model?"})))
    assert life.state("before") == "skipped"
    assert life.why("before") == "its port `model` is left without: champion.model? stands for nothing"
    assert life.run.step("before").unset


def test_an_unset_alias_without_a_question_mark_skips_the_step_though_its_port_be_optional() -> None:
    life = Life(plan(use("a", takes={"prior": "champion.model"}, optional_ports=["prior"])))
    assert life.state("a") == "skipped"
    assert life.run.step("a").unset


def test_a_question_mark_gives_nothing_where_its_source_was_skipped_for_an_unset_alias() -> None:
    life = Life(
        plan(
            use("scores"),
            use("before", takes={"model": "champion.model?"}),
            gate("proof", takes={"candidate": "scores.out", "champion": "before.out?"}, optional_ports=["champion"]),
        )
    )
    life.done("scores")
    assert life.state("before") == "skipped"
    assert set(life.inputs("proof")) == {"candidate"}


def test_being_unset_travels_down_a_chain_of_steps() -> None:
    life = Life(
        plan(
            use("a", takes={"model": "champion.model?"}),
            use("b", takes={"model": "a.out"}),
            use("c", takes={"model": "b.out?"}, optional_ports=["model"]),
        )
    )
    assert [life.state("a"), life.state("b")] == ["skipped", "skipped"]
    assert life.run.step("b").unset
    assert life.ready == ["c"]


def test_a_failed_source_skips_the_step_that_binds_it_with_or_without_a_question_mark() -> None:
    for binding in ("a.out", "a.out?"):
        life = Life(plan(use("a", optional=True), use("b", takes={"model": binding}, optional_ports=["model"])))
        life.fail("a")
        assert life.state("b") == "skipped"
        assert life.why("b") == "`a` ended as failed"
        assert not life.run.step("b").unset


def test_a_timed_out_source_skips_the_step_that_binds_it() -> None:
    life = Life(plan(use("a", optional=True), use("b", takes={"model": "a.out?"}, optional_ports=["model"])))
    life.fail("a", "timed-out")
    assert life.why("b") == "`a` ended as timed-out"


def test_a_source_skipped_by_its_when_skips_the_step_that_binds_it_even_with_a_question_mark() -> None:
    life = Life(
        plan(
            use("a"),
            use("b", when={"a": ["failed"]}),
            use("c", takes={"model": "b.out?"}, optional_ports=["model"]),
        )
    )
    life.done("a")
    assert [life.state("b"), life.state("c")] == ["skipped", "skipped"]


def test_a_source_that_trained_nothing_skips_the_step_that_binds_it() -> None:
    life = Life(plan(use("a"), use("b", takes={"model": "a.out"})))
    life.begin("a")
    life.end("a", nothing=True)
    assert life.state("b") == "skipped"
    assert life.run.state == "nothing-trained"


def test_a_step_is_skipped_at_once_where_one_source_can_never_come_though_another_still_runs() -> None:
    life = Life(plan(use("a"), use("b", optional=True), use("c", takes={"x": "a.out", "y": "b.out"})))
    life.begin("a")
    assert isinstance(standing(life.run, "c"), Blocked)
    life.fail("b")
    assert life.state("c") == "skipped"
