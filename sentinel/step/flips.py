"""Flips: the documents on which two models disagree, for people to look at."""

import json
from typing import Annotated

from pydantic import Field

from sentinel.contract.at import At
from sentinel.contract.kinds import EvalReport, RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.scalars import Name, Whole
from sentinel.domain.refusal import refuse


@step("flips")
def flips(
    at: At, one: EvalReport, other: EvalReport, *, set: Name | None = None,
    most: Annotated[Whole, Field(ge=1, le=10_000)] = 1000,
) -> RawSnapshot:  # fmt: skip
    """Lays two reports side by side: each document on which they disagree, with its text, the truth and both answers.

    This function writes `answer.json`, which `sentinel flips` shows.
    """
    from sentinel.data.flips import flips as found
    from sentinel.data.report import NotComparable

    try:
        told = found(one.path, other.path, set, most)
    except NotComparable as why:
        raise refuse("E-not-comparable", str(why), todo="Evaluate both on the same documents.") from why
    folder = at.out / "rows"
    folder.mkdir()
    (folder / "answer.json").write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
    at.say(f"{len(told['flips']) + told['left_out']} documents")
    return RawSnapshot.made(folder)
