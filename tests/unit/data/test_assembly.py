"""Rows are put together: which are fresh, how many were there before, and what is refused before anything trains."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentinel.contract.at import Look
from sentinel.contract.kinds import Dataset
from sentinel.data.assembly import Asked, assembled, write_assembled
from sentinel.data.dataset import Held, write_dataset
from sentinel.data.gathering import Named, keep_rows, renamed, together
from sentinel.data.line_set import held_set, write_set
from sentinel.data.rows import NotRows
from sentinel.data.sides import GATE, TRAIN
from sentinel.data.snapshot import Snapshot
from sentinel.data.training import training
from sentinel.gate.leakage import leakage
from tests.unit.gate.datasets import tickets

NOW = 1_770_000_000_000
DAY = 86_400_000
FROM = Snapshot({"from": "file"}, (), 0)
ASKED = Asked(NOW, window=30 * DAY)


def snapshot(folder: Path, rows: pl.DataFrame) -> Path:
    folder.mkdir(parents=True)
    rows.write_parquet(folder / "rows.parquet")
    return folder


def rows(n: int = 40, seed: int = 1, **more: Any) -> pl.DataFrame:
    found = tickets(n, seed=seed).select("text", pl.col("queue").alias("label"))
    return found.with_columns(**{name: pl.Series(value) for name, value in more.items()})


def prior(folder: Path, held: pl.DataFrame, **more: Any) -> Held:
    named = {"label": "label", "form": "classification", **more}
    return write_dataset(folder, held, b"salt", 0.2, **named)


def made(folder: Path, held: pl.DataFrame, earlier: Held | None = None, **more: Any) -> Any:
    asked = replace(ASKED, **{"window": None, **more})
    return assembled([snapshot(folder / "raw", held)], earlier, "ab" * 32, asked)


def test_a_window_takes_its_first_moment_and_leaves_out_its_end(tmp_path: Path) -> None:
    first = NOW - 30 * DAY
    held = rows(5, at=[first - 1, first, NOW - 1, NOW, None])
    found = made(tmp_path, held, window=30 * DAY)
    assert found.rows["at"].to_list() == [first, NOW - 1, None]
    counts = found.counts
    assert (counts.fresh, counts.old, counts.ahead, counts.timeless) == (3, 1, 1, 1)


def test_rows_without_times_are_all_fresh_and_times_may_be_written_out(tmp_path: Path) -> None:
    assert made(tmp_path / "a", rows(5), window=DAY).counts.fresh == 5
    written = rows(3, at=["2026-02-01T20:00Z", "2020-01-01", "soon"])
    assert made(tmp_path / "b", written, window=7 * DAY).rows["at"].to_list() == [1_769_976_000_000, None]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 60), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9]))
def test_replay_makes_up_its_share_as_far_as_there_is_any(
    tmp_path_factory: pytest.TempPathFactory, fresh: int, share: float
) -> None:
    folder = tmp_path_factory.mktemp("x")
    earlier = prior(folder / "prior", rows(80, seed=5).with_columns(label=pl.lit("billing")))
    held = rows(fresh, seed=6).with_columns(label=pl.lit("billing"))
    counts = made(folder, held, earlier, replay=share).counts
    assert counts.wanted == round(fresh * share / (1 - share))
    assert counts.replay == min(80, counts.wanted)


def test_replay_draws_no_row_that_is_fresh_and_the_same_rows_for_the_same_world(tmp_path: Path) -> None:
    old = rows(60, seed=3)
    earlier = prior(tmp_path / "prior", old)
    held = pl.concat([rows(30, seed=4), old.head(20)])
    one, other = (made(tmp_path / name, held, earlier, replay=0.3).rows for name in "ab")
    assert one.equals(other) and len(one) == 50 + 21
    drawn = set(one.tail(21)["text"])
    assert drawn <= set(old.tail(40)["text"])
    third = assembled([tmp_path / "a" / "raw"], earlier, "cd" * 32, replace(ASKED, window=None, replay=0.3)).rows
    assert set(third.tail(21)["text"]) != drawn


def test_replay_keeps_a_label_that_no_fresh_row_has(tmp_path: Path) -> None:
    earlier = prior(tmp_path / "prior", pl.concat([rows(60), rows(1, seed=9).with_columns(label=pl.lit("rare"))]))
    found = made(tmp_path, rows(40, seed=2), earlier, replay=0.1)
    assert "rare" in found.rows["label"].to_list()


@pytest.mark.parametrize(
    ("held", "more", "says"),
    [
        (rows(20, at=[NOW - 40 * DAY] * 20), {"window": 30 * DAY},
         "None of 20 rows is fresh: of the 30d before 2026-02-02T02:40, 20 are older."),
        (rows(20).with_columns(text=pl.lit(" ")), {}, "20 ask nothing"),
        (rows(20).drop("text"), {}, "`text` of the dataset before is gone."),
        (rows(20).with_columns(text=pl.lit(3)), {}, "`text` is integer, and was text."),
        (rows(20).with_columns(label=pl.lit("billing")), {}, "are gone: widen the window"),
        (rows(20).rename({"label": "queue"}), {"label": "queue"}, "The label is `queue`, and was `label`."),
        (rows(20), {"label": "queue"}, "The rows have no `queue`; they have `text`, `label`."),
        (rows(20), {"fields": (("channel", "string"),)}, "`channel` of the line's contract is missing."),
        (rows(20), {"fields": (("text", "int"),)}, "`text` is text, and integer in the line's contract."),
        (rows(0), {}, "no row in them"),
    ],
)  # fmt: skip
def test_what_the_dataset_before_or_the_contract_rules_out_is_refused_in_words(
    tmp_path: Path, held: pl.DataFrame, more: dict[str, Any], says: str
) -> None:
    earlier = prior(tmp_path / "prior", rows(60))
    with pytest.raises(NotRows) as told:
        made(tmp_path, held, earlier, **more)
    assert says in str(told.value)


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    earlier = prior(tmp_path / "prior", rows(60, channel=["web"] * 60))
    with pytest.raises(NotRows) as told:
        made(tmp_path, rows(20).with_columns(label=pl.lit("billing")), earlier)
    assert "`channel` of the dataset before is gone." in str(told.value)
    assert "The labels `delivery`, `login` and `other` are gone" in str(told.value)


def test_labels_that_are_given_up_go_with_their_rows(tmp_path: Path) -> None:
    earlier = prior(tmp_path / "prior", rows(60))
    found = made(tmp_path, rows(60, seed=2), earlier, without=("other",), replay=0.4)
    assert "other" not in found.rows["label"].to_list()
    assert found.counts.given_up == (rows(60, seed=2)["label"] == "other").sum() > 0


def test_sources_come_together_in_one_schema(tmp_path: Path) -> None:
    one = pl.DataFrame({"text": ["a"], "price": [3], "empty": [None]})
    other = pl.DataFrame({"text": ["b"], "price": [2.5], "empty": [True], "more": ["x"]})
    found = together([one, other])
    assert found.to_dicts() == [
        {"text": "a", "price": 3.0, "empty": None, "more": None},
        {"text": "b", "price": 2.5, "empty": True, "more": "x"},
    ]  # fmt: skip
    assert together([one, pl.DataFrame({"price": ["dear"]})])["price"].to_list() == ["3", "dear"]


def test_snapshots_that_say_different_forms_are_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    keep_rows(one, rows(5), Named("classification", "label"), FROM)
    keep_rows(other, pl.DataFrame({"messages": ["[]"]}), Named("chat"), FROM)
    with pytest.raises(NotRows, match="different forms: `chat` and `classification`"):
        assembled([one, other], None, "", ASKED)


def test_what_is_in_quarantine_reaches_no_dataset(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    keep_rows(folder, rows(5), Named("classification", "label"), FROM)
    pl.DataFrame({"file": ["x"], "line": [3], "reason": ["torn"]}).write_parquet(folder / "quarantine.parquet")
    found = assembled([folder], None, "", ASKED)
    assert found.rows.columns == ["text", "label"] and len(found.rows) == 5


def test_fields_are_called_as_they_are_called_here() -> None:
    held = pl.DataFrame({"body": ["x"], "queue": ["q"], "ticket": [7]})
    found = renamed(held, {"id": "ticket", "text": "body", "label": "queue"})
    assert found.to_dicts() == [{"id": 7, "text": "x", "label": "q"}]
    with pytest.raises(NotRows, match="no `subject`; they have `body`"):
        renamed(held, {"text": "subject"})
    with pytest.raises(NotRows, match="have a `queue` of their own already"):
        renamed(held, {"queue": "body"})


def written(folder: Path, held: pl.DataFrame, earlier: Held | None = None, sets: tuple[Held, ...] = ()) -> Held:
    return write_assembled(folder / "dataset", made(folder, held, earlier), b"salt", 0.2, earlier, sets)


def test_the_same_world_gives_the_same_bytes_and_a_dataset_says_what_its_fields_are_for(tmp_path: Path) -> None:
    held = rows(40, id=[f"t{n}" for n in range(40)], at=[NOW - n for n in range(1, 41)])
    one, other = (written(tmp_path / name, held).folder for name in "ab")
    assert {f.name: f.read_bytes() for f in one.iterdir()} == {f.name: f.read_bytes() for f in other.iterdir()}
    schema = Held(one).schema
    assert (schema.form, schema.id, schema.time, schema.content) == ("classification", "id", "at", ["text"])
    assert Held(one).profile.fields == {"text": "text"}
    assert json.loads((one / "assembly.json").read_text())["fresh"] == 40


def test_a_row_of_two_sources_has_one_side_whatever_else_they_know_of_it(tmp_path: Path) -> None:
    plain, more = rows(50), rows(50, id=[f"t{n}" for n in range(50)], channel=["web"] * 50)
    sides = [dict(written(tmp_path / name, held).sides.select("row", "side").rows()) for name, held in
             (("a", plain), ("b", more))]  # fmt: skip
    assert sides[0] == sides[1]


def test_rows_of_a_set_never_train_nor_does_what_is_nearly_the_same(tmp_path: Path) -> None:
    held = rows(60)
    free = written(tmp_path / "free", held)
    training = free.on(TRAIN)["text"].to_list()[:20]
    near = [f"{text} too" for text in training[:10]]
    judging = write_set(tmp_path / "set", "canary", pl.DataFrame({"text": [*near, *training[10:]]}), {}, form="text")
    kept = written(tmp_path / "kept", held, None, (judging,))
    assert not set(training) & set(kept.on(TRAIN)["text"])
    assert set(free.on(GATE)["text"]) <= set(kept.on(GATE)["text"])


@given(st.integers(1, 40), st.integers(0, 3))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_has_trained_stays_on_its_side_even_where_a_set_claims_it(
    tmp_path_factory: pytest.TempPathFactory, number: int, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("x")
    first = prior(folder / "prior", rows(60, seed=seed))
    claimed = first.columns(["text"]).head(number)
    judging = write_set(folder / "set", "canary", claimed, {}, form="text")
    second = write_assembled(
        folder / "next", made(folder, rows(60, seed=seed), first), b"other", 0.9, first, (judging,)
    )
    before, after = (dict(held.sides.select("row", "side").rows()) for held in (first, second))
    assert all(after[row] == side for row, side in before.items())


def test_what_has_trained_and_is_in_a_set_now_trains_no_more_nor_does_what_is_nearly_the_same(tmp_path: Path) -> None:
    held = rows(120, seed=3)
    first = prior(tmp_path / "prior", held)
    trained = first.on(TRAIN)["text"].to_list()
    added = [*trained[:5], *(f"{text} too" for text in trained[5:10])]
    judging = write_set(tmp_path / "set", "regression", pl.DataFrame({"text": added}), {}, form="text")
    second = written(tmp_path / "next", held, first, (judging,))
    assert not set(trained[:10]) & set(training(second.folder).digests + tuple(second.on(TRAIN)["text"]))
    assert len(second.on(TRAIN)) >= len(trained) - 25 and len(second.on(GATE)) == len(first.on(GATE))
    before, after = (dict(each.sides.select("row", "side").rows()) for each in (first, second))
    assert all(after[row] == side for row, side in before.items())  # they stay where they were, and are only remembered
    left = 120 - len(second.columns(["text"]))
    assert left >= 10 and json.loads((second.folder / "assembly.json").read_text())["kept_out"] == left
    assert second.profile.rows == 120 - left and second.sides["here"].sum() == len(
        set(second.columns(["text"])["text"])
    )
    third = written(tmp_path / "after", held, second)
    assert set(trained) == set(third.on(TRAIN)["text"])  # a set that gives them up gives them back


def test_a_dataset_of_nothing_but_rows_of_sets_is_refused(tmp_path: Path) -> None:
    held = pl.DataFrame({"text": [f"{n} is a row that says {n * 7919}" for n in range(9)], "label": ["x"] * 9})
    first = write_dataset(tmp_path / "prior", held, b"salt", 0.0, label="label", form="classification")
    judging = write_set(tmp_path / "set", "regression", held.select("text"), {}, form="text")
    with pytest.raises(NotRows, match="All of its 9 rows are in one of the line's sets, or nearly the same"):
        written(tmp_path / "next", held, first, (judging,))


@given(st.integers(1, 40), st.integers(0, 3), st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_trains_is_in_a_set_or_nearly_whatever_trained_before(
    tmp_path_factory: pytest.TempPathFactory, number: int, seed: int, has_prior: bool
) -> None:
    """As the gate looks for it, which goes by nothing but the rows."""
    folder = tmp_path_factory.mktemp("x")
    held = templated(120, seed)
    first = prior(folder / "prior", held) if has_prior else None
    claimed = held.select(pl.col("text").head(number) + pl.Series(["", " now"] * 60).head(number))
    judging = write_set(folder / "set", "canary", claimed, {}, form="text")
    try:
        second = written(folder / "next", held, first, (judging,))
    except NotRows:
        return
    both = [Dataset("", each.folder) for each in (second, judging)]
    found = leakage(Look("data-integrity"), both[0], [both[1]])
    assert (found.evidence["same"], found.evidence["near"]) == (0, 0), found.sentence


def templated(n: int, seed: int) -> pl.DataFrame:
    """Rows of few templates, many of which are nearly the same."""
    draw = random.Random(seed)
    said = ["please reset the password of my account with you", "my printer in the hall is out of paper since noon"]
    texts = [f"{draw.choice(said)} {draw.randint(1, 30)} times" for _ in range(n)]
    return pl.DataFrame({"text": texts, "label": ["a", "b"] * (n // 2)})


def test_a_set_says_its_name_how_it_is_asked_and_where_it_is_from(tmp_path: Path) -> None:
    made_set = write_set(
        tmp_path / "s", "adversarial", rows(5), {"file": "s.jsonl"}, sampled=True, repeats=20, label="label"
    )
    found = held_set(made_set.folder)
    assert (found.name, found.sampled, found.repeats, found.source) == ("adversarial", True, 20, {"file": "s.jsonl"})
    assert set(found.sides["side"]) == {GATE}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"set": 1, "sampled": true, "repeats": 1, "from": {}}',
                                  '{"set": "a", "sampled": true, "repeats": 0, "from": {}}'])  # fmt: skip
def test_what_is_no_set_is_told(tmp_path: Path, text: str) -> None:
    from sentinel.data.dataset import NotADataset

    (tmp_path / "set.json").write_text(text)
    with pytest.raises(NotADataset, match=r"set\.json is not what the form says"):
        held_set(tmp_path)
