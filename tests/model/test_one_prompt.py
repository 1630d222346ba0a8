"""Whoever trains and whoever scores puts a row to the model in the same words."""

import json
from typing import Any

import pytest

from sentinel.domain.question import Question
from sentinel.domain.refusal import Refused
from sentinel.domain.task import Prompt, Task
from sentinel.model.prompt import said
from sentinel.model.score.asked import prompt_of
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
