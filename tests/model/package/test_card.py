"""A card tells the same facts to people and to programs, and what others wrote changes nothing but its own words."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, EvalReport, Model, Verdict
from sentinel.data.dataset import write_dataset
from sentinel.data.report import write_report
from sentinel.domain.form import to_json
from sentinel.domain.refusal import Refused
from sentinel.domain.task import Prompt, Task
from sentinel.domain.verdict import Finding
from sentinel.domain.verdict import Verdict as Said
from sentinel.model.card import Facts, Judged, Score, command_of, limits_of, page, safe
from sentinel.step.card import card

MODEL = "a" * 64
LINEAGE = {
    "line": "router", "version": "v3", "label": "",
    "ancestors": [{"version": "v3", "label": "", "model": MODEL, "parents": ["v1"]}],
    "made_by": {"run": "r9", "recipe": "lifecycle", "source": "f" * 64, "inputs": {"window": "30d", "note": "it's <b>"},
                "commit": "c0ffee", "dirty": True,
                "step": {"id": "tuned", "use": "forge", "params": {"train": {"rank": 16}}}},
}  # fmt: skip
EVIL = [
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "a\n# heading\n---\nlicense: mit", "| a | b |", "`code`",
    "![](http://x/y.png)", "http://evil.example", "</td>&amp;", "- x", "\u202eabc", "\x1b[31mred", "**bold**",
    "a: b #c",
]  # fmt: skip


def facts(**more: object) -> Facts:
    return replace(Facts("router", MODEL, 1000, "LlamaForCausalLM", 128, "classification", ("billing", "sales"), None,
                         {"hub": "acme/base", "revision": "3f2"}, {"steps": 10}, LINEAGE, None), **more)  # type: ignore[arg-type]  # fmt: skip


def front(text: str) -> object:
    from ruamel.yaml import YAML

    assert text.startswith("---\n")
    return YAML(typ="safe").load(text[4:].partition("\n---\n")[0])


def test_the_hub_reads_the_scores_of_the_front_matter(tmp_path: Path) -> None:
    from huggingface_hub import ModelCard

    (tmp_path / "README.md").write_text(page(facts(scores=(Score("canary", "accuracy", 0.91, 0.87, 0.94, 200),))))
    data = ModelCard.load(tmp_path / "README.md").data
    (result,) = data.eval_results
    assert (result.metric_type, result.metric_value, result.dataset_name) == ("accuracy", 0.91, "canary")
    assert (data.base_model, data.pipeline_tag, data.tags) == (
        "acme/base", "text-classification", ["sentinel", "classification"],
    )  # fmt: skip


@pytest.mark.parametrize("evil", EVIL)
def test_words_of_others_stay_words(evil: str) -> None:
    told = facts(
        line=evil, labels=(evil,), form="classification", licence=evil, base={"hub": evil},
        data={"digest": "d" * 64, "rows": 10, "fields": {evil: "text"}, "labels": {evil: 10}},
        judged=(Judged("promotion", "fail", evil, ((evil, "fail", evil),)),),
        scores=(Score(evil, "accuracy", 0.5, 0.1, 0.9, 10),),
    )  # fmt: skip
    text, calm = page(told), page(replace(told, line="x", labels=("x",), licence="x", base={"hub": "x"},
        data={"digest": "d" * 64, "rows": 10, "fields": {"x": "text"}, "labels": {"x": 10}},
        judged=(Judged("promotion", "fail", "x", (("x", "fail", "x"),)),),
        scores=(Score("x", "accuracy", 0.5, 0.1, 0.9, 10),)))  # fmt: skip
    assert text.count("\n") == calm.count("\n")
    held, usual = front(text), front(calm)
    assert isinstance(held, dict) and isinstance(usual, dict) and held.keys() == usual.keys()
    from markdown_it import MarkdownIt

    def tags(page: str) -> list[str]:
        reader = MarkdownIt("gfm-like", {"html": True})
        found = []
        for token in reader.parse(page.partition("\n---\n")[2]):
            found += [token.type, *(child.type for child in token.children or () if child.type != "text")]
        return found

    assert tags(text) == tags(calm)


@given(st.text(max_size=80))
def test_any_text_is_one_line_without_a_tag(text: str) -> None:
    shown = safe(text)
    assert "\n" not in shown and "<" not in shown and ">" not in shown and "|" not in shown.replace("\\|", "")


def test_limits_follow_from_the_facts() -> None:
    told = " ".join(limits_of(facts(
        scores=(Score("canary", "accuracy", 0.9, 0.7, 0.97, 30),),
        judged=(Judged("promotion", "inconclusive", "x", ()),),
        data={"digest": "d" * 64, "rows": 100, "fields": {}, "labels": {"billing": 90, "sales": 10}},
    )))  # fmt: skip
    for part in ("only 30 documents", "from 0.700 to 0.970", "promotion did not let it pass: inconclusive",
                 "knows 2 labels", "reads 128 tokens", "1 of its labels had fewer than 30 rows: sales"):  # fmt: skip
        assert part in told
    assert "has not been scored" in " ".join(limits_of(facts())) and "No gate has judged it" in " ".join(
        limits_of(facts())
    )


def test_the_command_makes_it_again_and_is_safe_to_paste() -> None:
    told = command_of(LINEAGE)
    assert told == "sentinel run lifecycle --line router --set 'note=it'\"'\"'s <b>' --set window=30d"
    assert f"    {told}" in page(facts())
    assert "which had changes" in page(facts())
    assert command_of({"made_by": {"recipe": None}}) is None and command_of(None) is None


@pytest.fixture
def parts(tmp_path: Path, tiny: Path) -> tuple[Model, EvalReport, Verdict, Dataset]:
    """A model with its task, its report, a verdict and its data."""
    import shutil

    model = Path(shutil.copytree(tiny, tmp_path / "model"))
    task = Task("classification", Prompt(), ("billing", "sales"))
    (model / "task.json").write_text(json.dumps(to_json(task)))
    rows = pl.DataFrame({"set": ["canary"] * 50, "doc": [f"d{n}" for n in range(50)], "prompt": ["p"] * 50,
                         "task": ["t"] * 50, "metric": ["accuracy"] * 50, "value": [1.0] * 45 + [0.0] * 5})  # fmt: skip
    write_report(tmp_path / "report", MODEL, "classification", {}, {"canary": {"metric": "accuracy"}}, rows)
    said = Said("promotion", "pass", "All 1 checks passed.", MODEL, None, 1, (Finding("floor", "pass", "It is high."),))
    (tmp_path / "verdict").mkdir()
    (tmp_path / "verdict" / "verdict.json").write_text(json.dumps(to_json(said)))
    data = pl.DataFrame({"text": [f"row {n}" for n in range(40)], "queue": ["billing", "sales"] * 20})
    write_dataset(tmp_path / "data", data, b"salt", 0.2, label="queue")
    return (Model(MODEL, model), EvalReport("e" * 64, tmp_path / "report"), Verdict("f" * 64, tmp_path / "verdict"),
            Dataset("d" * 64, tmp_path / "data"))  # fmt: skip


def test_a_card_of_a_version_tells_all_that_is_bound(
    parts: tuple[Model, EvalReport, Verdict, Dataset], attempt: Callable[..., At]
) -> None:
    model, report, verdict, data = parts
    reads = {"line": {"name": "router", "base": {"file": "base"}}, "lineage": LINEAGE}
    one, other = (card(attempt(**reads), model, [report], [verdict], data).path for _ in range(2))
    for name in ("README.md", "card.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    told = json.loads((one / "card.json").read_text())
    (score,) = told["scores"]
    assert (score["set"], score["value"], score["n"]) == ("canary", 0.9, 50)
    assert 0.77 < score["lower"] < 0.79 and 0.96 < score["upper"] < 0.97  # Clopper and Pearson's, of 45 in 50
    assert told["judged"][0]["checks"] == [["floor", "pass", "It is high."]]
    assert told["labels"] == ["billing", "sales"] and told["data"]["labels"] == {"billing": 20, "sales": 20}
    assert told["command"].startswith("sentinel run lifecycle --line router")
    text = (one / "README.md").read_text()
    for part in ("promotion: pass", "| billing | 20 |", "f" * 64, "| canary | accuracy | 0\\.900 |"):
        assert part in text


def test_what_speaks_of_another_model_is_refused(
    parts: tuple[Model, EvalReport, Verdict, Dataset], attempt: Callable[..., At]
) -> None:
    model, report, verdict, _ = parts
    other = Model("b" * 64, model.path)
    with pytest.raises(Refused, match="the report eeeeeeeeeeee is about aaaaaaaaaaaa"):
        card(attempt(), other, [report], None, None)
    with pytest.raises(Refused, match="the verdict ffffffffffff is about aaaaaaaaaaaa"):
        card(attempt(), other, None, [verdict], None)


def test_a_model_alone_has_a_card_too(tiny: Path, attempt: Callable[..., At]) -> None:
    path = card(attempt(), Model(MODEL, tiny), None, None, None).path
    told = json.loads((path / "card.json").read_text())
    assert told["parameters"] > 10_000 and told["scores"] == [] and told["command"] is None
    assert "It was not made by a recipe on record" in (path / "README.md").read_text()
