"""Labelling served answers: what a file of them holds, which of them a person is asked about, and what a label says.

Nothing here asks the daemon: a request is what to ask, and the functions take what comes back, so that a program that
waits for an answer can label as well as one that does not.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from sentinel.domain.digest import Json
from sentinel.domain.outcome import AUDIT, INFORMATIVE
from sentinel.domain.policy.labelling import Pick, Picked, Served, pick
from sentinel.domain.refusal import refuse

Request = tuple[str, dict[str, Json]]
"""A route, and what it is given."""

_AT_ONCE = 200
_FEW = 20
"""With so many classes at most, they are offered by number, and the model's own answer is not shown."""
_LONGEST = 65_536
_NEEDS = ("id", "at", "text", "answer")


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many answers a person is asked about, and by which chances; as the route `outcomes` tells it of a line."""

    line: str
    budget: int
    audit: float
    twice: float
    done: int
    """Labels that came in these seven days."""
    weekly: int


def allowance(told: Json, line: str, budget: int | None = None) -> Allowance:
    """What a line allows: `budget` answers, else what is left of the week. Refused where it draws no sample."""
    if not told["audit"]:
        raise refuse("E-no-audit", f"sentinel.yaml does not say which share of {line} is labelled at random.",
                     todo="Add `audit: 5%` under its `labels:`.")  # fmt: skip
    done = sum(each["fresh"] for each in told["by"] if each["why"] in (AUDIT, INFORMATIVE))
    left = budget if budget is not None else max(0, told["weekly"] - done)
    return Allowance(line, left, told["audit"], told["twice"], done, told["weekly"])


class Answers:
    """A file of served answers, held open while they are labelled: another may be put in its place meanwhile."""

    def __init__(self, file: BinaryIO, served: Mapping[str, Served], classes: tuple[str, ...]) -> None:
        self._file = file
        self.served = served
        self.classes = classes
        """The classes that the answers name; nothing where these are not few."""

    @property
    def free(self) -> bool:
        """Whether answers are no classes: then they are said to be right or wrong."""
        return not self.classes

    def row(self, pick: Pick) -> Json:
        """A served answer as it stands in the file."""
        self._file.seek(pick.served.place)
        return json.loads(self._file.readline(_LONGEST))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def read_answers(path: Path) -> Answers:
    """The answers of a file. Refused where it is none, or a line of it is no answer."""
    if not path.is_file():
        raise refuse("E-no-file", f"There is no file {path}.", todo="Name a file of JSON lines.")
    file = path.open("rb")
    try:
        return Answers(file, *_read(file, path))
    except BaseException:
        file.close()
        raise


def _read(file: BinaryIO, path: Path) -> tuple[dict[str, Served], tuple[str, ...]]:
    """Each answer with its place, and the classes that they name where these are few."""
    served: dict[str, Served] = {}
    classes: Counter[str] = Counter()
    for number, (place, text) in enumerate(_lines(file), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
            missing = next((name for name in _NEEDS if row.get(name) is None), None)
        except (ValueError, AttributeError, RecursionError):
            raise refuse("E-answers", "This line is no JSON object.", where=f"{path}:{number}",
                         todo="Write one served answer on each line.") from None  # fmt: skip
        if missing is not None:
            raise refuse("E-answers", f"This answer has no `{missing}`.", where=f"{path}:{number}",
                         todo=f"Each needs {', '.join(_NEEDS)}.")  # fmt: skip
        served[str(row["id"])] = Served(str(row["id"]), place, _ahead(row.get("probabilities")))
        if len(classes) <= _FEW or row["answer"] in classes:
            classes[str(row["answer"])] += 1
    return served, tuple(sorted(classes)) if 1 < len(classes) <= _FEW else ()


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    place = 0
    while text := file.readline(_LONGEST):
        yield place, text
        place += len(text)


def _ahead(probabilities: Json) -> float | None:
    """How far the likeliest class is ahead of the next: near nothing where the model was unsure."""
    if not isinstance(probabilities, dict):
        return None
    held = sorted((float(each) for each in probabilities.values() if isinstance(each, int | float)), reverse=True)
    return held[0] - held[1] if len(held) > 1 else None


def known_requests(line: str, answers: Answers) -> list[Request]:
    """What to ask to learn which of the answers have been labelled."""
    ids = list(answers.served)
    return [
        ("labelled", {"line": line, "ids": ids[start : start + _AT_ONCE]}) for start in range(0, len(ids), _AT_ONCE)
    ]


def known_labels(told: Iterable[Json]) -> dict[str, list[str]]:
    """For which reasons each answer has been labelled, by what came back for `known_requests`."""
    return {id: whys for each in told for id, whys in each["labelled"].items()}


def choose(answers: Answers, known: Mapping[str, list[str]], allowed: Allowance) -> Picked:
    """Which answers a person is asked about, in their order."""
    return pick(allowed.line, answers.served.values(), known, allowed.audit, allowed.budget, allowed.twice)


def label_request(line: str, pick: Pick, row: Json, said: str, free: bool) -> Request:
    """What to ask to put a label on record: `said` is a class; or, where these are `free`, y for right and n for wrong.

    The answer to it is for `label_word` and `label_faults`.
    """
    right = said == "y" if free else said == str(row["answer"])
    if not _first(pick):
        given = {"line": line, "id": pick.served.id, "right": right, "label": None if free else said}
        return "outcome-again", given
    outcome: Json = {"id": pick.served.id, "at": row["at"], "why": pick.why, "right": right}
    if not free:
        outcome |= {"label": said, "answer": str(row["answer"])}
    if pick.chance is not None:
        outcome["chance"] = pick.chance
    if row.get("version"):
        outcome["version"] = row["version"]
    return "outcomes-take", {"line": line, "outcomes": [outcome]}


def label_word(pick: Pick, answer: Json) -> str:
    """What became of a label, to be counted: why it was asked for, or that it was refused, or how a second one went."""
    if not _first(pick):
        return "labelled twice alike" if answer["agrees"] else "labelled twice differently"
    return "refused" if answer["faults"] else pick.why


def label_faults(answer: Json) -> list[str]:
    """Why a label was refused."""
    return [str(fault["says"]) for fault in answer.get("faults", ())]


def _first(pick: Pick) -> bool:
    """Whether the answer is to be labelled for the first time for its reason."""
    return pick.why in (AUDIT, INFORMATIVE)
