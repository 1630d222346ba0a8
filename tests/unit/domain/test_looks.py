"""A verdict is one look at each set that it rests on, however many checks looked at it."""

from sentinel.domain.digest import digest_of
from sentinel.domain.line.decide import Cited, Look, decide
from sentinel.domain.line.state import Line, evolve
from sentinel.domain.looks import looked_at
from sentinel.domain.verdict import Finding, Verdict

ONE, OTHER = digest_of("one"), digest_of("other")


def verdict(*evidence: object) -> Verdict:
    findings = tuple(Finding("floor", "pass", "It is.", each) for each in evidence)
    return Verdict("promotion", "pass", "It passed.", None, None, 1, findings)


def looked(line: Line, held: Verdict, name: str = "r1.proof.a1") -> Line:
    events = decide(line, Look(Cited(name, held)), 7)
    assert isinstance(events, list)
    for body in events:
        line = evolve(line, body, 7)
    return line


def test_several_checks_on_the_same_documents_are_one_look() -> None:
    same = {"set": "regression", "documents": ONE}
    assert looked_at(verdict(same, dict(same), {"set": "canary", "documents": ONE})) == [
        ("regression", ONE), ("canary", ONE),
    ]  # fmt: skip


def test_what_names_no_documents_is_no_look() -> None:
    """The worker wrote the evidence, so nothing of it is taken for granted."""
    assert looked_at(verdict(None, "much", {"set": "canary"}, {"set": 3, "documents": ONE})) == []
    assert looked_at(verdict({"set": "canary", "documents": "all"}, {"documents": ONE})) == []


def test_looks_add_up_across_runs_and_begin_anew_with_other_documents() -> None:
    line = Line("router")
    for number in range(3):
        line = looked(line, verdict({"set": "regression", "documents": ONE}), f"r{number}.proof.a1")
    line = looked(line, verdict({"set": "regression", "documents": OTHER}))
    assert (line.looks_at("regression", ONE), line.looks_at("regression", OTHER)) == (3, 1)
    assert line.looks_at("canary", ONE) == 0
    assert line.looks["regression", ONE].last == "r2.proof.a1"
