"""The distribution trigger: two profiles in, a decision out, and a purse for all looks together."""

from typing import Any

import polars as pl
import pytest

from bench.worlds import draws
from sentinel.contract.at import TriggerLook
from sentinel.contract.registry import load
from sentinel.data.profile import profile
from sentinel.domain.digest import Json, canonical
from sentinel.domain.form import to_json
from sentinel.domain.profile import Profile
from sentinel.domain.quantity import DAY
from sentinel.domain.refusal import Refused
from sentinel.trigger.distribution import distribution
from tests.effort import often

NOW = 100 * DAY


PLACE = {"offset": 9000, "head": "ab"}


def look(looks: int = 0, fired: int | None = None, of: str = "d1", **facts: Any) -> TriggerLook:
    told: Json = {name: to_json(held) if isinstance(held, Profile) else held for name, held in facts.items()}
    state = {"looks": {"d1": looks}, "read": {"offset": 10, "head": "ab"}} if looks else None
    profiles = {"of": of, "reference": None, "live": None, "read": PLACE, **told}
    return TriggerLook(NOW, "retrain", "router", fired=fired, facts={"profiles": profiles}, state=state)


@pytest.fixture(scope="module")
def reference() -> Profile:
    return profile(draws.rows(3000, 1), label="label")


@pytest.fixture(scope="module")
def moved(reference: Profile) -> Profile:
    return profile(draws.rows(2000, 2).with_columns(pl.col("skewed") * 1000), reference)


def test_it_fires_when_a_feature_moved_and_says_which(reference: Profile, moved: Profile) -> None:
    found = distribution(look(reference=reference, live=moved))
    assert found.fire and found.reason == "`skewed` looks like × 1000"
    assert [each["feature"] for each in found.numbers["moved"] if each["label"] is None] == ["skewed"]
    canonical(found.numbers)


def test_it_holds_where_nothing_moved(reference: Profile) -> None:
    found = distribution(look(reference=reference, live=profile(draws.rows(2000, 3), reference)))
    assert not found.fire and found.reason.startswith("nothing of ")


def test_it_looks_at_the_features_that_are_named(reference: Profile, moved: Profile) -> None:
    assert not distribution(look(reference=reference, live=moved), features=("normal",)).fire
    assert distribution(look(reference=reference, live=moved), features=("normal", "skewed")).fire


def test_it_holds_within_its_cooldown_and_fires_after(reference: Profile, moved: Profile) -> None:
    assert not distribution(look(reference=reference, live=moved, fired=NOW - 6 * DAY)).fire
    assert distribution(look(reference=reference, live=moved, fired=NOW - 7 * DAY)).fire


def test_few_rows_and_missing_profiles_hold_with_their_reason(reference: Profile) -> None:
    few = profile(draws.rows(300, 4).with_columns(pl.col("skewed") * 1000), reference)
    assert distribution(look(reference=reference, live=few)).reason == "300 rows came in, and 500 are needed"
    assert distribution(look(reference=reference, live=few), rows=200).fire
    assert "no training set" in distribution(look(live=few)).reason
    assert "nothing has come in" in distribution(look(reference=reference)).reason


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (draws.rows(2000, 2).drop("normal"), "`normal` is gone"),
        (draws.rows(2000, 2).with_columns(normal=pl.lit(None, pl.String)), "`normal` is missing in 100 % of rows"),
        (draws.rows(2000, 2).with_columns(normal=pl.lit("3 kg")), "`normal` is no number any more in 100 % of rows"),
        (draws.rows(2000, 2).drop("text"), "`text` is gone"),
        (pl.DataFrame({"body": ["spam"] * 2000}), "`text` is gone; "),
    ],
)
def test_it_fires_where_a_field_is_not_there_any_more(reference: Profile, rows: pl.DataFrame, says: str) -> None:
    """Each of these read as "nothing moved", and was paid for."""
    found = distribution(look(reference=reference, live=profile(rows, reference)))
    assert found.fire and says in found.reason


def test_it_refuses_to_decide_where_nothing_can_be_looked_at(reference: Profile) -> None:
    """A refusal and no decision, so that the look is not paid for and somebody is told."""
    live = profile(draws.rows(2000, 2), reference)
    with pytest.raises(Refused, match=r"E-look: .* there is no feature `txet`\. Did you mean `text`"):
        distribution(look(reference=reference, live=live), features=("txet",))
    with pytest.raises(Refused, match=r"distribution of retrain: .*`normal` was not counted over the reference's bins"):
        distribution(look(reference=reference, live=profile(draws.rows(900, 5))))
    few = profile(draws.rows(150, 1))
    with pytest.raises(Refused, match="The training set has 150 rows, and 200 are needed"):
        distribution(look(reference=few, live=profile(draws.rows(900, 5), few)))


def test_what_may_have_gone_unread_is_said(reference: Profile, moved: Profile) -> None:
    place = {**PLACE, "unread": "live.jsonl was emptied"}
    for live in (moved, profile(draws.rows(2000, 3), reference)):
        assert distribution(look(reference=reference, live=live, read=place)).reason.endswith(
            "(live.jsonl was emptied)"
        )


def test_all_looks_at_one_training_set_are_paid_for_from_one_purse(reference: Profile, moved: Profile) -> None:
    paid = [distribution(look(reference=reference, live=moved, looks=n)).numbers["sure"] for n in range(often(60, 400))]
    assert paid[0] == 0.005 and sum(paid) < 0.01
    assert paid == sorted(paid, reverse=True)


def test_a_look_that_judged_is_kept_and_another_training_set_begins_anew(reference: Profile, moved: Profile) -> None:
    assert distribution(look(3, reference=reference, live=moved)).state == {"looks": {"d1": 4}, "read": PLACE}
    again = distribution(look(3, of="d2", reference=reference, live=moved))
    assert again.state == {"looks": {"d1": 3, "d2": 1}, "read": PLACE} and again.numbers["sure"] == 0.005


def test_rows_that_are_too_few_are_looked_at_again_with_those_that_follow(reference: Profile) -> None:
    few = profile(draws.rows(300, 4), reference)
    assert distribution(look(3, reference=reference, live=few)).state is None


def test_it_is_registered_to_look_in_a_worker() -> None:
    assert load().triggers["distribution"].looks == "worker"
