"""What moved is caught by name, and what did not move is left in peace."""

import random
from pathlib import Path

import polars as pl
import pytest

from sentinel.contract.kinds import Dataset
from sentinel.gate.distribution import distribution
from sentinel.gate.duplicates import duplicates
from sentinel.gate.label_balance import label_balance
from tests.unit.gate.datasets import LOOK, dataset, noise, tickets


@pytest.fixture(scope="module")
def prior(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dataset(tmp_path_factory.mktemp("prior") / "data", tickets(3000, seed=1))


def test_rows_of_the_same_desk_pass(prior: Dataset, tmp_path: Path) -> None:
    found = distribution(LOOK, dataset(tmp_path / "now", tickets(2000, seed=2)), prior)
    assert found.verdict == "pass" and found.evidence["moved"] == []
    assert found.sentence.startswith("Nothing of ")


def test_a_change_of_unit_is_caught_by_name(prior: Dataset, tmp_path: Path) -> None:
    """Somebody sends cents where euros were, and thousandths where seconds were."""
    cents = distribution(LOOK, dataset(tmp_path / "cents", tickets(1000, seed=3, unit=100)), prior)
    assert (cents.verdict, cents.sentence) == ("fail", "Rows are not what they were: `amount` looks like × 100.")
    lower = distribution(LOOK, dataset(tmp_path / "lower", tickets(1000, seed=3, unit=1 / 1000)), prior)
    assert lower.sentence == "Rows are not what they were: `amount` looks like ÷ 1000."


def test_a_change_of_guideline_is_caught_by_name(prior: Dataset, tmp_path: Path) -> None:
    """Refunds were billing and now are other. Each row looks fine; what `billing` means has moved."""
    now = dataset(tmp_path / "now", tickets(2000, seed=4, refunds="other"))
    found = distribution(LOOK, now, prior)
    assert found.verdict == "fail"
    assert "what `other` means has moved: of its rows, `refund` stood in the `text` of 0 % of rows" in found.sentence
    assert {each["label"] for each in found.evidence["moved"]} == {"billing", "other"}
    shares = label_balance(LOOK, now, prior)
    assert shares.verdict == "fail" and "`billing` is 2" in shares.sentence


def test_a_flood_of_bots_is_caught_by_name(prior: Dataset, tmp_path: Path) -> None:
    """One in five tickets comes over a new channel and says nearly the same."""
    chance = random.Random(5)
    says = " ".join(noise(chance) for _ in range(30))
    flood = [(f"{says} {noise(chance)}", 20.0, "api", "other") for _ in range(500)]
    rows = pl.concat(
        [tickets(2000, seed=6), pl.DataFrame(flood, schema=["text", "amount", "channel", "queue"], orient="row")]
    )
    now = dataset(tmp_path / "now", rows)
    moved = distribution(LOOK, now, prior)
    assert moved.verdict == "fail" and "`api` of `channel` went from 0 % to 20 % of rows" in moved.sentence
    mass = duplicates(LOOK, now)
    assert mass.verdict == "fail" and mass.sentence.startswith(f"20 % of rows say nearly the same, “{says[:40]}")
    assert label_balance(LOOK, now, prior).sentence.startswith("The labels are not what they were: `other` is ")


def test_a_field_that_goes_missing_is_caught_by_name(prior: Dataset, tmp_path: Path) -> None:
    rows = tickets(1000, seed=7).with_columns(amount=pl.when(pl.col("channel") != "web").then("amount"))
    found = distribution(LOOK, dataset(tmp_path / "now", rows), prior)
    assert found.verdict == "fail" and "`amount` is missing in 49.9 % of rows, and was in 0 %" in found.sentence


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (tickets(1000, seed=7).drop("amount"), "`amount` is gone"),
        (tickets(1000, seed=7).with_columns(amount=pl.lit(None, pl.Float64)), "`amount` is missing in 100 % of rows"),
        (tickets(1000, seed=7).with_columns(amount=pl.lit("3 kg")), "`amount` is no number any more in 100 % of rows"),
        (tickets(1000, seed=7).rename({"text": "body"}), "`text` is gone"),
    ],
)
def test_a_field_that_is_not_there_any_more_fails(
    prior: Dataset, tmp_path: Path, rows: pl.DataFrame, says: str
) -> None:
    found = distribution(LOOK, dataset(tmp_path / "now", rows), prior)
    assert found.verdict == "fail" and found.sentence.startswith(f"Rows are not what they were: {says}")


def test_a_field_that_became_the_group_is_still_looked_at(prior: Dataset, tmp_path: Path) -> None:
    rows = tickets(1000, seed=7)
    assert distribution(LOOK, dataset(tmp_path / "now", rows, group="channel"), prior).verdict == "pass"


def test_a_feature_that_the_dataset_before_has_not_is_an_error(prior: Dataset, tmp_path: Path) -> None:
    found = distribution(LOOK, dataset(tmp_path / "now", tickets(1000, seed=9)), prior, features=("amuont",))
    assert found.verdict == "error" and "no feature `amuont`. Did you mean `amount`?" in found.sentence


def test_what_moved_a_little_is_told_and_passes(prior: Dataset, tmp_path: Path) -> None:
    found = distribution(LOOK, dataset(tmp_path / "now", tickets(2000, seed=8, unit=1.5)), prior)
    assert found.verdict == "pass"
    assert "Some moved, by less than would stop it: the median of `amount` went from" in found.sentence


def test_only_the_features_that_are_named_are_looked_at(prior: Dataset, tmp_path: Path) -> None:
    now = dataset(tmp_path / "now", tickets(1000, seed=9, unit=1000))
    assert distribution(LOOK, now, prior, features=("channel", "text")).verdict == "pass"


def test_few_rows_are_inconclusive_and_say_how_many_more_tell(prior: Dataset, tmp_path: Path) -> None:
    found = distribution(LOOK, dataset(tmp_path / "now", tickets(150, seed=10, unit=1000)), prior)
    assert (found.verdict, found.todo) == ("inconclusive", "Gather 50 more rows.")


def test_a_dataset_that_cannot_be_read_is_an_error(prior: Dataset, tmp_path: Path) -> None:
    now = dataset(tmp_path / "now", tickets(300, seed=11))
    (now.path / "profile.json").write_text('{"rows": 1}')
    (prior_copy := tmp_path / "prior").mkdir()
    assert distribution(LOOK, now, Dataset("", prior_copy)).verdict == "error"
    assert duplicates(LOOK, now).verdict == "error"
