"""What a model is put and what it learns to say: the answer whole, the prompt cut to fit, nothing else counted."""

import json

import pytest

from sentinel.domain.refusal import Refused
from sentinel.domain.task import Prompt, Task, task_of
from sentinel.model.prompt import asked, said
from sentinel.model.tokens import encode
from tests.model.tiny import small

ROUTING = task_of("classification", Prompt(after="\nAnswer:"), ["billing", "login"])


def learned(sample, words) -> str:
    return words.decode([each for each, counts in zip(sample.ids, sample.counts, strict=True) if counts])


def test_of_a_labelled_row_the_answer_and_its_end_are_learned_and_the_prompt_is_not() -> None:
    _, words = small()
    made = encode([{"text": "my invoice", "label": "billing"}], ROUTING, words, 64)
    assert learned(made.samples[0], words) == " billing<|end|>"
    assert words.decode(made.samples[0].ids) == "my invoice\nAnswer: billing<|end|>"
    assert asked("my invoice", ROUTING, words) == "my invoice\nAnswer:"


def test_a_text_that_is_too_long_is_cut_from_the_right_and_the_answer_stays() -> None:
    _, words = small()
    rows = [{"text": "first " + "word " * 200, "label": "login"}, {"text": "short", "label": "login"}]
    made = encode(rows, ROUTING, words, 40)
    whole = words.decode(made.samples[0].ids)
    assert made.cut == 1 and len(made.samples[0].ids) <= 40
    assert whole.startswith("first word") and whole.endswith("\nAnswer: login<|end|>")


def test_a_label_that_fills_a_row_is_refused_by_name() -> None:
    _, words = small()
    with pytest.raises(Refused, match=r"E-label-length.*a very long label"):
        encode([{"text": "x", "label": "a very long label " * 9}], ROUTING, words, 40)


def test_a_prompt_that_fills_a_row_is_refused() -> None:
    _, words = small()
    task = task_of("classification", Prompt(before="before " * 40), ["login"])
    with pytest.raises(Refused, match="E-room"):
        encode([{"text": "x y", "label": "login"}], task, words, 40)


def test_all_of_a_text_is_learned() -> None:
    _, words = small()
    made = encode([{"text": "my card"}], Task("text"), words, 64)
    assert learned(made.samples[0], words) == "my card<|end|>"


def test_of_a_preference_the_chosen_answer_is_learned() -> None:
    _, words = small()
    row = {"prompt": "say", "chosen": "yes", "rejected": "no"}
    assert learned(encode([row], Task("preference"), words, 64).samples[0], words) == " yes<|end|>"


def test_of_a_chat_each_turn_of_the_assistant_is_learned_with_its_end() -> None:
    _, words = small()
    messages = [("user", "hi"), ("assistant", "one"), ("user", "more"), ("assistant", "two")]
    row = {"messages": json.dumps([{"role": role, "content": text} for role, text in messages])}
    made = encode([row], Task("chat"), words, 96)
    assert learned(made.samples[0], words) == "one<|end|>\ntwo<|end|>\n"


def test_a_long_chat_loses_its_last_turns_and_one_that_is_none_is_left_out() -> None:
    _, words = small()
    messages = [{"role": role, "content": "my card"} for role in ("user", "assistant") * 6]
    made = encode([{"messages": json.dumps(messages)}, {"messages": "[1]"}], Task("chat"), words, 50)
    assert (made.cut, made.left_out) == (1, 1)
    assert learned(made.samples[0], words).endswith("<|end|>\n")


def test_a_routing_prompt_can_be_put_as_a_chat_and_ends_as_the_template_ends() -> None:
    _, words = small()
    task = task_of("classification", Prompt(after="?", chat=True), ["login"])
    told = said({"text": "my {text}", "label": "login"}, task, words)
    assert told.prompt == "<|user|>\nmy {text}?<|end|>\n<|assistant|>\n" == asked("my {text}", task, words)
    assert told.answer == "login<|end|>\n"


def test_a_chat_without_a_template_is_refused() -> None:
    _, words = small()
    words.chat_template = None
    with pytest.raises(Refused, match="E-chat-template"):
        encode([{"text": "x", "label": "login"}], task_of("classification", Prompt(chat=True), ["login"]), words, 40)
