"""Rows come into one canonical form by a mapping that says everything; what does not fit is named."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.data.mapping import Mapping
from sentinel.data.moments import moments, way_of
from sentinel.data.normalize import Bounds, normalize
from sentinel.data.quarantine import quarantined
from sentinel.data.rows import NotRows, rows_in
from sentinel.data.snapshot import Snapshot, read_snapshot
from sentinel.domain.task import FORMS

TICKETS = Mapping("classification", {"text": ("subject", "body"), "label": ("queue",)})
LOOSE = Bounds(at_most=1, at_least=1, largest_at_most=1)


def brought(folder: Path, rows: list[dict[str, Any]], mapping: Mapping, bounds: Bounds = LOOSE) -> Snapshot:
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    (folder / "raw/a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return normalize(folder / "raw", folder / "out", mapping, bounds)


def kept(folder: Path) -> pl.DataFrame:
    return pl.concat(list(rows_in(folder / "out")))


def reasons(folder: Path) -> list[tuple[int, str]]:
    return quarantined(folder / "out").select("line", "reason").rows()


def ticket(number: int, **more: Any) -> dict[str, Any]:
    return {"ticket_id": number, "subject": f"Case {number}", "body": "No heat.", "queue": f"q{number % 3}", **more}


def test_fields_are_joined_renamed_and_kept_as_the_mapping_says(tmp_path: Path) -> None:
    rows = [ticket(n, created="2026-03-01T12:00:00+01:00", customer=n % 2, prio=n) for n in range(6)]
    mapping = Mapping(
        "classification", {"text": ("subject", "body"), "label": ("queue",)}, {"priority": "prio"}, "ticket_id",
        "created", "customer", labels={"q0": "billing"},
    )  # fmt: skip
    told = brought(tmp_path, rows, mapping)
    held = kept(tmp_path)
    assert held.columns == ["text", "label", "id", "at", "group", "priority"]
    first = {
        "text": "Case 0\nNo heat.",
        "label": "billing",
        "id": "0",
        "at": 1772362800000,
        "group": "0",
        "priority": 0,
    }
    assert held.row(0, named=True) == first
    assert (told.form, told.id, told.label, told.group, told.time) == ("classification", "id", "label", "group", "at")
    assert told == read_snapshot(tmp_path / "out") and told.mapping["times"] == "iso"
    assert not (tmp_path / "out/quarantine.parquet").exists()


def test_rows_that_do_not_fit_are_left_aside_each_with_its_reason(tmp_path: Path) -> None:
    rows = [
        ticket(1), ticket(2, subject=None, body="  "), ticket(3, queue=None), ticket(4, body=["a"]),
        ticket(5, subject={"x": 1}), {"ticket_id": None, **{k: v for k, v in ticket(6).items() if k != "ticket_id"}},
        ticket(7, body=None),
    ]  # fmt: skip
    told = brought(tmp_path, rows, Mapping(TICKETS.form, TICKETS.map, id="ticket_id"))
    assert reasons(tmp_path) == [
        (2, "its `text` is empty"), (3, "its `label` is empty"), (4, "its `body` is a list, and no text"),
        (5, "its `subject` is a record, and no text"), (6, "it has no `ticket_id`"),
    ]  # fmt: skip
    assert kept(tmp_path)["text"].to_list() == ["Case 1\nNo heat.", "Case 7"]
    assert (told.rows, told.quarantined) == (2, 5)
    aside = quarantined(tmp_path / "out")
    assert aside["file"].unique().to_list() == ["a.jsonl"] and "No heat" in aside["start"][1]


def test_coverage_and_the_shape_of_labels_are_measured(tmp_path: Path) -> None:
    rows = [ticket(n, queue="a" if n < 6 else "b", note="x" if n == 0 else "") for n in range(8)]
    told = brought(tmp_path, rows, Mapping(TICKETS.form, TICKETS.map, {"note": "note"}))
    assert told.coverage == {"text": 1.0, "label": 1.0, "note": 0.125}
    shape = told.labels
    assert shape is not None and (shape.classes, shape.largest, shape.smallest) == (2, "a", "b")
    assert shape.entropy == pytest.approx(0.811278) and shape.counts == {"a": 6, "b": 2}


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        (Bounds(at_least=7), "6 rows are left in the canonical form, and `at_least` asks for 7."),
        (
            Bounds(at_least=1, largest_at_most=0.3),
            "`q0` is the label of 33.3% of rows, and `largest_at_most` allows 30%",
        ),
        (
            Bounds(at_least=1, contract={"text": "string", "channel": "text"}),
            "names `channel`, and the mapping gives no",
        ),
        (Bounds(at_least=1, contract={"text": "words"}), "says `text: words`, which is none of text, integer"),
    ],
)
def test_too_few_rows_and_lopsided_ones_and_an_unkept_contract_are_refused(
    tmp_path: Path, bounds: Bounds, says: str
) -> None:
    with pytest.raises(NotRows) as why:
        brought(tmp_path, [ticket(n) for n in range(6)], TICKETS, bounds)
    assert says in str(why.value)
    assert not (tmp_path / "out/snapshot.json").exists()


def test_too_many_rows_that_do_not_fit_are_refused_with_the_first_three(tmp_path: Path) -> None:
    with pytest.raises(NotRows, match=r"5 of 10 records cannot be taken.*a.jsonl, line 3: its `label` is empty"):
        brought(tmp_path, [ticket(n, queue=None if n < 5 else "a") for n in range(10)], TICKETS, Bounds(at_least=1))


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        (Mapping("poem"), "There is no form `poem`; there are `text`, `classification`, `chat`, `preference`."),
        (Mapping("text", {"label": ("queue",)}), "A row of text has `text`, and no `label`. Further fields go under"),
        (Mapping("classification", {"text": ("title",)}), "The rows have no `title`, `label`; they have `ticket_id`"),
        (Mapping("text", {"text": ("body",)}, {"at": "queue"}), "`at` cannot be kept under a name that has a meaning"),
        (Mapping("text", {"text": ("body",)}, labels={"a": "b"}), "Labels are renamed, and a row of text has none."),
    ],
)
def test_a_mapping_that_fits_neither_form_nor_rows_is_refused(tmp_path: Path, mapping: Mapping, says: str) -> None:
    with pytest.raises(NotRows) as why:
        brought(tmp_path, [ticket(1)], mapping)
    assert says in str(why.value)


def test_the_contract_says_which_rows_break_it_and_makes_types_of_the_rest(tmp_path: Path) -> None:
    amounts = ["12", 3.0, "3.5", "much", None, "1e3"]
    rows = [ticket(n, amount=amount, paid=n % 2 == 0) for n, amount in enumerate(amounts)]
    mapping = Mapping(TICKETS.form, TICKETS.map, {"amount": "amount", "paid": "paid"})
    contract = {"text": "string", "amount": "integer", "paid": "boolean"}
    brought(tmp_path, rows, mapping, Bounds(1, 1, 1, contract))
    assert kept(tmp_path).select("amount", "paid").rows() == [(12, True), (3, False), (1000, False)]
    assert reasons(tmp_path) == [
        (3, "its `amount` is no integer, as the contract has it: 3.5"),
        (4, "its `amount` is no integer, as the contract has it: much"),
        (5, "its `amount` is empty, and the contract asks for it"),
    ]


@pytest.mark.parametrize(
    ("values", "way", "first"),
    [
        ([1772362800, None], "s", 1772362800000),
        ([1772362800.25], "s", 1772362800250),
        ([1772362800000], "ms", 1772362800000),
        (["1772362800"], "s", 1772362800000),
        (["2026-03-01T11:00:00Z", "1772362800"], "iso", 1772362800000),
        (["2026-03-01 12:00:00+01:00"], "iso", 1772362800000),
        (["2026-03-01"], "iso", 1772323200000),
    ],
)
def test_the_first_times_tell_how_they_are_written(values: list[Any], way: str, first: int) -> None:
    column = pl.Series("at", values)
    assert way_of(column) == way
    assert moments(column, way)[0] == first


@given(st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30)))  # noqa: DTZ001  hypothesis wants none
def test_a_time_is_the_same_however_it_is_written(when: datetime) -> None:
    whole = when.replace(tzinfo=UTC, microsecond=when.microsecond // 1000 * 1000)
    ms = round(whole.timestamp() * 1000)
    assert moments(
        pl.Series([whole.isoformat(), when.replace(microsecond=whole.microsecond).isoformat()]), "iso"
    ).to_list() == [ms, ms]
    assert moments(pl.Series([ms]), "ms").to_list() == moments(pl.Series([ms / 1000]), "s").to_list() == [ms]


def test_what_is_no_time_is_left_aside(tmp_path: Path) -> None:
    rows = [ticket(n, created=at) for n, at in enumerate(["2026-03-01", "yesterday", None, "1815-06-18", "9999-01-01"])]
    brought(tmp_path, rows, Mapping(TICKETS.form, TICKETS.map, at="created"))
    no = "its `created` is no time between 1970 and 2200: "
    assert reasons(tmp_path) == [
        (2, no + "yesterday"), (3, "it has no `created`"), (4, no + "1815-06-18"), (5, no + "9999-01-01"),
    ]  # fmt: skip


USER, BOT, SYSTEM = ({"role": role, "content": "Hm."} for role in ("user", "assistant", "system"))


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([USER, BOT], None),
        ([SYSTEM, USER, BOT, USER, BOT], None),
        (json.dumps([USER, BOT]), None),
        ([USER, USER, BOT], "message 2 is of `user` where `assistant` has its turn"),
        ([SYSTEM, BOT], "message 2 is of `assistant` where `user` has its turn"),
        ([USER, BOT, SYSTEM], "message 3 is of `system` where `user` has its turn"),
        ([USER], "the assistant does not have the last word"),
        ([SYSTEM], "the assistant does not have the last word"),
        ([], "its `messages` is no list of messages"),
        ("hello", "its `messages` is no list of messages"),
        (None, "its `messages` is empty"),
        ([USER, {"role": "assistant", "content": " "}], "message 2 says nothing in `content`"),
        ([USER, {"role": "robot", "content": "Hm."}], "message 2 is of `robot`, and neither of"),
        ([USER, "Hm."], "message 2 is no record"),
        ([{"content": "Hm."}, BOT], "message 1 does not say in `role` whose it is"),
    ],
)  # fmt: skip
def test_conversations_are_checked_turn_by_turn(tmp_path: Path, messages: Any, reason: str | None) -> None:
    brought(tmp_path, [{"messages": [USER, BOT]}, {"messages": messages}], Mapping("chat"))
    told = reasons(tmp_path)
    assert len(told) == (reason is not None) and all(line == 2 and why.startswith(str(reason)) for line, why in told)
    assert json.loads(kept(tmp_path)["messages"][0]) == [USER, BOT]


def test_messages_and_speakers_may_be_called_otherwise(tmp_path: Path) -> None:
    rows = [{"said": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]}]
    told = Mapping("chat", {"messages": ("said",)}, turn={"role": "from", "content": "value"},
                   roles={"human": "user", "gpt": "assistant"})  # fmt: skip
    brought(tmp_path, rows, told)
    assert kept(tmp_path)["messages"][0] == '[{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}]'


def test_a_preference_prefers_one_to_the_other(tmp_path: Path) -> None:
    rows = [{"prompt": "p", "chosen": "a", "rejected": last} for last in ("b", "a", "", None)]
    brought(tmp_path, rows, Mapping("preference"))
    empty = "its `rejected` is empty"
    assert reasons(tmp_path) == [(2, "what was chosen and what was rejected are the same"), (3, empty), (4, empty)]


CELLS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | st.text(
    st.characters(exclude_categories=("Cs", "Cc")), max_size=6) | st.lists(st.integers(0, 3), max_size=2)  # fmt: skip
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys("abc", CELLS)), min_size=1, max_size=12)


@given(rows=ROWS, form=st.sampled_from(sorted(FORMS)), data=st.data())
def test_every_row_is_either_in_its_form_or_left_aside_with_a_reason(
    rows: list[dict[str, Any]], form: str, data: Any, tmp_path_factory: Any
) -> None:
    sources = st.lists(st.sampled_from("abc"), min_size=1, max_size=1 if form == "chat" else 3).map(tuple)
    told = data.draw(st.fixed_dictionaries(dict.fromkeys(FORMS[form], sources)))
    extra = data.draw(
        st.fixed_dictionaries({name: st.none() | st.sampled_from("abc") for name in ("id", "at", "group")})
    )
    folder = tmp_path_factory.mktemp("rows")
    try:
        snapshot = brought(folder, rows, Mapping(form, told, {"extra": "a"}, **extra))
    except NotRows as why:
        assert "No row is left" in str(why)
        return
    held = kept(folder)
    assert snapshot.rows == len(held) and len(held) + len(reasons(folder)) == len(rows)
    assert len({line for line, _ in reasons(folder)}) == snapshot.quarantined
    for name in FORMS[form]:
        assert held[name].null_count() == 0 and all(str(value).strip() for value in held[name])
    if extra["at"] is not None:
        assert held["at"].null_count() == 0 and held.schema["at"] == pl.Int64


def test_a_text_that_happens_to_be_json_is_a_text(tmp_path: Path) -> None:
    rows = [{"text": '{"a": 1}'}, {"text": {"a": 1}}, {"text": "[URGENT]"}, {"text": "plain"}, {"text": "[1]"}]
    brought(tmp_path, rows, Mapping("text"))
    assert reasons(tmp_path) == [(2, "its `text` is a record, and no text")]
    assert kept(tmp_path)["text"].to_list() == ['{"a": 1}', "[URGENT]", "plain", "[1]"]


def test_a_list_of_a_parquet_file_is_no_text_either(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    pl.DataFrame({"text": [["a"], None, ["b"]]}).write_parquet(tmp_path / "raw/a.parquet")
    (tmp_path / "raw/b.csv").write_text('text\n"[1]"\n')
    normalize(tmp_path / "raw", tmp_path / "out", Mapping("text"), LOOSE)
    no = "its `text` is a list, and no text"
    assert reasons(tmp_path) == [(1, no), (2, "its `text` is empty"), (3, no)]
    assert kept(tmp_path)["text"].to_list() == ["[1]"]
