"""What of a line on the Hub is not as it is here, or will not come to rank: a sentence each, with what to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from sentinel.domain.board import Board
from sentinel.domain.digest import Json
from sentinel.domain.quantity import DAY, rough_duration

OLD = 3 * DAY
"""Boards that were read longer ago are not what they were; they are read once a day."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What is held against each other."""

    champion: str | None
    versions: list[Json]
    board: Board
    at: int


def behind(told: Behind) -> list[str]:
    """The sentences."""
    return [*_champion(told), *_unranked(told), *_unread(told)]


def _champion(told: Behind) -> Iterator[str]:
    live = next(
        (each for each in told.versions if told.champion is not None and each["version"] == told.champion), None
    )
    if live is None:
        return
    there = [(each["version"] or each["model"][:12], held) for each in told.versions for held in each["published"]]
    if not any(held["is_there"] for held in live["published"]):
        others = dict.fromkeys(f"{held['repo']} holds {name}" for name, held in there if held["is_there"])
        yield _sentence(f"the champion, {told.champion}, is not published", others)
    if not any(each["is_there"] for each in live["scores"]):
        others = dict.fromkeys(
            f"{score['repo']} has those of {each['version'] or each['model'][:12]}"
            for each in told.versions for score in each["scores"] if score["is_there"]
        )  # fmt: skip
        yield _sentence(f"the champion's scores, {told.champion}, are not submitted", others)


def _unranked(told: Behind) -> Iterator[str]:
    """Scores that lie on the Hub, and that no board can show."""
    held = [score for each in told.versions for score in each["scores"] if score["is_there"]]
    repos = {held["repo"]: held["private"] for each in told.versions for held in each["published"] if held["is_there"]}
    for repo in sorted({score["repo"] for score in held if repos.get(score["repo"])}):
        yield f"{repo} is private, and no board ranks what is private: open it on the Hub, if it may be seen"
    closed = {(score["repo"], score["request"]) for score in held if score["request_state"] == "closed"}
    for repo, request in sorted(closed):
        yield f"request #{request} at {repo} was closed: its owner did not take the scores"


def _unread(told: Behind) -> Iterator[str]:
    if not any(score["is_there"] for each in told.versions for score in each["scores"]):
        return
    if not told.board.read_at:
        yield "no board was read since scores were submitted: `sentinel run board` reads them"
    elif told.at - told.board.read_at > OLD:
        old = rough_duration(told.at - told.board.read_at)
        yield f"the ranks are those of {old} ago: `sentinel run board` reads them anew"


def _sentence(says: str, others: dict[str, None]) -> str:
    return "; ".join([says, *list(others)[:3]])
