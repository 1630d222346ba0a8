"""Faults and refusals as people read them."""

from sentinel.domain.artifact import port_name
from sentinel.domain.fault import Fault, in_order
from sentinel.domain.refusal import Refusal, refuse


def test_a_fault_is_one_line_that_editors_can_jump_to() -> None:
    fault = Fault("E-unknown-key", "`stepz` is no key of a recipe.", "Did you mean `steps`?")
    assert str(fault) == "E-unknown-key: `stepz` is no key of a recipe. Did you mean `steps`?"
    assert str(fault.placed("recipes/x.yaml", 12, 9)).startswith("recipes/x.yaml:12:9: E-unknown-key: ")
    assert str(fault.placed("recipes/x.yaml", 0, 0)).startswith("recipes/x.yaml: E-unknown-key: ")


def test_faults_come_as_a_reader_meets_them_and_each_once() -> None:
    late, early = Fault("E-b", "b", "", "x", 9, 1), Fault("E-a", "a", "", "x", 2, 5)
    assert in_order([late, early, late]) == [early, late]


def test_a_refusal_says_what_where_and_what_to_do_next() -> None:
    assert str(Refusal("E-a", "It is so.")) == "E-a: It is so."
    assert str(refuse("E-a", "It is so.", where="x:1", todo="Do that.")) == "x:1: E-a: It is so. Do that."
    assert refuse("E-a", "It is so.").refusal.code == "E-a"


def test_a_lone_output_has_the_port_of_its_kind() -> None:
    assert [port_name(kind) for kind in ("Dataset", "EvalReport", "RawSnapshot", "Model")] == [
        "dataset",
        "report",
        "rows",
        "model",
    ]
