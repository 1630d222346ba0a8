"""What a model of a line is for: the form of its rows, how a row is put to it, and what it may answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sentinel.domain.digest import digest_of
from sentinel.domain.form import to_json

TEXT, CLASSIFICATION, CHAT, PREFERENCE = "text", "classification", "chat", "preference"
FORMS: dict[str, tuple[str, ...]] = {
    TEXT: ("text",),
    CLASSIFICATION: ("text", "label"),
    CHAT: ("messages",),
    PREFERENCE: ("prompt", "chosen", "rejected"),
}
"""The canonical forms of rows, each with the fields that a row of it has."""
ASKED: dict[str, tuple[str, ...]] = {
    TEXT: ("text",), CLASSIFICATION: ("text",), CHAT: ("messages",), PREFERENCE: ("prompt",),
}  # fmt: skip
"""Those of them that say what is asked: who mends an answer has changed no row."""
TYPES = {
    "string": "text", "str": "text", "int": "integer", "float": "number", "bool": "flag", "boolean": "flag",
}  # fmt: skip
"""What else the types of fields are called in a line's contract."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What stands around a row's text when it is put to the model; in a chat, the whole is what the user says."""

    before: str = ""
    after: str = ""
    chat: bool = False

    def around(self, text: str) -> str:
        """The prompt of a text."""
        return f"{self.before}{text}{self.after}"


@dataclass(frozen=True, slots=True)
class Task:
    """A model's task, kept in its folder as `task.json`, so that whoever scores or serves it asks as it was taught."""

    form: str
    prompt: Prompt = Prompt()
    labels: tuple[str, ...] = ()
    """What it may answer, where that is a list: the labels in order."""
    version: int = 1

    @property
    def answers(self) -> tuple[str, ...]:
        """What the model says for each label."""
        return tuple(self.answer(label) for label in self.labels)

    def answer(self, label: str) -> str:
        """What the model says for a label: with a blank before it, where the prompt ends without one."""
        apart = not self.prompt.chat and not self.prompt.after[-1:].isspace()
        return f" {label}" if apart else label

    @property
    def digest(self) -> str:
        """The name of this task."""
        return digest_of(to_json(self))


def task_of(form: str, prompt: Prompt, labels: Sequence[str] = ()) -> Task:
    """The task of rows in a form, with the labels that were seen in any order."""
    return Task(form, prompt, tuple(sorted(set(labels))))
