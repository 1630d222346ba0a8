"""What a line's names stand for, as a run begins: sets, rows of its sources, and a base on the hub."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import Dataset, form_faults
from sentinel.data.asked import asked
from sentinel.data.dataset import Held, write_dataset
from sentinel.data.gathering import Named, all_rows, told_of
from sentinel.data.line_set import held_set
from sentinel.data.sides import TRAIN, side_of
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused
from sentinel.ledger.reads.outcomes import LABEL
from sentinel.outside.hub.world import User, World
from sentinel.step.resolve import resolve
from sentinel.store import Store
from tests.hub.server import LoopbackHub
from tests.unit.gate.datasets import tickets

NOW = 1_770_000_000_000
HOUR = 3_600_000
SALT = b"s3cret"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A workspace."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def attempt(house: Path, line: Json, labels: Any = (), **more: Any) -> At:
    folder = house.parent / f"attempt{len(list(house.parent.iterdir()))}"
    folder.mkdir()
    reads = {
        "line": {"name": "router", "task": "classification", "hold": 0.5, **line},
        "usage": {"to": NOW, "keys": LABEL, "labels": told_as(labels), "cut": False},
        "hub": {"token": more.pop("hub", None)},
    }  # fmt: skip
    told = AttemptIn("a1", "r1", "line", "resolve", {}, {}, str(house.parent / "store"), str(house), reads=reads,
                     secrets=("line-salt", "hf-token"), **more)  # fmt: skip
    return At(told, folder, credential={"line-salt": SALT.decode(), "hf-token": "T0P-SECRET"}.__getitem__)


def told_as(labels: Any) -> str:
    """Labels as the daemon hands them over."""
    return json.dumps([[each[key] for key in LABEL] for each in labels])


def says(at: At) -> str:
    return (at.folder / "progress.jsonl").read_text()


def labelled(house: Path, n: int, **more: Any) -> list[Json]:
    """Answers that were served and labelled: their texts in the live file, their labels as the daemon tells them."""
    rows = tickets(n, seed=3).select("text", "queue").to_dicts()
    (house / "live.jsonl").write_text(
        "".join(json.dumps({"id": f"s{number}", "text": row["text"]}) + "\n" for number, row in enumerate(rows))
    )
    return [
        {"number": number, "id": f"s{number}", "at": NOW - 3 * HOUR, "value": 0.0, "counts": True, "why": "audit",
         "chance": 0.05, "version": "v1", "answer": "x", "label": row["queue"], "slot": NOW - HOUR, **more}
        for number, row in enumerate(rows)
    ]  # fmt: skip


OUTCOMES = {"source": "outcomes", "window": 2 * HOUR, "sampled": False, "repeats": 1}
LINE: dict[str, Any] = {"live": "live.jsonl", "salt": "credential:line-salt", "sets": {"canary": OUTCOMES}}


def test_a_set_of_outcomes_holds_the_gates_side_by_the_lines_salt_and_says_what_was_left_out(house: Path) -> None:
    at = attempt(house, LINE, [*labelled(house, 80), *labelled(house, 80, id="gone", number=99, slot=NOW - HOUR)[:1]])
    (made,) = resolve(at, None, wants=("sets",)).sets
    found = held_set(made.path)
    rows = found.columns(["text", "label", "weight", "_row"])
    assert form_faults("Dataset", made.path) == []
    assert 20 < len(rows) < 60 and set(rows["weight"]) == {20.0}
    assert not [row for row in rows["_row"] if side_of(SALT, row, 0.5) == TRAIN]
    assert found.source == {"outcomes": {"window": 2 * HOUR}} and found.schema.form == "classification"
    assert "80 rows of 81 labels, 1 without a text in the live file" in says(at)


def test_rows_of_one_customer_are_in_a_set_together_or_not_at_all(house: Path) -> None:
    labels = labelled(house, 60)
    live = [json.loads(line) for line in (house / "live.jsonl").read_text().splitlines()]
    text = "".join(json.dumps({**row, "customer": f"c{number % 12}"}) + "\n" for number, row in enumerate(live))
    (house / "live.jsonl").write_text(text)
    (made,) = resolve(attempt(house, {**LINE, "group": "customer"}, labels), None, wants=("sets",)).sets
    found = held_set(made.path)
    counts = found.columns(["customer"])["customer"].value_counts()["count"]
    assert found.schema.group == "customer" and 0 < len(counts) < 12 and set(counts) == {5}


def test_the_same_labels_a_day_later_are_the_same_set_and_those_that_left_the_window_are_not(house: Path) -> None:
    labels = labelled(house, 60)

    def digest(*of: Json, window: int = 48 * HOUR, now: int = NOW) -> str:
        at = attempt(house, {**LINE, "sets": {"canary": {**OUTCOMES, "window": window}}}, of)
        at.reads["usage"]["to"] = now
        return Store(house.parent / "s").put(resolve(at, None, wants=("sets",)).sets[0].path).digest

    first = digest(*labels)
    assert digest(*labels, now=NOW + 24 * HOUR) == first
    assert digest(*[{**each, "slot": NOW - 50 * HOUR} for each in labels[:30]], *labels[30:]) != first


def test_what_the_champion_trained_on_is_in_no_set(house: Path) -> None:
    labels = labelled(house, 60)
    texts = pl.DataFrame([json.loads(line) for line in (house / "live.jsonl").read_text().splitlines()]).select("text")
    write_dataset(house.parent / "prior", texts, b"another", 0.0, form="text")
    champion = Dataset("", house.parent / "prior")
    assert set(Held(champion.path).sides["side"]) == {TRAIN}
    at = attempt(house, LINE, labels)
    assert resolve(at, champion, wants=("sets",)).sets == []
    assert resolve(attempt(house, LINE, labels), None, wants=("sets",)).sets != []


def test_what_another_model_of_the_run_trained_on_is_in_no_set_of_outcomes(house: Path) -> None:
    """A candidate that waits for its second look has learned rows that the champion never saw."""
    labels, store = labelled(house, 60), Store(house.parent / "store")
    texts = pl.DataFrame([json.loads(line) for line in (house / "live.jsonl").read_text().splitlines()]).select("text")

    def held(*trained: str) -> set[str]:
        at = attempt(house, LINE, labels)
        at.reads["trained"] = list(trained)
        sets = resolve(at, None, wants=("sets",)).sets
        if "f" * 64 in trained:
            assert "the dataset ffffffffffff that a model here was trained on is not kept" in says(at)
        return set(held_set(sets[0].path).columns(["text"])["text"]) if sets else set()

    every = held()
    # the rows of the first half, each with a word more: nearly the same
    near = texts.head(30).with_columns(pl.col("text") + " thanks")
    made = [write_dataset(house.parent / name, rows, b"another", 0.0, form="text").folder
            for name, rows in (("near", near), ("rest", texts.tail(30)))]  # fmt: skip
    near_ones, rest = (store.put(folder).digest for folder in made)
    first, last = (set(part["text"]) for part in (texts.head(30), texts.tail(30)))
    assert len(every & first) > 5 and len(every & last) > 5
    assert held("f" * 64) == every
    assert held(near_ones) == every & last
    assert held(near_ones, rest) == set()


def test_a_set_without_any_outcome_yet_is_left_out_and_refused_only_where_there_must_be_one(house: Path) -> None:
    (house / "r.jsonl").write_text('{"text": "a", "label": "b", "slice": "x"}\n')
    file = {"file": "r.jsonl", "sampled": True, "repeats": 3}
    at = attempt(house, {**LINE, "sets": {"canary": OUTCOMES, "regression": file}})
    (made,) = resolve(at, None, wants=("sets",), must=("sets",)).sets
    assert (held_set(made.path).name, held_set(made.path).repeats) == ("regression", 3)
    with pytest.raises(Refused, match="E-no-sets: the line's sets hold no rows"):
        resolve(attempt(house, LINE), None, wants=("sets",), must=("sets",))


def test_only_what_is_wanted_is_looked_for(house: Path) -> None:
    at = attempt(house, {"sets": {"x": {"file": "nowhere.jsonl"}}, "data": [], "base": {"file": "nowhere"}})
    assert resolve(at, None) == (None, [], [])


@pytest.mark.parametrize(
    ("task", "row", "says"),
    [
        ("classification", {"text": "a", "queue": "b"}, "asked as text, and the line's task is .*no `label`"),
        ("preference", {"prompt": "a", "chosen": "b"}, "asked as text, .*is preference.*no `rejected`"),
        ("chat", {"text": "a", "label": "b"}, "asked as classification, .*is chat.*no `messages`"),
        ("classification", {"n": 1}, "none of the forms"),
    ],
)  # fmt: skip
def test_a_set_of_another_form_than_the_lines_task_is_refused(house: Path, task: str, row: Json, says: str) -> None:
    """A set whose labels stand under `queue` was scored token by token, and a floor judged that."""
    (house / "r.jsonl").write_text(json.dumps(row) + "\n")
    sets = {"regression": {"file": "r.jsonl", "sampled": False, "repeats": 1}}
    with pytest.raises(Refused, match=says) as told:
        resolve(attempt(house, {"task": task, "sets": sets}), None, wants=("sets",))
    assert "sets.regression" in str(told.value)
    (made,) = resolve(attempt(house, {"task": "triage", "sets": sets}), None, wants=("sets",)).sets
    assert len(held_set(made.path).columns(list(row))) == 1


def test_a_set_whose_text_is_in_several_fields_is_of_its_lines_form(house: Path) -> None:
    (house / "r.jsonl").write_text('{"subject": "a", "body": "b", "label": "c"}\n')
    line = {"sets": {"regression": {"file": "r.jsonl", "sampled": False, "repeats": 1}}}
    (made,) = resolve(attempt(house, line), None, wants=("sets",)).sets
    assert [(each.text, each.truth) for each in asked(made.path).questions] == [("b\na", "c")]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("r.csv", "text,label\na,b\n".encode("utf-16"), r"r\.csv is UTF-16, whatever its name says.*Save it as UTF-8"),
        ("r.jsonl", gzip.compress(b'{"text": "a", "label": "b"}\n', mtime=0), r"r\.jsonl is compressed by gzip"),
    ],
)
def test_a_set_file_that_is_not_what_it_is_called_is_refused(house: Path, name: str, data: bytes, says: str) -> None:
    (house / name).write_bytes(data)
    for place in (name, "."):
        line = {"sets": {"regression": {"file": place, "sampled": False, "repeats": 1}}}
        with pytest.raises(Refused, match=says):
            resolve(attempt(house, line), None, wants=("sets",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "E-no-file: there is no r.jsonl in the workspace"), ("", "no row in them"), ("{", "not JSON"),
        ("[1]\n", "not an object"), ('{"_row": 1}\n', "holds no `_row`"),
    ],
)  # fmt: skip
def test_a_set_that_cannot_be_read_is_told_by_its_name(house: Path, text: str | None, says: str) -> None:
    if text is not None:
        (house / "r.jsonl").write_text(text)
    line = {"sets": {"regression": {"file": "r.jsonl", "sampled": False, "repeats": 1}}}
    with pytest.raises(Refused, match=says) as told:
        resolve(attempt(house, line), None, wants=("sets",))
    assert "r.jsonl" in str(told.value) or "sets.regression" in str(told.value)


def test_rows_of_each_source_are_snapshots_that_say_what_their_fields_are_for(house: Path) -> None:
    rows = {"ticket": [1, 2], "body": ["a", "b"], "queue": ["x", "y"], "at": [1_770_000_000, 1_769_000_000]}
    pl.DataFrame(rows).write_csv(house / "f.csv")
    program = [
        sys.executable,
        "-c",
        "import os; os.mkdir('rows'); open('rows/a.jsonl', 'w').write('{\"text\": \"p\"}\\n')",
    ]
    line = {**LINE, "data": [
        {"source": "file", "path": "f.csv", "key": "ticket", "map": {"text": ["body"], "label": ["queue"]}},
        {"source": "program", "name": "export", "key": None, "map": {}, "timeout": 20_000}, {"source": "usage"},
    ]}  # fmt: skip
    at = attempt(house, line, labelled(house, 4), programs={"export": tuple(program)})
    one, other, usage = resolve(at, None, wants=("rows",)).rows
    assert all_rows(one.path).to_dicts()[0] == {"text": "a", "label": "x", "id": "1", "at": NOW}
    assert told_of(one.path) == Named("classification", "label", None, "id", "at")
    assert all_rows(other.path)["text"].to_list() == ["p"]
    assert len(all_rows(usage.path)) == 4 and "weight" not in all_rows(usage.path).columns


@pytest.mark.parametrize(
    ("argv", "timeout", "says"),
    [
        (["/bin/sh", "-c", "exit 3"], 9000, "E-program-failed: the program `export` ended with exit code 3"),
        (["/bin/sh", "-c", "exit 0"], 9000, "wrote no folder"),
        (["/bin/sh", "-c", "mkdir rows"], 9000, "There are no rows"),
        (["/bin/sh", "-c", "mkdir rows; touch rows/a.jsonl"], 9000, "no row in them"),
        (["/bin/sleep", "30"], 200, "did not end within 200ms"), (["/nowhere/x"], 9000, "does not start"),
    ],
)  # fmt: skip
def test_a_program_that_gives_no_rows_is_told(house: Path, argv: list[str], timeout: int, says: str) -> None:
    source = {"source": "program", "name": "export", "key": None, "map": {}, "timeout": timeout}
    at = attempt(house, {"data": [source]}, programs={"export": tuple(argv)})
    with pytest.raises(Refused, match=says):
        resolve(at, None, wants=("rows",), must=("rows",))
    with pytest.raises(Refused, match="this node has no program `export`"):
        resolve(attempt(house, {"data": [source]}), None, wants=("rows",))


def test_a_program_sees_no_secret_of_ours(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "T0P-SECRET")
    script = 'mkdir rows; echo "{\\"text\\": \\"${HF_TOKEN:-none}\\"}" > rows/a.jsonl'
    source = {"source": "program", "name": "export", "key": None, "map": {}, "timeout": 9000}
    at = attempt(house, {"data": [source]}, programs={"export": ("/bin/sh", "-c", script)})
    assert all_rows(resolve(at, None, wants=("rows",)).rows[0].path)["text"].to_list() == ["none"]


def test_a_base_on_the_hub_is_taken_in_at_its_revision_without_what_could_run(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("huggingface_hub")
    files = {"config.json": b'{"auto_map": {"x": "y"}}', "model.safetensors": b"w", "modeling.py": b"import os"}
    world = World(users={"T0P-SECRET": User("acme")})
    world.put("acme/base", files, revision="3f2c9e1", private=True)
    hub = LoopbackHub(world)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    try:
        line = {"base": {"hub": "acme/base", "revision": "3f2c9e1"}}
        base = resolve(attempt(house, line, hub="hf-token"), None, wants=("base",)).base
        assert base is not None
        held = {path.name: path.read_bytes() for path in base.path.iterdir()}
        assert set(held) == {"config.json", "model.safetensors"} and json.loads(held["config.json"]) == {}
        with pytest.raises(Refused, match="not for this token"):
            resolve(attempt(house, line), None, wants=("base",))
    finally:
        hub.close()
