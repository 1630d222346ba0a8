"""Rows as text: what is put to the model, and what it is to say, by the form of the rows and the task.

Whoever trains, scores or serves a model asks through `asked`, so that all of them ask the same.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sentinel.domain.refusal import refuse
from sentinel.domain.task import CHAT, CLASSIFICATION, PREFERENCE, TEXT, Task

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A row in parts. `text` is what may be cut to fit; what stands around it and the answer always stay."""

    before: str
    text: str
    after: str
    answer: str | None
    """What the model learns to say; None where every part counts."""
    ended: bool = False
    """Whether the answer says itself where it ends, as a chat template does."""

    @property
    def prompt(self) -> str:
        """All before the answer."""
        return f"{self.before}{self.text}{self.after}"


@dataclass(frozen=True, slots=True)
class Told:
    """A chat as its template writes it, and which stretches of it the assistant says."""

    whole: str
    turns: tuple[tuple[int, int], ...]


def said(row: Row, task: Task, words: Any) -> Said:
    """One row of text, classification or preference, in parts."""
    if task.form == TEXT:
        return Said("", str(row["text"]), "", None)
    text, answer = _question(row, task)
    before, after = around(task, words)
    if not task.prompt.chat:
        return Said(before, text, after, answer)
    return Said(before, text, after, answer + closing(words), ended=True)


def asked(text: str, task: Task, words: Any) -> str:
    """The prompt of a text, just as it is put to the model before it answers."""
    before, after = around(task, words)
    return f"{before}{text}{after}"


def around(task: Task, words: Any) -> tuple[str, str]:
    """What stands before and after a row's text: the prompt's words, in a chat also what the template writes."""
    prompt = task.prompt
    if not prompt.chat:
        return prompt.before, prompt.after
    mark = "\x02text\x03"
    whole = rendered([{"role": "user", "content": prompt.around(mark)}], words, asks=True)
    before, found, after = whole.partition(mark)
    if not found or mark in after:
        raise refuse("E-chat-template", "the chat template does not write what the user says once, as it is.",
                     todo="Write `prompt: {chat: false}` for this line.")  # fmt: skip
    return before, after


def chat(messages: Sequence[Mapping[str, str]], words: Any) -> Told:
    """A chat with the stretches that its assistant says, each from where it is asked to where its turn ends."""
    whole = rendered(messages, words)
    turns = []
    for number, message in enumerate(messages):
        if message["role"] == "assistant":
            start = rendered(messages[:number], words, asks=True)
            end = rendered(messages[: number + 1], words)
            if not (whole.startswith(start) and whole.startswith(end) and len(start) < len(end)):
                raise refuse("E-chat-template", "the chat template writes earlier turns anew as a chat goes on.",
                             todo="Use a base whose template only adds to what was said.")  # fmt: skip
            turns.append((len(start), len(end)))
    return Told(whole, tuple(turns))


def messages_of(text: str) -> list[dict[str, str]]:
    """The messages of a chat row. ValueError where they are none."""
    held = json.loads(text)
    roles = ("system", "user", "assistant", "tool")
    for each in held if isinstance(held, list) else [None]:
        if not isinstance(each, dict) or each.get("role") not in roles or not isinstance(each.get("content"), str):
            raise ValueError("a chat is a list of {role, content}")
    return list(held)


def rendered(messages: Sequence[Mapping[str, str]], words: Any, asks: bool = False) -> str:
    """Messages as the tokenizer's chat template writes them."""
    if not getattr(words, "chat_template", None):
        raise refuse("E-chat-template", "the tokenizer has no chat template, and the line or its rows are a chat.",
                     todo="Use a base that has one, or write `prompt: {chat: false}`.")  # fmt: skip
    if not messages:
        return ""
    try:
        return str(words.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=asks))
    except Exception as error:  # a template is a program that came with a model, and may raise anything
        gist = " ".join(str(error).split())[:120]
        raise refuse("E-chat-template", f"the chat template cannot write these messages: {gist}.") from error


def closing(words: Any) -> str:
    """What the template writes after the assistant's words."""
    mark = "\x02answer\x03"
    messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": mark}]
    return rendered(messages, words).partition(mark)[2]


def _question(row: Row, task: Task) -> tuple[str, str]:
    if task.form == CLASSIFICATION:
        return str(row["text"]), task.answer(str(row["label"]))
    if task.form == PREFERENCE:
        return str(row["prompt"]), task.answer(str(row["chosen"]))
    raise refuse("E-row-form", f"rows of the form {task.form} are not put to a model one by one.",
                 todo=f"{CHAT} rows hold their own prompts.")  # fmt: skip
