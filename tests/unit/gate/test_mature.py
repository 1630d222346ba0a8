"""The check `mature` judges what the daemon found on record, and says what a version still lacks."""

from typing import Any

import pytest
from pydantic import ValidationError

from sentinel.contract.at import Look
from sentinel.contract.registry import registered
from sentinel.contract.types import CheckType
from sentinel.domain.form import to_json
from sentinel.domain.policy.shadow import LEAST, Maturity, Needed
from sentinel.domain.quantity import DAY
from sentinel.gate.mature import mature

NEEDED = Needed(outcomes=928)


def look(held: Maturity | None, subject: str = "m") -> Look:
    """A look at a model of which so much is known."""
    known: Any = {} if held is None else {"m": {"version": "v1", **to_json(held)}}
    return Look("challenge", subject=subject, reads={"maturity": {"canary": known}})


def test_a_version_that_was_scored_long_enough_on_enough_passes() -> None:
    found = mature(look(Maturity(NEEDED, LEAST, 930, 850)))
    assert found.verdict == "pass"
    assert found.sentence == (
        "v1 has matured: 28 days and 930 outcomes in the shadow of `canary`, where 28 days and 928 are asked for."
    )


def test_one_that_was_not_is_inconclusive_and_told_what_it_lacks() -> None:
    found = mature(look(Maturity(NEEDED, LEAST - 3 * DAY, 900, 850)))
    assert found.verdict == "inconclusive"
    assert found.todo == "Score it in the shadow for 3 more days and 28 more outcomes."
    assert found.evidence["n"] == 900 and found.evidence["n_needed"] == 928


@pytest.mark.parametrize("at", [look(None), look(Maturity(NEEDED), "another"), Look("challenge", subject="m")])
def test_a_model_that_nothing_is_known_of_never_passes(at: Look) -> None:
    found = mature(at)
    assert found.verdict == "inconclusive"
    assert "Nothing has come in" in found.sentence and "--version" in found.todo


def test_less_than_four_weeks_cannot_be_asked_for_and_the_gate_says_what_it_reads() -> None:
    kind = registered(mature)
    assert isinstance(kind, CheckType) and kind.reads == ("maturity",)
    with pytest.raises(ValidationError):
        kind.params.model_validate({"weeks": "3"})
