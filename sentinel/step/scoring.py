"""A report in the making: set after set, what earlier reports hold and what is asked now."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentinel.contract.at import At
from sentinel.domain.digest import Json, digest_of
from sentinel.domain.question import Question, Said
from sentinel.domain.refusal import refuse
from sentinel.domain.task import CLASSIFICATION, TEXT, Task
from sentinel.store import Store

if TYPE_CHECKING:
    from sentinel.data.asked import Asked
    from sentinel.data.kept import Kept
    from sentinel.model.score.loaded import Loaded

_VERSION = 2
"""Of what decides an answer; another one, and nothing of earlier reports is used again."""
Key = tuple[str, str, str, str]


@dataclass(slots=True)
class Scoring:
    """What one evaluation has found so far."""

    at: At
    subject: str
    settings: dict[str, Json]
    load: "Callable[[Task], Loaded]"
    words: Any
    anew: bool = False
    sets: dict[str, Json] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    _held: "Loaded | None" = None

    def ask(self, asked: "Asked", task: Task, limit: int | None = None) -> None:
        """Ask the documents of a set."""
        from sentinel.data.kept import BY, WITH
        from sentinel.model.score.anchor import made_with
        from sentinel.model.score.asked import prompt_of
        from sentinel.model.score.scorer import METRICS

        questions = asked.questions[:limit]
        if not questions:
            self.at.say(f"`{asked.name}` holds no document")
            return
        if asked.left_out:
            self.at.say(f"left out of `{asked.name}`: {asked.left_out} rows that are there twice, or lack a field")
        if self.settings["harness"] != "own" and (asked.form != CLASSIFICATION or asked.sampled):
            raise refuse("E-harness-form", f"lm-eval is given sets of labels that are not sampled, and `{asked.name}` "
                         "is none.", where=self.at.step, todo="Leave `harness:` out, or name other sets.")  # fmt: skip
        metric = METRICS[asked.form]
        seed = self.at.seed if asked.sampled else None
        by = self._by(task, seed, asked)
        kind = question_digest(asked.form, metric, asked.sampled)
        keys = [(each.doc, sha(prompt_of(each, task, self.words) or each.text), kind, each.truth) for each in questions]
        now = made_with(bool(self.at.told.gpus), str(self.settings["harness"]))
        found = self._answers(asked, task, keys, self._earlier(asked.name, by, metric), now, seed)
        self.sets[asked.name] = {
            "metric": metric, "n": len(questions), "form": asked.form, "sampled": asked.sampled,
            "repeats": asked.repeats, BY: by, WITH: dict(now),
        }  # fmt: skip
        for question, key in zip(questions, keys, strict=True):
            self.rows += rows_of(asked.name, metric, question, key, found[key])
        self._doubt(asked.name, [found[key][0].answer for key in keys], [each.truth for each in questions])

    def run(self, name: str, shots: int | None, limit: int | None) -> None:
        """Run a task of lm-eval."""
        from sentinel.model.score.tasks import ran

        task = Task("", labels=())
        line = (self.at.reads or {}).get("line") or {}
        held = self._loaded(task)
        done = ran(held, name, line.get("tasks") or {}, self.at.workspace, self.at.folder, shots, limit, self.at.seed)
        for told in done:
            if told.name in self.sets:
                raise refuse("E-doubled", f"a set and a task are both called `{told.name}`.", where=self.at.step,
                             todo="Rename the set, or take the task away.")  # fmt: skip
            self.sets[told.name] = {
                "metric": told.metric, "n": len(told.rows), "harness": "lm-eval", "shots": told.shots,
                "version": told.version, "filter": told.filter, "bundled": told.bundled,
            }  # fmt: skip
            self.rows += told.rows
            self._doubt(told.name, [row["answer"] for row in told.rows], [row["truth"] for row in told.rows])

    def write(self, folder: Path, task: str) -> None:
        """Write the report."""
        import polars as pl

        from sentinel.data.report import SCHEMA, write_report

        if not self.rows:
            raise refuse("E-evaluate-nothing", "none of the sets holds a document.", where=self.at.step,
                         todo="See what the line's sets are made of.")  # fmt: skip
        frame = pl.DataFrame(self.rows, schema=SCHEMA)
        write_report(folder, self.subject, task, self.settings, self.sets, frame)

    def _by(self, task: Task, seed: int | None, asked: "Asked") -> str:
        """What decides an answer besides its document: the model, the task and how they were asked."""
        return digest_of([
            _VERSION, self.subject, task.digest, self.settings["dtype"], self.settings["harness"], seed,
            asked.repeats if asked.sampled else 1,
        ])  # fmt: skip

    def _answers(
        self, asked: "Asked", task: Task, keys: Sequence[Key], old: "Kept", now: Mapping[str, Json], seed: int | None
    ) -> dict[Key, dict[int, Said]]:
        """Each question's answers by repeat: those on record, once the anchor holds, and the others asked now."""
        by_key = dict(zip(keys, asked.questions, strict=False))
        held = {key: old.answers[key] for key in by_key if _is_whole(old.answers.get(key), asked)}
        fresh = [key for key in by_key if key not in held]
        # what other libraries made is held to the anchor by itself, even where nothing else is asked
        stale = {key: None for key in held if old.made_with[old.reports[key]] != now}
        rest = [key for key in held if key not in stale] if fresh else []
        if not all(self._is_anchored(asked, task, by_key, held, each, seed) for each in ([*stale], rest) if each):
            held, fresh = {}, list(by_key)
        if held:
            froms = sorted({old.reports[key][:12] for key in held})
            self.at.say(f"{len(held)} of {len(by_key)} documents of `{asked.name}` stand in report {', '.join(froms)}: "
                        "they are not asked again")  # fmt: skip
        if fresh:
            told = self._told(asked, task, [by_key[key] for key in fresh], seed)
            held.update(zip(fresh, told, strict=True))
        return held

    def _told(
        self, asked: "Asked", task: Task, questions: Sequence[Question], seed: int | None
    ) -> list[dict[int, Said]]:
        """What is answered now; an item of a sampled set that looks broken is asked afresh, as a second block."""
        from sentinel.evidence.adversarial import SUSPECT

        first = range(asked.repeats)
        answers = self._said(asked, task, questions, first, seed)
        found = [dict(zip(first, each, strict=True)) for each in answers]
        suspects = [place for place, each in enumerate(found) if asked.sampled and _failed(each) >= SUSPECT]
        if suspects:
            again = range(asked.repeats, 2 * asked.repeats)
            block = self._said(asked, task, [questions[place] for place in suspects], again, seed)
            for place, each in zip(suspects, block, strict=True):
                found[place].update(zip(again, each, strict=True))
            self.at.say(
                f"{len(suspects)} items of `{asked.name}` look broken, and were asked {asked.repeats} times more"
            )
        return found

    def _said(
        self, asked: "Asked", task: Task, questions: Sequence[Question], repeats: range, seed: int | None
    ) -> list[list[Said]]:
        from sentinel.model.score.scorer import said

        held = self._loaded(task)
        if self.settings["harness"] == "lm-eval":
            from sentinel.model.score.harness import harnessed

            return [[each] * len(repeats) for each in harnessed(held, questions, self.at.folder)]
        self._cut(asked.name, held, questions)
        tick = lambda done: self.at.progress(done, len(questions), set=asked.name)  # noqa: E731
        return said(held, questions, repeats, seed, tick)

    def _cut(self, name: str, held: "Loaded", questions: Sequence[Question]) -> None:
        from sentinel.model.score.scorer import cut

        short = cut(held, questions)
        if short:
            room = held.longest if held.task.form == TEXT else held.room
            self.at.say(f"{short} documents of `{name}` are longer than {room} tokens: the ends of their texts are not "
                        "read")  # fmt: skip

    def _is_anchored(
        self, asked: "Asked", task: Task, by_key: dict[Key, Question], held: dict[Key, dict[int, Said]],
        known: Sequence[Key], seed: int | None,
    ) -> bool:  # fmt: skip
        """Whether documents on record still get the answers that they got."""
        from sentinel.model.score.anchor import anchored, moved

        again = [known[place] for place in anchored([key[0] for key in known])]
        told = self._said(asked, task, [by_key[key] for key in again], range(asked.repeats), seed)
        now = [dict(enumerate(each)) for each in told]
        then = [{repeat: held[key][repeat] for repeat in range(asked.repeats)} for key in again]
        apart = sum(moved(*pair, asked.sampled) for pair in zip(then, now, strict=True))
        if not apart:
            self.at.say(f"the anchor holds: {len(again)} documents of `{asked.name}` got the answers on record")
            return True
        what = f"{apart} of {len(again)} documents of `{asked.name}` get other answers than this model's on record"
        if self.anew:
            self.at.say(f"{what}: all are asked anew")
            return False
        raise refuse("E-anchor-moved", f"{what}: a library, a machine or a setting has changed.", where=self.at.step,
                     todo="Say `anchor: anew`, here and for whom it is compared with.")  # fmt: skip

    def _earlier(self, name: str, by: str, metric: str) -> "Kept":
        from sentinel.data.kept import about, kept

        store = Store(Path(self.at.told.store))
        digests = [digest for digest in (self.at.reads or {}).get("earlier") or () if store.has(digest)]
        return kept(about([(digest, store.path(digest)) for digest in digests], self.subject), name, by, metric)

    def _loaded(self, task: Task) -> "Loaded":
        from dataclasses import replace

        self._held = replace(self._held, task=task) if self._held is not None else self.load(task)
        return self._held

    def _doubt(self, name: str, answers: Sequence[str], truths: Sequence[str]) -> None:
        from sentinel.model.score.sound import doubts

        for doubt in doubts(answers, truths):
            self.at.say(f"degenerate: on `{name}` {doubt}")


def _is_whole(told: dict[int, Said] | None, asked: "Asked") -> bool:
    """Whether a document was asked as often as its set wants, and again where it looked broken."""
    from sentinel.evidence.adversarial import SUSPECT

    if told is None or any(repeat not in told for repeat in range(asked.repeats)):
        return False
    again = range(asked.repeats, 2 * asked.repeats)
    looks_broken = asked.sampled and _failed({repeat: told[repeat] for repeat in range(asked.repeats)}) >= SUSPECT
    return not looks_broken or all(repeat in told for repeat in again)


def _failed(told: dict[int, Said]) -> int:
    return sum(each.value < 1 for each in told.values())


def question_digest(form: str, metric: str, sampled: bool) -> str:
    """What is asked of a document, whoever answers: two reports that differ here answer other questions.

    The labels that a model may answer are left out: a candidate that knows a new one is held against a champion that
    does not, on the same documents.
    """
    return digest_of(["question", _VERSION, form, metric, sampled])


def rows_of(name: str, metric: str, question: Question, key: Key, told: dict[int, Said]) -> list[dict[str, Any]]:
    """A document's rows of a report, one for each time that it was asked."""
    return [
        {
            "set": name, "doc": key[0], "prompt": key[1], "task": key[2], "repeat": repeat, "metric": metric,
            "value": each.value, "weight": each.weight if each.weight is not None else question.weight,
            "group": question.group, "slice": question.slice, "truth": question.truth, "answer": each.answer,
            "text": question.text if repeat == 0 else None, "chance": each.chance,
        }
        for repeat, each in sorted(told.items())
    ]  # fmt: skip


def sha(text: str) -> str:
    """The digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
