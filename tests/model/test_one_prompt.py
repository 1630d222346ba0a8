"""Whoever trains and whoever scores puts a row to the model in the same words."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.question import Question
from sentinel.domain.refusal import Refused
from sentinel.domain.task import Prompt, Task
from sentinel.model import base
from sentinel.model.prompt import said
from sentinel.model.score.asked import prompt_of
from sentinel.model.score.labels import answer_tokens, asked_for_labels
from sentinel.model.score.loaded import Loaded, load
from sentinel.model.score.scorer import cut
from sentinel.model.score.scorer import said as told
from sentinel.model.tokens import encode
from tests.model import tiny

TURNS = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.fixture(scope="module")
def words() -> Any:
    _, held = tiny.small()
    held.chat_template = TURNS
    return held


@pytest.mark.parametrize("prompt", [Prompt("", "\nqueue:"), Prompt("Route: ", "\n"), Prompt("Say: ", "?", chat=True)])
def test_a_ticket_is_asked_as_it_was_taught(prompt: Prompt, words: Any) -> None:
    task = Task("classification", prompt, ("billing", "login"))
    taught = said({"text": "my <b> card", "label": "billing"}, task, words).prompt
    assert prompt_of(Question("d", "my <b> card", "billing"), task, words) == taught
    assert prompt.before in taught and ("<assistant>" in taught) == prompt.chat


@pytest.mark.parametrize("chat", [True, False])
def test_a_preference_is_asked_as_it_was_taught(chat: bool, words: Any) -> None:
    task = Task("preference", Prompt("Q: ", "\nA:", chat=chat))
    taught = said({"prompt": "why", "chosen": "so", "rejected": "no"}, task, words).prompt
    assert prompt_of(Question("d", "why", "so", "no"), task, words) == taught


def test_a_chat_that_the_template_cannot_write_is_refused_and_no_crash() -> None:
    _, held = tiny.small()
    held.chat_template = "{{ raise_exception('turns must alternate') }}"
    chat = json.dumps([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}])
    with pytest.raises(Refused, match=r"E-chat-template.*turns must alternate"):
        prompt_of(Question("d", chat, ""), Task("chat", Prompt()), held)


PROMPTS = [Prompt("Route: ", "\nqueue:"), Prompt("Say: ", "?", chat=True), Prompt("", "")]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_ticket_that_is_too_long_is_cut_as_it_was_in_training(prompt: Prompt, words: Any) -> None:
    """Scoring used to cut from the left, and into the words around the text."""
    model, _ = tiny.small()
    task = Task("classification", prompt, ("billing", "login"))
    held = Loaded(model, words, task, taught=48)
    for label in task.labels:
        longest = max(map(len, answer_tokens(held))) - len(answer_tokens(held)[task.labels.index(label)])
        for text in ("my card is lost " * 40, "my card"):
            sample = encode([{"text": text, "label": label}], task, words, 48 - longest).samples[0]
            put = asked_for_labels(held, [text])[0]
            assert tuple(put.tokens) == sample.ids[: sample.counts.index(True)]
            assert put.was_cut == (text != "my card") and len(sample.ids) <= 48


def test_the_room_that_a_row_had_in_training_is_the_model_s(tmp_path: Path, words: Any) -> None:
    model, _ = tiny.small()
    task = Task("classification", Prompt(), ("billing",))
    folder = base.save(model, words, tmp_path / "model", task, {"version": 1, "room": 40})
    assert load(folder, words, task).room == 40
    (folder / base.TRAINING).write_text(json.dumps({"room": "wide"}))
    assert load(folder, words, task).room == 96


def prepending() -> Any:
    """A tokenizer in the manner of SentencePiece, which sets a blank before all that it is given."""
    from tokenizers import AddedToken, Tokenizer, models, normalizers, trainers
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    bare.normalizer = normalizers.Sequence([normalizers.Prepend("_"), normalizers.Replace(" ", "_")])
    trainer = trainers.BpeTrainer(vocab_size=120, show_progress=False)
    bare.train_from_iterator([row["text"] + "\nqueue: billing login" for row in tiny.tickets(80)], trainer)
    bare.add_special_tokens([AddedToken("</s>", special=True)])
    return PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="</s>")


@pytest.mark.parametrize("form", ["classification", "preference"])
def test_an_answer_is_learned_by_the_tokens_by_which_it_follows_its_prompt(form: str) -> None:
    words = prepending()
    task = Task(form, Prompt("", "\nqueue:"), ("billing", "login"))
    row = {"text": "my card", "label": "login", "prompt": "my card", "chosen": "login", "rejected": "billing"}
    sample = encode([row], task, words, 64).samples[0]
    assert list(sample.ids) == [*words("my card\nqueue: login")["input_ids"], words.eos_token_id]
    assert words(" login")["input_ids"] != list(sample.ids[sample.counts.index(True) : -1])
    learned = sample.ids[sample.counts.index(True) : -1]
    assert answer_tokens(Loaded(None, words, task))[1] == list(learned)


def test_of_a_preference_that_is_too_long_the_prompt_is_cut_and_both_answers_are_read(words: Any) -> None:
    """A prompt that filled the context left no answer at all, and nothing was said."""
    model, _ = tiny.small()
    task = Task("preference", Prompt("Q: ", "\nA:"))
    held = Loaded(model, words, task)
    short, long = Question("d", "why", "so be it", "no"), Question("e", "my card " * 90, "so be it", "no")
    endless = Question("f", "why", "so be it " * 90, "no")
    assert [cut(held, [each]) for each in (short, long, endless)] == [0, 1, 1]
    found = [each[0] for each in told(held, [short, long, endless], [0], None)]
    assert all(each.chance != 0.5 for each in found)
    other = told(held, [replace(long, truth="no", other="so be it")], [0], None)[0][0]
    assert other.value == 1 - found[1].value and other.chance == found[1].chance
