"""A question as it is put to a model: the prompt's text, and its tokens."""

import json
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.question import Question
from sentinel.domain.refusal import refuse
from sentinel.domain.task import CHAT, CLASSIFICATION, PREFERENCE, Task
from sentinel.model.prompt import asked, rendered


def prompt_of(question: Question, task: Task, words: Any) -> str:
    """What stands before the answer; nothing before a text, which is all answer."""
    if task.form == CHAT:
        *before, _ = _messages(question)
        return in_turns(before, words)
    return asked(question.text, task, words) if task.form in (CLASSIFICATION, PREFERENCE) else ""


def last_message(question: Question) -> str:
    """What should be said at the end of a chat."""
    return str(_messages(question)[-1]["content"])


def in_turns(messages: list[Json], words: Any) -> str:
    """A chat as its tokenizer writes it, up to where the model begins to speak; plainly where it knows no way."""
    if words.chat_template:
        return rendered(messages, words, asks=True)
    return "".join(f"{each['role']}: {each['content']}\n" for each in messages) + "assistant:"


def tokens_of(prompt: str, words: Any, template: bool) -> list[int]:
    """The tokens of a prompt, with what the tokenizer sets at its beginning; a chat template has written that."""
    found: list[int] = words(prompt, add_special_tokens=not template)["input_ids"]
    ends = [words.eos_token_id, words.sep_token_id]
    # a tokenizer that ends each text as whole would leave the model nothing to say
    return found[:-1] if found and not template and found[-1] in ends and not _ends_so(prompt, words) else found


def _ends_so(prompt: str, words: Any) -> bool:
    return any(end and prompt.endswith(end) for end in (words.eos_token, words.sep_token))


def _messages(question: Question) -> list[Json]:
    try:
        held = json.loads(question.text)
        if len(held) > 1 and all(isinstance(each["content"], str) and each["role"] for each in held):
            return list(held)
    except (ValueError, TypeError, KeyError):
        pass
    raise refuse("E-chat-row", f"the document {question.doc[:12]} is no chat that ends with an answer.",
                 todo="Give `messages`: a list of {role, content}, two at least.")  # fmt: skip
