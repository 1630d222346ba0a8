"""The step `evaluate`: a report of every document, and nothing asked twice."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, EvalReport, form_faults
from sentinel.data.line_set import write_set
from sentinel.data.report import DOCUMENTS, REPORT, documents, failures, same_questions
from sentinel.domain.refusal import Refused
from sentinel.domain.task import CLASSIFICATION, Prompt, task_of
from sentinel.model import base
from sentinel.model.score import anchor
from sentinel.step.evaluate import evaluate
from tests.model.score.conftest import LABELS, a_set, attempt, named, says, stored, tickets, tiny


def rows(report: EvalReport, name: str = "canary") -> pl.DataFrame:
    return pl.read_parquet(report.path / DOCUMENTS).filter(pl.col("set") == name)


def told(report: EvalReport) -> Any:
    return json.loads((report.path / REPORT).read_text())


def alike(one: EvalReport, other: EvalReport) -> bool:
    """Whether two reports say the same, byte for byte."""
    return all((one.path / name).read_bytes() == (other.path / name).read_bytes() for name in (REPORT, DOCUMENTS))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many rows went through the model, pass by pass."""
    seen: list[int] = []
    load = base.load

    def counting(folder: Path, dtype: str = "float32") -> Any:
        model, words = load(folder, dtype)
        model.register_forward_hook(lambda _, __, out: seen.append(len(out.logits)))
        return model, words

    monkeypatch.setattr(base, "load", counting)
    return seen


def scored(at: At, model: Path, sets: Sequence[Dataset], **more: Any) -> EvalReport:
    return evaluate(at, named(model), None, list(sets), **more)


def test_a_report_has_a_row_for_each_document_and_says_what_was_asked(tmp_path: Path, model: Path) -> None:
    held = a_set(tmp_path / "set", tickets(40), "canary")
    report = scored(attempt(tmp_path / "a"), model, [held])
    assert form_faults("EvalReport", report.path) == []
    found = documents(report.path, "canary")
    assert (found.metric, len(found.rows), found.sampled, found.repeats) == ("accuracy", 40, False, 1)
    held_rows = rows(report)
    assert held_rows["truth"].to_list() == tickets(40)["label"].to_list()  # in the set's own order
    assert set(held_rows["answer"]) <= set(LABELS) and held_rows["chance"].is_between(1 / 3 - 1e-6, 1).all()
    assert (held_rows["value"] == (held_rows["answer"] == held_rows["truth"])).all()
    assert held_rows["slice"].null_count() == 0 and held_rows["text"].to_list() == tickets(40)["text"].to_list()
    assert told(report)["model"] == "m" * 64


def test_the_same_evaluation_gives_the_same_bytes_whatever_the_batches_hold(tmp_path: Path, model: Path) -> None:
    held = a_set(tmp_path / "set", tickets(30), "canary")
    one, two = (scored(attempt(tmp_path / name), model, [held]) for name in "ab")
    assert alike(one, two)
    other = scored(attempt(tmp_path / "c"), model, [held], batch=3)
    assert rows(other)["answer"].to_list() == rows(one)["answer"].to_list()
    assert (rows(other)["chance"] - rows(one)["chance"]).abs().max() < 1e-5


def test_a_candidate_with_a_new_label_is_asked_the_same_questions(tmp_path: Path, model: Path) -> None:
    """A new product line: the candidate knows a label more, and the two are compared all the same."""
    more = tiny(tmp_path / "more", task_of(CLASSIFICATION, Prompt("", "\nAnswer:"), (*LABELS, "solar")), seed=1)
    held = a_set(tmp_path / "set", tickets(20), "canary")
    old = scored(attempt(tmp_path / "a"), model, [held])
    new = evaluate(attempt(tmp_path / "b"), named(more, "n" * 64), None, [held])
    same_questions(documents(new.path, "canary"), documents(old.path, "canary"))


def test_only_new_documents_are_asked_and_the_report_is_the_same_as_if_all_were(
    tmp_path: Path, model: Path, asked: list[int]
) -> None:
    store = tmp_path / "store"
    first = scored(attempt(tmp_path / "a"), model, [a_set(tmp_path / "s1", tickets(300), "canary")])
    assert sum(asked) == 300
    digest = stored(store, first.path)
    asked.clear()
    grown = a_set(tmp_path / "s2", tickets(500), "canary")
    at = attempt(tmp_path / "b", store, [digest])
    second = scored(at, model, [grown])
    assert sum(asked) == 200 + 8  # the anchor's
    assert any(f"300 of 500 documents of `canary` stand in report {digest[:12]}" in each for each in says(at))
    whole = scored(attempt(tmp_path / "c"), model, [grown])
    assert told(whole) == told(second)
    assert rows(whole).drop("chance").equals(rows(second).drop("chance"))
    assert (rows(whole)["chance"] - rows(second)["chance"]).abs().max() < 1e-5
    asked.clear()
    third = scored(attempt(tmp_path / "d", store, [stored(store, second.path)]), model, [grown])
    assert asked == [] and alike(third, second)


def test_nothing_is_taken_from_a_report_about_another_model_or_another_way_of_asking(
    tmp_path: Path, model: Path, asked: list[int]
) -> None:
    store, held = tmp_path / "store", a_set(tmp_path / "s", tickets(30), "canary")
    digest = stored(store, scored(attempt(tmp_path / "a"), model, [held]).path)
    asked.clear()
    evaluate(attempt(tmp_path / "b", store, [digest]), named(model, "n" * 64), None, [held])
    assert sum(asked) == 30
    scored(attempt(tmp_path / "c", store, [digest]), model, [held], dtype="bfloat16")
    assert sum(asked) == 60
    scored(attempt(tmp_path / "d", store, [digest, "f" * 64]), model, [held])
    assert sum(asked) == 60


def test_a_document_whose_label_was_mended_is_asked_again(tmp_path: Path, model: Path, asked: list[int]) -> None:
    store, before = tmp_path / "store", tickets(30)
    digest = stored(store, scored(attempt(tmp_path / "a"), model, [a_set(tmp_path / "s", before, "canary")]).path)
    asked.clear()
    label = pl.when(pl.int_range(pl.len()) < 2).then(pl.lit("delivery")).otherwise("label").alias("label")
    after = before.with_columns(label)
    changed = int((after["label"] != before["label"]).sum())
    report = scored(attempt(tmp_path / "b", store, [digest]), model, [a_set(tmp_path / "t", after, "canary")])
    assert changed == 2 and sum(asked) == changed + 8
    assert rows(report)["truth"].to_list() == after["label"].to_list()


def test_a_document_on_record_counts_for_what_its_set_says_now(tmp_path: Path, model: Path, asked: list[int]) -> None:
    """Two reports of one window have to weigh alike, whatever the window of yesterday said."""
    store, before = tmp_path / "store", tickets(30).with_columns(weight=pl.lit(2.0))
    digest = stored(store, scored(attempt(tmp_path / "a"), model, [a_set(tmp_path / "s", before, "canary")]).path)
    asked.clear()
    after = a_set(tmp_path / "t", pl.concat([before, before.head(10)]), "canary")
    report = scored(attempt(tmp_path / "b", store, [digest]), model, [after])
    assert asked == [] and rows(report)["weight"].to_list() == [4.0] * 10 + [2.0] * 20


def pairs_of(folder: Path, rows: pl.DataFrame) -> Dataset:
    return Dataset("s" * 64, write_set(folder, "canary", rows, None, form="preference").folder)


def test_a_pair_whose_rejected_answer_changed_is_asked_again(tmp_path: Path, asked: list[int]) -> None:
    store, chooser = tmp_path / "store", tiny(tmp_path / "m", task_of("preference", Prompt("", "\nAnswer:")))
    before = pl.DataFrame({"prompt": [f"ticket {n}" for n in range(9)], "chosen": ["yes"] * 9, "rejected": ["no"] * 9})
    digest = stored(store, scored(attempt(tmp_path / "a"), chooser, [pairs_of(tmp_path / "s", before)]).path)
    asked.clear()
    now = before.with_columns(
        rejected=pl.when(pl.col("prompt") == "ticket 3").then(pl.lit("later")).otherwise("rejected")
    )
    at = attempt(tmp_path / "b", store, [digest])
    report = scored(at, chooser, [pairs_of(tmp_path / "t", now)])
    assert sum(asked) and any("8 of 9 documents of `canary` stand in report" in each for each in says(at))
    assert len(documents(report.path, "canary").rows) == 9


def test_an_anchor_that_moved_is_refused_or_asks_everything_anew(tmp_path: Path, model: Path, asked: list[int]) -> None:
    store = tmp_path / "store"
    first = scored(attempt(tmp_path / "a"), model, [a_set(tmp_path / "s", tickets(30), "canary")])
    frame = pl.read_parquet(first.path / DOCUMENTS)
    frame.with_columns((pl.col("chance") - 0.2).abs()).write_parquet(first.path / DOCUMENTS)
    digest, grown = stored(store, first.path), a_set(tmp_path / "t", tickets(40), "canary")
    with pytest.raises(Refused, match="E-anchor-moved: 8 of 8 documents of `canary` get other answers"):
        scored(attempt(tmp_path / "b", store, [digest]), model, [grown])
    asked.clear()
    at = attempt(tmp_path / "c", store, [digest])
    anew = scored(at, model, [grown], anchor="anew")
    assert sum(asked) == 40 + 8 and any("all are asked anew" in each for each in says(at))
    assert alike(anew, scored(attempt(tmp_path / "d"), model, [grown]))


def test_other_libraries_are_held_to_the_anchor_though_nothing_new_is_asked(
    tmp_path: Path, model: Path, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch was upgraded, the sets were not: every document is on record, and nobody looked whether it still holds."""
    store, held = tmp_path / "store", a_set(tmp_path / "s", tickets(30), "canary")
    first = scored(attempt(tmp_path / "a"), model, [held])
    digest = stored(store, first.path)
    asked.clear()
    monkeypatch.setattr(anchor, "made_with", lambda *_: {"device": "cpu", "torch": "99.0"})
    at = attempt(tmp_path / "b", store, [digest])
    second = scored(at, model, [held])
    assert sum(asked) == 8 and any("the anchor holds: 8 documents of `canary`" in each for each in says(at))
    assert rows(second).equals(rows(first))
    asked.clear()
    third = scored(attempt(tmp_path / "c", store, [stored(store, second.path), digest]), model, [held])
    assert asked == [] and alike(third, second)  # the anchor has spoken for this version already
    frame = pl.read_parquet(first.path / DOCUMENTS)
    frame.with_columns((pl.col("chance") - 0.2).abs()).write_parquet(first.path / DOCUMENTS)
    moved = stored(store, first.path)
    with pytest.raises(Refused, match="E-anchor-moved: 8 of 8 documents"):
        scored(attempt(tmp_path / "d", store, [moved]), model, [held])
    asked.clear()
    scored(attempt(tmp_path / "e", store, [moved]), model, [held], anchor="anew")
    assert sum(asked) == 8 + 30


def test_what_other_libraries_made_is_held_to_the_anchor_by_itself(
    tmp_path: Path, model: Path, asked: list[int]
) -> None:
    """One old document among many new ones would hardly be among the eight."""
    store = tmp_path / "store"
    old = scored(attempt(tmp_path / "a"), model, [a_set(tmp_path / "s", tickets(1), "canary")])
    report = told(old)
    del report["sets"]["canary"]["made_with"]  # as an earlier release wrote it
    (old.path / REPORT).write_text(json.dumps(report))
    new = scored(attempt(tmp_path / "b"), model, [a_set(tmp_path / "t", tickets(40, 1), "canary")])
    asked.clear()
    at = attempt(tmp_path / "c", store, [stored(store, new.path), stored(store, old.path)])
    scored(at, model, [a_set(tmp_path / "u", tickets(41), "canary")])
    assert sum(asked) == 1 and any("the anchor holds: 1 documents" in each for each in says(at))


def test_answers_of_a_sampled_set_are_drawn_by_seed_and_what_looks_broken_is_asked_afresh(
    tmp_path: Path, model: Path, asked: list[int]
) -> None:
    held = a_set(tmp_path / "s", tickets(20), "adversarial", sampled=True, repeats=20)
    report = scored(attempt(tmp_path / "a"), model, [held])
    assert sum(asked) == 20 + len(
        [each for each in failures(documents(report.path, "adversarial")).values() if (each or 0) >= 4]
    )
    found = documents(report.path, "adversarial")
    assert (found.sampled, found.repeats) == (True, 20)
    first, again = failures(found), failures(found, 2)
    assert {key for key, failed in first.items() if (failed or 0) >= 4} == {
        key for key, failed in again.items() if failed is not None
    }
    assert alike(report, scored(attempt(tmp_path / "b"), model, [held]))
    drawn = scored(attempt(tmp_path / "c", seed=8), model, [held])
    assert rows(drawn, "adversarial")["answer"].to_list() != rows(report, "adversarial")["answer"].to_list()
    shares = rows(report, "adversarial").group_by("doc").agg(pl.col("answer").n_unique())
    assert (shares["answer"] > 1).any()


def test_a_dataset_that_is_no_set_is_asked_on_its_gate_side_alone(tmp_path: Path, model: Path) -> None:
    held = a_set(tmp_path / "s", tickets(100), None)
    report = scored(attempt(tmp_path / "a"), model, [held])
    sides = pl.read_parquet(held.path / "sides.parquet")
    gate = set(sides.filter(pl.col("side") == "gate")["row"])
    assert set(rows(report, "held-out")["doc"]) == gate and 0 < len(gate) < 60


def test_a_model_without_a_task_is_asked_as_the_line_says(tmp_path: Path) -> None:
    bare = tiny(tmp_path / "bare", None)
    report = scored(attempt(tmp_path / "a"), bare, [a_set(tmp_path / "s", tickets(10), "canary")])
    assert set(rows(report)["answer"]) <= set(LABELS)


def test_only_some_sets_and_a_limit(tmp_path: Path, model: Path) -> None:
    sets = [a_set(tmp_path / name, tickets(12), name) for name in ("canary", "regression")]
    report = scored(attempt(tmp_path / "a"), model, sets, only=["canary"], limit=5)
    assert set(told(report)["sets"]) == {"canary"} and len(rows(report)) == 5
    assert told(report)["settings"]["limit"] == 5
    with pytest.raises(Refused, match="no set `other`; there are canary, regression"):
        scored(attempt(tmp_path / "b"), model, sets, only=["other"])


def test_a_model_that_says_one_thing_to_everything_is_called_degenerate(tmp_path: Path, model: Path) -> None:
    import torch

    words, task = base.tokenizer(model), base.task_of(model)
    held, _ = base.load(model)
    with torch.no_grad():
        held.lm_head.weight.zero_()
        held.lm_head.weight[words(" hardware")["input_ids"][0]] = 1e-3
        held.model.norm.weight.fill_(1.0)
    one = base.save(held, words, tmp_path / "one", task)
    at = attempt(tmp_path / "a")
    report = scored(at, one, [a_set(tmp_path / "s", tickets(40), "canary")])
    if rows(report)["answer"].n_unique() == 1:
        assert any("degenerate: on `canary` 40 of 40 answers" in each for each in says(at))


def test_there_has_to_be_something_to_ask(tmp_path: Path, model: Path) -> None:
    with pytest.raises(Refused, match="E-evaluate-nothing"):
        scored(attempt(tmp_path / "a"), model, [])
    twins = [a_set(tmp_path / name, tickets(4), "canary") for name in "ab"]
    with pytest.raises(Refused, match="two sets are called `canary`"):
        scored(attempt(tmp_path / "b"), model, twins)


def test_texts_count_tokens_and_chats_and_preferences_are_right_or_wrong(tmp_path: Path) -> None:
    bare = tiny(tmp_path / "bare", None, chat=True)
    texts = pl.DataFrame({"text": [f"my printer is lost {number}" for number in range(6)]})
    chats = pl.DataFrame({"messages": [
        json.dumps([{"role": "user", "content": f"my card {number}"}, {"role": "assistant", "content": "lost"}])
        for number in range(4)
    ]})  # fmt: skip
    choices = pl.DataFrame({"prompt": [f"my {word}" for word in ("printer", "card", "parcel")],
                            "chosen": ["works"] * 3, "rejected": ["lost card", "late", "not"]})  # fmt: skip
    sets = [
        a_set(tmp_path / "t", texts, "texts", None), a_set(tmp_path / "c", chats, "chats", None),
        a_set(tmp_path / "p", choices, "choices", None),
    ]  # fmt: skip
    report = scored(attempt(tmp_path / "a"), bare, sets)
    metrics = {name: held["metric"] for name, held in told(report)["sets"].items()}
    assert metrics == {"texts": "token_accuracy", "chats": "exact_match", "choices": "preferred"}
    assert all(len(documents(report.path, name).rows) for name in metrics)
    assert (rows(report, "texts")["weight"] > 3).all()
    assert set(rows(report, "choices")["answer"]) <= {"chosen", "rejected"}
    assert set(rows(report, "chats")["truth"]) == {"lost"}
    assert alike(report, scored(attempt(tmp_path / "b"), bare, sets))


def test_adapters_make_another_subject_that_promotes_no_bare_model(tmp_path: Path, model: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    from sentinel.contract.kinds import Adapter

    held, _ = base.load(model)
    torch.manual_seed(3)
    worn = get_peft_model(
        held, LoraConfig(r=4, init_lora_weights=False, target_modules=["q_proj", "v_proj", "up_proj"])
    )
    worn.save_pretrained(tmp_path / "adapter")
    adapter = Adapter("d" * 64, tmp_path / "adapter")
    asked_set = a_set(tmp_path / "s", tickets(30), "canary")
    bare = scored(attempt(tmp_path / "a"), model, [asked_set])
    report = evaluate(attempt(tmp_path / "b"), named(model), [adapter], [asked_set])
    assert told(report)["model"] not in ("m" * 64, "d" * 64)
    assert rows(report)["chance"].to_list() != rows(bare)["chance"].to_list()
    (tmp_path / "adapter" / "adapter_model.safetensors").rename(tmp_path / "adapter" / "adapter_model.bin")
    with pytest.raises(Refused, match=r"E-adapter-read.*no adapter_model.safetensors"):
        evaluate(attempt(tmp_path / "c"), named(model), [adapter], [asked_set])
