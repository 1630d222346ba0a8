"""What a model is asked in an evaluation, and what came of it: between the rows of a set and the rows of a report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One document of a set, as its form has it: in a chat, `text` is the JSON of its messages."""

    doc: str
    """The row's digest; of a row that may stand in a set with several answers, that of the row and its answer."""
    text: str
    truth: str
    """What should be answered: the label, the last message, the answer that was preferred."""
    other: str = ""
    """Of a preference, the answer that was rejected."""
    weight: float = 1.0
    group: str | None = None
    slice: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a model answered once, and how good that was, from 0 to 1."""

    value: float
    answer: str
    chance: float | None = None
    """How likely the model took its answer to be, where it tells."""
    weight: float | None = None
    """What the document counts for, where the scoring finds that out: the tokens of a text."""
