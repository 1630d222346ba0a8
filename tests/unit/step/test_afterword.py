"""What a gate adds: which look at a set this was, and how long the labels take that a check asks for."""

from sentinel.domain.digest import Json
from sentinel.domain.verdict import Finding
from sentinel.step.afterword import with_afterword

DOCUMENTS = "d" * 64


def reads(before: int = 11, per_day: float | None = None, **of_set: Json) -> Json:
    return {
        "line": {"name": "router", "sets": {"regression": of_set}},
        "looks": {"regression": {DOCUMENTS: before}},
        "baseline": {"regression": {"accuracy": {"per_day": per_day}}},
    }  # fmt: skip


def found(verdict: str = "pass", **more: Json) -> Finding:
    evidence = {"set": "regression", "documents": DOCUMENTS, "metric": "accuracy", **more}
    return Finding("floor", verdict, "It is so.", evidence, "Label 70 more." if verdict == "inconclusive" else "")


def test_a_finding_says_which_look_at_its_documents_it_was() -> None:
    told = with_afterword(found(), reads(looks=50))
    assert (told.evidence["look"], told.evidence["looks"], told.sentence) == (12, 50, "It is so.")
    first = with_afterword(found(), {"line": {"name": "router"}, "looks": {}})
    assert (first.evidence["look"], first.evidence["looks"]) == (1, 20)


def test_past_its_looks_it_says_so() -> None:
    told = with_afterword(found(), reads(before=50, looks=50))
    assert told.sentence == ("It is so. `regression` is past its looks: this was look 51 of 50 at the same documents.")


def test_the_next_act_says_how_long_it_takes_where_labels_come_in() -> None:
    told = with_afterword(found("inconclusive", n_more=70), reads(per_day=5.0))
    assert told.todo == "Label 70 more. At 35 labels a week that takes 14d."
    slow = with_afterword(found("inconclusive", n_more=10**6), reads(per_day=0.1))
    assert slow.todo.endswith("that takes more than twenty years.")
    assert with_afterword(found("inconclusive", n_more=70), reads()).todo == "Label 70 more."
    assert with_afterword(found("pass", n_more=70), reads(per_day=5.0)).todo == ""


def test_a_finding_on_no_set_is_left_as_it_is() -> None:
    for finding in (Finding("trace", "pass", "Whole."), Finding("trace", "pass", "Whole.", {"port": "model"})):
        assert with_afterword(finding, reads()) is finding
    no_line = with_afterword(found(), None)
    assert "look" not in no_line.evidence
