"""What may be done with a line: the gate is the only way to an alias, with two exceptions on record."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from sentinel.domain.digest import digest_of
from sentinel.domain.event import Happened
from sentinel.domain.line import decide as d
from sentinel.domain.line import events as e
from sentinel.domain.line.state import Line, evolve
from sentinel.domain.refusal import Refusal
from sentinel.domain.verdict import Verdict


def model(name: str) -> str:
    """The digest of a model that exists only by name."""
    return digest_of(name)


def version(name: str) -> str:
    """The version that `registered` gives a model."""
    return d.version_id({"made": name})


def verdict(name: str, against: str | None, word: str = "pass", cited: str = "r1.proof.a1") -> d.Cited:
    """A verdict on a model by name, against the version of another."""
    champion = version(against) if against is not None else None
    return d.Cited(cited, Verdict("promotion", word, f"It was judged {word}.", model(name), champion, 1, ()))


def take(line: Line, *commands: Any) -> Line:
    """The line after commands that must be carried out."""
    for command in commands:
        decided = d.decide(line, command, 0)
        assert isinstance(decided, list), decided
        line = put(line, decided)
    return line


def put(line: Line, events: list[Happened]) -> Line:
    """The line after events."""
    for body in events:
        line = evolve(line, body, 0)
    return line


def refused(line: Line, command: Any) -> Refusal:
    """The refusal that a command meets."""
    decided = d.decide(line, command, 0)
    assert isinstance(decided, Refusal), decided
    return decided


def registered(*names: str) -> Line:
    """A line with a version of each of these models."""
    return take(Line("router"), *(d.Register(model(name), "r1", "tuned", name, (), {"made": name}) for name in names))


def served(*names: str) -> Line:
    """A line whose champions were these, one after the other: adopted first, then promoted."""
    line = take(registered(*names), d.Adopt(model(names[0]), "it serves today"))
    for before, after in pairwise(names):
        line = take(line, d.Promote("champion", model(after), (verdict(after, before, cited=f"r-{after}"),)))
    return line


def test_a_version_is_named_by_the_digest_of_its_pins() -> None:
    line = take(Line("router"), d.Register(model("m"), "r1", "tuned", "first", (), {"b": 1, "a": [2]}))
    assert list(line.versions) == ["v" + digest_of({"a": [2], "b": 1})[:16]]


def test_a_version_without_a_label_is_called_by_its_id() -> None:
    line = take(Line("router"), d.Register(model("m"), "r1", "tuned", "", (), {"a": 1}))
    (made,) = line.versions.values()
    assert made.label == made.id


def test_the_same_pins_and_model_are_registered_once() -> None:
    assert d.decide(registered("a"), d.Register(model("a"), "r2", "tuned", "again", (), {"made": "a"}), 0) == []


def test_the_same_pins_that_gave_another_model_are_another_version_and_that_one_too_is_registered_once() -> None:
    other = d.Register(model("b"), "r2", "tuned", "b", (), {"made": "a"})
    line = take(registered("a"), other)
    assert [made.model for made in line.versions.values()] == [model("a"), model("b")]
    assert d.decide(line, other, 0) == []


def test_a_version_is_no_parent_of_itself() -> None:
    line = take(Line("router"), d.Register(model("a"), "r1", "tuned", "", ("vx", version("a")), {"made": "a"}))
    assert line.versions[version("a")].parents == ("vx",)


def test_a_first_champion_is_promoted_by_a_verdict_that_was_judged_against_none() -> None:
    line = take(registered("a"), d.Promote("champion", model("a"), (verdict("a", None),)))
    assert line.champion == version("a")
    assert line.versions[version("a")].cites == ("r1.proof.a1",)


def test_a_promotion_moves_champion_and_previous_and_cites_its_verdicts() -> None:
    line = take(served("a"), *_register("b"))
    moved = d.decide(line, d.Promote("champion", model("b"), (verdict("b", "a"),)), 0)
    assert moved == [
        e.AliasMoved("champion", version("b"), version("a"), "verdict", ("r1.proof.a1",), ""),
        e.AliasMoved("previous", version("a"), None, "verdict", ("r1.proof.a1",), ""),
    ]
    assert put(line, moved).aliases == {"champion": version("b"), "previous": version("a")}


def test_promoting_the_champion_itself_moves_nothing() -> None:
    assert d.decide(served("a", "b"), d.Promote("champion", model("b"), (verdict("b", "b"),)), 0) == []


def _register(*names: str) -> list[d.Register]:
    return [d.Register(model(name), "r1", "tuned", name, (), {"made": name}) for name in names]


@pytest.mark.parametrize("word", ["inconclusive", "error", "fail", "freeze", "", "passed"])
def test_only_a_pass_promotes(word: str) -> None:
    command = d.Promote("champion", model("a"), (verdict("a", None, word),))
    assert refused(registered("a"), command).code == "E-not-passed"


def test_every_verdict_cited_has_to_pass() -> None:
    command = d.Promote("champion", model("a"), (verdict("a", None), verdict("a", None, "fail")))
    assert refused(registered("a"), command).code == "E-not-passed"


def test_a_promotion_without_a_verdict_is_refused() -> None:
    assert refused(registered("a"), d.Promote("champion", model("a"), ())).code == "E-no-verdict"


def test_a_verdict_about_another_model_promotes_nothing() -> None:
    refusal = refused(registered("a", "b"), d.Promote("champion", model("a"), (verdict("b", None),)))
    assert [refusal.code, refusal.todo] == ["E-other-subject", "Bind the verdict of a gate that judged this model."]


def test_a_verdict_about_nothing_promotes_nothing() -> None:
    nothing = replace(verdict("a", None), verdict=replace(verdict("a", None).verdict, subject=None))
    assert refused(registered("a"), d.Promote("champion", model("a"), (nothing,))).code == "E-other-subject"


def test_a_verdict_against_a_former_champion_is_stale() -> None:
    line = take(served("a", "b"), *_register("c"))
    refusal = refused(line, d.Promote("champion", model("c"), (verdict("c", "a"),)))
    assert refusal.code == "E-stale-verdict"
    assert f"the champion is now {version('b')}" in refusal.what
    assert refused(line, d.Promote("champion", model("c"), (verdict("c", None),))).code == "E-uncompared"


def test_a_bar_of_its_own_may_be_cited_beside_a_comparison_and_not_instead() -> None:
    line = take(served("a", "b"), *_register("c"))
    alone, held = verdict("c", None), verdict("c", "b")
    assert refused(line, d.Promote("champion", model("c"), (alone, alone))).code == "E-uncompared"
    assert isinstance(d.decide(line, d.Promote("champion", model("c"), (alone, held)), 9), list)
    assert refused(line, d.Promote("champion", model("c"), (held, verdict("c", "a")))).code == "E-stale-verdict"
    assert isinstance(d.decide(line, d.Promote("shadow", model("c"), (alone,)), 9), list), "a shadow serves nobody"


def test_a_verdict_against_a_champion_is_stale_where_there_is_none() -> None:
    line = registered("a", "b")
    assert refused(line, d.Promote("champion", model("a"), (verdict("a", "b"),))).code == "E-stale-verdict"


def test_a_model_that_no_step_of_the_line_made_is_not_promoted() -> None:
    assert refused(registered("a"), d.Promote("champion", model("x"), (verdict("x", None),))).code == "E-no-version"


@pytest.mark.parametrize("alias", ["challenger", "shadow"])
def test_the_other_aliases_too_move_only_by_a_verdict(alias: str) -> None:
    line = take(served("a"), *_register("b"))
    assert refused(line, d.Promote(alias, model("b"), (verdict("b", "a", "fail"),))).code == "E-not-passed"
    line = take(line, d.Promote(alias, model("b"), (verdict("b", "a"),)))
    assert line.aliases == {"champion": version("a"), alias: version("b")}
    assert not line.versions[version("b")].was_champion


@pytest.mark.parametrize("alias", ["previous", "champoin", ""])
def test_no_other_alias_is_promoted_to(alias: str) -> None:
    refusal = refused(registered("a"), d.Promote(alias, model("a"), (verdict("a", None),)))
    assert refusal.code == "E-alias"


def test_a_line_adopts_the_model_that_serves_today_once_and_first_of_all() -> None:
    line = take(registered("a", "b"), d.Adopt(model("a"), "it serves today"))
    assert [line.champion, line.adopted] == [version("a"), True]
    assert refused(line, d.Adopt(model("b"), "this one too")).code == "E-adopted"
    promoted = take(registered("a", "b"), d.Promote("champion", model("a"), (verdict("a", None),)))
    assert refused(promoted, d.Adopt(model("b"), "this one")).code == "E-adopted"


def test_an_adoption_gives_its_reason() -> None:
    assert refused(registered("a"), d.Adopt(model("a"), " ")).code == "E-reason"


def test_only_a_registered_model_is_adopted() -> None:
    assert refused(registered("a"), d.Adopt(model("b"), "why not")).code == "E-no-version"


def test_a_held_line_adopts_nothing() -> None:
    line = take(registered("a"), d.Hold("fair"))
    assert refused(line, d.Adopt(model("a"), "it serves")).code == "E-held"


def test_a_frozen_version_is_not_adopted() -> None:
    line = take(registered("a"), d.Judged(verdict("a", None, "freeze"), True))
    assert refused(line, d.Adopt(model("a"), "it serves")).code == "E-frozen"


def test_a_roll_back_goes_to_the_previous_champion_and_cites_what_once_made_it_champion() -> None:
    decided = d.decide(served("a", "b", "c"), d.RollBack(None, "complaints"), 0)
    assert decided == [
        e.AliasMoved("champion", version("b"), version("c"), "rollback", ("r-b",), "complaints"),
        e.AliasMoved("previous", version("c"), version("b"), "rollback", ("r-b",), "complaints"),
    ]


def test_a_roll_back_to_the_adopted_model_cites_its_adoption() -> None:
    decided = d.decide(served("a", "b"), d.RollBack(None, "complaints"), 0)
    assert isinstance(decided, list)
    assert isinstance(decided[0], e.AliasMoved)
    assert decided[0].verdicts == ("adoption",)


def test_what_made_a_version_champion_is_kept_through_roll_backs() -> None:
    line = take(served("a", "b", "c"), d.RollBack(version("a"), ""), d.RollBack(version("b"), ""))
    assert [line.versions[version(name)].cites for name in "abc"] == [("adoption",), ("r-b",), ("r-c",)]
    assert line.aliases == {"champion": version("b"), "previous": version("a")}


def test_a_roll_back_goes_only_where_the_line_has_been() -> None:
    line = take(served("a", "b"), *_register("c"))
    assert refused(line, d.RollBack(version("c"), "")).code == "E-never-champion"


def test_a_roll_back_to_the_champion_itself_is_refused() -> None:
    assert refused(served("a", "b"), d.RollBack(version("b"), "")).code == "E-is-champion"


def test_a_roll_back_needs_a_previous_champion_or_a_name() -> None:
    assert refused(served("a"), d.RollBack(None, "")).code == "E-no-previous"


def test_a_roll_back_to_an_unknown_version_names_the_nearest() -> None:
    near = version("a")[:-1] + "x"
    refusal = refused(served("a"), d.RollBack(near, ""))
    assert [refusal.code, refusal.todo] == ["E-unknown-version", f"Did you mean `{version('a')}`?"]


def test_a_frozen_version_is_not_rolled_back_to() -> None:
    line = take(served("a", "b"), d.Judged(verdict("a", "b", "freeze"), True))
    assert line.frozen is None
    assert refused(line, d.RollBack(None, "")).code == "E-frozen"
    thawed = take(line, d.Acknowledge(version("a"), "looked into it"), d.RollBack(None, ""))
    assert thawed.champion == version("a")


def test_a_line_frozen_because_its_live_model_failed_may_be_rolled_back() -> None:
    line = take(served("a", "b"), d.Judged(verdict("b", "b", "freeze"), True))
    assert line.frozen == "It was judged freeze."
    line = take(line, d.RollBack(None, "it failed"))
    assert line.champion == version("a")
    assert line.frozen is not None


def test_a_candidate_that_freezes_does_not_freeze_the_line() -> None:
    line = take(served("a"), *_register("b"))
    line = take(line, d.Judged(verdict("b", "a", "freeze"), True))
    assert [line.frozen, line.versions[version("b")].frozen] == [None, "It was judged freeze."]


def test_a_frozen_candidate_is_promoted_only_after_an_acknowledgement_by_reason() -> None:
    line = take(served("a"), *_register("b"))
    line = take(line, d.Judged(verdict("b", "a", "freeze"), True))
    promote = d.Promote("champion", model("b"), (verdict("b", "a"),))
    refusal = refused(line, promote)
    assert refusal.code == "E-frozen"
    assert refusal.todo == f"Look into it, then `sentinel acknowledge router {version('b')} --reason TEXT`."
    assert refused(line, d.Acknowledge(version("b"), "")).code == "E-reason"
    assert take(line, d.Acknowledge(version("b"), "a broken test set"), promote).champion == version("b")


def test_making_the_same_frozen_weights_anew_thaws_nothing() -> None:
    line = take(served("a"), *_register("b"))
    line = take(line, d.Judged(verdict("b", "a", "freeze"), True))
    line = take(line, d.Register(model("b"), "r2", "tuned", "again", (), {"made": "again"}))
    assert refused(line, d.Promote("champion", model("b"), (verdict("b", "a"),))).code == "E-frozen"


def test_a_frozen_line_promotes_nothing_until_somebody_acknowledges_it() -> None:
    line = take(served("a"), *_register("b"))
    line = take(line, d.Judged(verdict("a", "a", "freeze"), True))
    promote = d.Promote("champion", model("b"), (verdict("b", "a"),))
    assert refused(line, promote).code == "E-frozen"
    assert refused(line, d.Acknowledge(None, "")).code == "E-reason"
    assert take(line, d.Acknowledge(None, "known"), promote).champion == version("b")


def test_a_held_line_moves_no_alias_until_it_is_released() -> None:
    line = take(take(served("a", "b"), *_register("c")), d.Hold("fair"))
    promote = d.Promote("champion", model("c"), (verdict("c", "b"),))
    assert refused(line, promote).code == "E-held"
    assert refused(line, d.RollBack(None, "")).code == "E-held"
    assert refused(line, d.Hold("again")).code == "E-held"
    assert take(line, d.Release("over"), promote).champion == version("c")


def test_what_is_not_held_or_frozen_is_not_released_or_acknowledged() -> None:
    line = served("a")
    assert refused(line, d.Release("why")).code == "E-not-held"
    assert refused(line, d.Acknowledge(None, "why")).code == "E-not-frozen"
    assert refused(line, d.Acknowledge(version("a"), "why")).code == "E-not-frozen"
    assert refused(line, d.Acknowledge("vx", "why")).code == "E-not-frozen"


def test_a_rejected_candidate_stays_on_record_with_the_sentence_that_failed_it() -> None:
    line = take(registered("a"), d.Judged(verdict("a", None, "fail"), False))
    assert [line.versions[version("a")].rejected, line.versions[version("a")].frozen] == ["It was judged fail.", None]


def test_a_verdict_that_passed_rejects_nothing() -> None:
    assert d.decide(registered("a"), d.Judged(verdict("a", None), False), 0) == []


def test_a_verdict_about_a_model_of_no_version_changes_nothing() -> None:
    assert d.decide(registered("a"), d.Judged(verdict("x", None, "fail"), True), 0) == []


def test_a_version_that_was_rejected_once_and_then_passed_is_not_shown_as_rejected() -> None:
    line = take(registered("a"), d.Judged(verdict("a", None, "fail"), False))
    line = take(line, d.Promote("champion", model("a"), (verdict("a", None),)))
    assert line.versions[version("a")].rejected is None
