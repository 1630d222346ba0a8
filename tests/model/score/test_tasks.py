"""Tasks of lm-eval: the same scores as our own scorer, a task file as data, and nothing of it that runs."""

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.kinds import EvalReport
from sentinel.data.report import DOCUMENTS, REPORT, documents
from sentinel.domain.refusal import Refused
from sentinel.domain.task import CLASSIFICATION, Prompt, task_of
from sentinel.step.evaluate import evaluate
from tests.model.score.conftest import LABELS, LINE, a_set, attempt, named, tickets, tiny

TASK = """
task: anything
dataset_path: json
dataset_kwargs: {data_files: {test: sets/held.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{text}}\\nAnswer:"
doc_to_target: "{{['billing', 'delivery', 'hardware'].index(label)}}"
doc_to_choice: [billing, delivery, hardware]
metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]
metadata: {version: 1.0}
"""


def line(folder: Path, text: str = TASK, sha: str | None = None) -> Any:
    """A line that lists a task file, with the data that the file names."""
    (folder / "sets").mkdir(parents=True, exist_ok=True)
    data = folder / "sets" / "held.jsonl"
    tickets(20).write_ndjson(data)
    (folder / "task.yaml").write_text(text)
    listed = {"file": "task.yaml", "sha256": sha or hashlib.sha256(text.encode()).hexdigest()}
    return {**LINE, "tasks": {"held": {**listed, "data": {"./sets/held.jsonl": digest(data)}}}}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def ran(folder: Path, model: Path, text: str = TASK, sha: str | None = None, **more: Any) -> EvalReport:
    at = attempt(folder, line=line(folder, text, sha))
    return evaluate(at, named(model), None, None, tasks=["held"], **more)


def test_a_task_file_of_the_line_is_run_and_gives_a_row_for_each_document(tmp_path: Path, model: Path) -> None:
    report = ran(tmp_path / "a", model)
    found = pl.read_parquet(report.path / DOCUMENTS)
    told = json.loads((report.path / REPORT).read_text())["sets"]["held"]
    assert (told["metric"], told["n"], told["harness"], told["shots"]) == ("acc", 20, "lm-eval", 0)
    assert found["truth"].to_list() == tickets(20)["label"].to_list()
    assert set(found["answer"]) <= set(LABELS)
    assert (found["value"] == (found["answer"] == found["truth"])).all()
    assert len(documents(report.path, "held").rows) == 20
    again = ran(tmp_path / "b", model)
    assert (again.path / DOCUMENTS).read_bytes() == (report.path / DOCUMENTS).read_bytes()


def test_shots_and_a_limit_are_told(tmp_path: Path, model: Path) -> None:
    report = ran(tmp_path / "a", model, TASK + "fewshot_split: test\n", shots=2, limit=7)
    told = json.loads((report.path / REPORT).read_text())
    assert (told["settings"]["limit"], told["settings"]["shots"], told["sets"]["held"]["n"]) == (7, 2, 7)
    assert "Answer: " in pl.read_parquet(report.path / DOCUMENTS)["text"][0]


def test_our_scorer_and_lm_eval_give_the_same_answers(tmp_path: Path, model: Path) -> None:
    held = a_set(tmp_path / "set", tickets(60), "canary")
    ours, theirs = (
        pl.read_parquet(evaluate(attempt(tmp_path / how), named(model), None, [held], harness=how).path / DOCUMENTS)
        for how in ("own", "lm-eval")
    )
    assert theirs.drop("chance").equals(ours.drop("chance"))
    assert (theirs["chance"] - ours["chance"]).abs().max() < 1e-4
    task = pl.read_parquet(ran(tmp_path / "t", model).path / DOCUMENTS)
    assert task["answer"].to_list() == ours["answer"].to_list()[:20]


def test_they_agree_on_labels_of_which_one_begins_another(tmp_path: Path) -> None:
    labels = ("card", "card lost", "parcel")
    folder = tiny(tmp_path / "model", task_of(CLASSIFICATION, Prompt("", "\nAnswer:"), labels))
    rows = tickets(30).with_columns(pl.Series("label", labels * 10))
    held = a_set(tmp_path / "set", rows, "canary")
    ours, theirs = (
        pl.read_parquet(evaluate(attempt(tmp_path / how), named(folder), None, [held], harness=how).path / DOCUMENTS)
        for how in ("own", "lm-eval")
    )
    assert theirs.drop("chance").equals(ours.drop("chance"))
    assert (theirs["chance"] - ours["chance"]).abs().max() < 1e-4


HOSTILE = {
    "function": (TASK + "process_docs: !function canary.run\n", "it calls for `!function`, which runs code"),
    "python": (TASK + "x: !!python/object/apply:os.system ['true']\n", "it calls for `!!python/object/apply:os"),
    "class": (TASK + "class: canary.Task\n", "`class` is not read"),
    "include": (TASK + "include: other.yaml\n", "`include` reads other files"),
    "unsafe": (TASK + "unsafe_code: true\n", "`unsafe_code` is not read"),
    "metric": (TASK.replace("metric: acc,", "metric: canary,"), "the metric 'canary' is none of"),
    "script": (TASK.replace("dataset_path: json", "dataset_path: ./canary.py"), "`dataset_path` is neither"),
    "remote": (TASK.replace("{data_files:", "{trust_remote_code: true, data_files:"), "holds more than `data_files`"),
    "outside": (TASK.replace("sets/held.jsonl", "../../../etc/passwd"), "there is no json file"),
    "template": (TASK.replace("{{text}}", "{{ text.__class__.__mro__ }}"), "`doc_to_text` reaches into Python"),
    "filter": (TASK.replace("{{text}}", "{{ text|attr('upper') }}"), "`doc_to_text` reaches into Python"),
    "not yaml": ("a: [", "it is no YAML"),
    "no mapping": ("- a\n", "it is no mapping"),
}  # fmt: skip


@pytest.mark.parametrize("how", HOSTILE)
def test_a_task_file_that_could_run_code_is_refused_and_nothing_of_it_ran(
    tmp_path: Path, model: Path, how: str
) -> None:
    text, says = HOSTILE[how]
    canary = tmp_path / "canary-sang"
    here = tmp_path / "a"
    here.mkdir()
    for name in ("canary.py", "sets/canary.py"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text(f"open({str(canary)!r}, 'w')\ndef run(docs): return docs\n")
    with pytest.raises(Refused) as refused:
        ran(here, model, text)
    assert says in str(refused.value) and "task.yaml: E-task-file" in str(refused.value)
    assert not canary.exists()


def test_a_task_file_that_the_line_does_not_list_so_is_refused(tmp_path: Path, model: Path) -> None:
    with pytest.raises(Refused, match="E-task-digest"):
        ran(tmp_path / "a", model, sha="0" * 64)


def test_a_data_file_that_the_line_does_not_list_so_is_refused(tmp_path: Path, model: Path) -> None:
    """Its rows were mended, and the report on the old ones served again: nothing that the key knows had changed."""
    told = line(tmp_path / "a")
    data = tmp_path / "a" / "sets" / "held.jsonl"
    tickets(20, start=1).write_ndjson(data)
    says = f"E-task-digest: the task's data file sets/held.jsonl is not the one that the line lists: .* {digest(data)}"
    with pytest.raises(Refused, match=says):
        evaluate(attempt(tmp_path / "a", line=told), named(model), None, None, tasks=["held"])
    told["tasks"]["held"]["data"] = {}
    with pytest.raises(Refused, match=f"is not listed by the line.*write `data: {{sets/held.jsonl: {digest(data)}}}`"):
        evaluate(attempt(tmp_path / "a", line=told), named(model), None, None, tasks=["held"])


@pytest.mark.parametrize("told", [{"sampled": True, "repeats": 20}, {}])
def test_lm_eval_is_given_no_set_that_it_would_ask_otherwise(tmp_path: Path, model: Path, told: Any) -> None:
    rows = tickets(5) if told else tickets(5).select("text")
    held = a_set(tmp_path / "s", rows, "hard", "label" if told else None, **told)
    with pytest.raises(Refused, match=r"E-harness-form.*`hard` is none"):
        evaluate(attempt(tmp_path / "a"), named(model), None, [held], harness="lm-eval")


def test_templates_compute_in_a_sandbox(tmp_path: Path) -> None:
    """What slips past the reading is stopped where it would run."""
    from jinja2.exceptions import SecurityError

    from sentinel.model.score.harness import closed

    closed(tmp_path)
    import lm_eval.utils

    with pytest.raises(SecurityError):
        lm_eval.utils.apply_template("{{ ''['_' '_class_' '_'].mro() }}", {})
    assert lm_eval.utils.apply_template("{{ text|upper }}", {"text": "a"}) == "A"


def test_a_bundled_task_whose_data_is_not_here_is_refused_without_the_network(tmp_path: Path, model: Path) -> None:
    with pytest.raises(Refused, match="E-task-run: the task `arc_easy` cannot be run here, without the network"):
        evaluate(attempt(tmp_path / "a"), named(model), None, None, tasks=["arc_easy"])


@pytest.mark.long
def test_a_name_that_nobody_knows_is_refused(tmp_path: Path, model: Path) -> None:
    at = attempt(tmp_path / "a", line=line(tmp_path / "a"))
    with pytest.raises(Refused, match="neither the line nor lm-eval has a task `no-such-task`"):
        evaluate(at, named(model), None, None, tasks=["no-such-task"])
