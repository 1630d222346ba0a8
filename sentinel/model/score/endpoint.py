"""Labels by an endpoint: what it says after a prompt, or how likely it takes each answer to be."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sentinel.domain.digest import Json
from sentinel.domain.question import Question, Said
from sentinel.domain.refusal import refuse
from sentinel.domain.task import Task
from sentinel.model.score.nested import alone, longer
from sentinel.outside.completions import Completions

_DIGITS = 6


@dataclass(slots=True)
class Endpoint:
    """One endpoint, asked for one model; what it says of itself is kept, and has to stay the same."""

    line: Completions
    model: str
    task: Task
    most: int = 24
    claims: str | None = None

    def generated(self, questions: Sequence[Question], tick: Callable[[int], None]) -> list[Said]:
        """The label whose words begin what is said, the longest where several do; else what was said, on one line."""
        longest_first = sorted(self.task.labels, key=len, reverse=True)
        found = []
        for number, question in enumerate(questions, start=1):
            told = self._ask({"prompt": self.task.prompt.around(question.text), "max_tokens": self.most})
            text = " ".join(str(told.get("text", "")).split())
            answer = next((label for label in longest_first if _begins(text, label)), text[:200])
            found.append(Said(float(answer == question.truth), answer))
            tick(number)
        return found

    def echoed(self, questions: Sequence[Question], tick: Callable[[int], None]) -> list[Said]:
        """The likeliest label, by the probabilities of its tokens as the endpoint echoes them."""
        found = []
        for number, question in enumerate(questions, start=1):
            prompt = self.task.prompt.around(question.text)
            told = [self._likely(prompt, answer) for answer in self.task.answers]
            sums = list(map(float, alone([sum(logs) for logs, _ in told], longer([parts for _, parts in told]))))
            top = max(sums)
            shares = [math.exp(each - top) for each in sums]
            best = sums.index(top)
            answer = self.task.labels[best]
            found.append(Said(float(answer == question.truth), answer, round(shares[best] / sum(shares), _DIGITS)))
            tick(number)
        return found

    def _likely(self, prompt: str, answer: str) -> tuple[list[float], list[str]]:
        """What the tokens of an answer come to, and which they are: the text of each, by where it begins."""
        told = self._ask({"prompt": prompt + answer, "max_tokens": 0, "echo": True, "logprobs": 1})
        try:
            pairs = zip(told["logprobs"]["text_offset"], told["logprobs"]["token_logprobs"], strict=True)
            kept = [(offset - len(prompt), float(log)) for offset, log in pairs if log is not None]
            found = [log for offset, log in kept if offset >= 0]
            starts = [offset for offset, _ in kept if offset >= 0]
            parts = [answer[start:end] for start, end in pairwise([*starts, len(answer)])]
        except (LookupError, TypeError, ValueError):
            found, parts = [], []
        if not found or not all(map(math.isfinite, found)):
            raise refuse("E-endpoint", "it echoes no probabilities of the prompt's tokens.", where=self.line.where,
                         todo="Say `by: generated`, or serve it so that it does.")  # fmt: skip
        return found, parts

    def _ask(self, body: dict[str, Json]) -> Json:
        answer = self.line.ask({"model": self.model, "temperature": 0, **body})
        claims = str(answer.get("model", ""))
        if self.claims is not None and claims != self.claims:
            what = f"it answered as {self.claims[:80]!r}, then as {claims[:80]!r}."
            raise refuse("E-endpoint", what, where=self.line.where, todo="Ask it while nobody changes what it serves.")
        self.claims = claims
        return answer["choices"][0]


def _begins(text: str, label: str) -> bool:
    """Whether a text begins with a label as whole words: one that says "not sure" has not said "no"."""
    after = text[len(label) : len(label) + 1]
    return text.startswith(label) and not (after.isalnum() or after in ("-", "_"))
