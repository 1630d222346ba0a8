"""Rows as tokens: which a model sees, and which of them it learns to say. What had to be cut is counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sentinel.domain.refusal import refuse
from sentinel.domain.task import CHAT, TEXT, Task
from sentinel.model.prompt import Row, Said, around, chat, closing, messages_of, said

_TRIES = 8
_TEXTS = ("a", "1.")
"""Texts after which it is tried how an answer is told."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One row: its tokens, and for each whether the model learns to say it."""

    ids: tuple[int, ...]
    counts: tuple[bool, ...]

    @property
    def useful(self) -> int:
        """How many tokens are learned: the first of a row follows nothing, and never is."""
        return sum(self.counts[1:])


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows as samples, and what it took: texts cut to fit, and rows that hold nothing to learn."""

    samples: tuple[Sample, ...]
    cut: int = 0
    left_out: int = 0


def encode(rows: Sequence[Row], task: Task, words: Any, room: int) -> Encoded:
    """Each row within `room` tokens. An answer is never cut; the text before it is, from the right."""
    made = list(_chats(rows, words, room) if task.form == CHAT else _rows(rows, task, words, room))
    kept = tuple(sample for sample, _ in made if sample is not None and sample.useful)
    return Encoded(kept, sum(was_cut for _, was_cut in made), len(made) - len(kept))


def fitted(told: Said, words: Any, room: int) -> Said:
    """The row with as much of its text, from the left, as `room` tokens take for all before the answer."""
    over = len(_ids(words, told.prompt)) - room
    if over <= 0:
        return told
    offsets = words(told.text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    kept = len(offsets)
    for _ in range(_TRIES):
        kept -= over
        text = told.text[: offsets[kept - 1][1]] if kept > 0 else ""
        over = len(_ids(words, f"{told.before}{text}{told.after}")) - room
        if over <= 0 or not text:
            break
    if over > 0:
        raise refuse("E-room", f"what stands around a row's text does not fit into {room} tokens.",
                     todo="Give `max_tokens` more, or shorten the line's prompt.")  # fmt: skip
    return replace(told, text=text)


def opening(words: Any) -> list[int]:
    """What the tokenizer puts before any text."""
    ids = list(words("")["input_ids"])
    return ids[:-1] if ids and ids[-1] == words.eos_token_id and ids[-1] != words.bos_token_id else ids


def following(answers: Sequence[str], task: Task, words: Any) -> list[list[int]]:
    """The tokens of each answer as it follows a prompt; as it is alone, where it would be joined to the prompt's end.

    Whoever trains and whoever scores takes them from here, so that what is asked for is what was learned.
    """
    _, after = around(task, words)
    found = _many(words, answers)
    tried = [_after(f"{text}{after}", answers, words) for text in _TEXTS]
    for place, (first, *more) in enumerate(zip(*tried, strict=True)):
        if first is not None and all(each == first for each in more):
            found[place] = first
    return found


def ending(task: Task, words: Any) -> int:
    """How many tokens end an answer, as it is learned."""
    if task.prompt.chat:
        return len(_ids(words, closing(words)))
    return int(words.eos_token_id is not None)


def _rows(rows: Sequence[Row], task: Task, words: Any, room: int) -> Iterable[tuple[Sample | None, bool]]:
    held = [said(row, task, words) for row in rows]
    start = [] if task.prompt.chat else opening(words)
    prompts = _many(words, [each.prompt for each in held])
    ends = [words.eos_token_id] if words.eos_token_id is not None else []
    if task.form == TEXT:
        for ids in prompts:
            whole = [*start, *ids, *ends]
            yield Sample(tuple(whole[:room]), (True,) * min(len(whole), room)), len(whole) > room
        return
    texts = sorted({str(each.answer) for each in held})
    answers = dict(zip(texts, following(texts, task, words), strict=True))
    for told, ids in zip(held, prompts, strict=True):
        answer = answers[str(told.answer)] + (ends if not told.ended else [])
        left = room - len(answer) - len(start)
        if left < 1:
            what = f"the answer {str(told.answer)[:60]!r} takes {len(answer)} tokens, and a row has {room}."
            raise refuse("E-label-length", what, todo="Shorten the label, or give `max_tokens` more.")
        was_cut = len(ids) > left
        if was_cut:
            ids = _ids(words, fitted(told, words, left).prompt)
        prompt = [*start, *ids]
        yield Sample((*prompt, *answer), (False,) * len(prompt) + (True,) * len(answer)), was_cut


def _chats(rows: Sequence[Row], words: Any, room: int) -> Iterable[tuple[Sample | None, bool]]:
    """Chats from their beginning. A long one loses its last turns; where even the first is too long, its end."""
    for row in rows:
        try:
            told = chat(messages_of(str(row["messages"])), words)
        except ValueError:
            yield None, False
            continue
        found = words(told.whole, add_special_tokens=False, return_offsets_mapping=True)
        counts = [_within(start, end, told.turns) for start, end in found["offset_mapping"]]
        ids, length = found["input_ids"], len(found["input_ids"])
        if length > room:
            ends = [place + 1 for place in range(room) if counts[place] and not [*counts, False][place + 1]]
            length = ends[-1] if ends else room
        yield Sample(tuple(ids[:length]), tuple(counts[:length])), length < len(ids)


def _within(start: int, end: int, turns: Sequence[tuple[int, int]]) -> bool:
    return start < end and any(first <= start and end <= last for first, last in turns)


def _after(lead: str, answers: Sequence[str], words: Any) -> list[list[int] | None]:
    before = _ids(words, lead)
    wholes = _many(words, [f"{lead}{answer}" for answer in answers])
    return [whole[len(before) :] if whole[: len(before)] == before else None for whole in wholes]


def _ids(words: Any, text: str) -> list[int]:
    return list(words(text, add_special_tokens=False)["input_ids"])


def _many(words: Any, texts: Sequence[str]) -> list[list[int]]:
    return list(words(list(texts), add_special_tokens=False)["input_ids"]) if texts else []
