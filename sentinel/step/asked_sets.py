"""The sets on a step's port, as they are asked: each by its own name, and those that the step wants."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset
from sentinel.domain.refusal import refuse

if TYPE_CHECKING:
    from sentinel.data.asked import Asked


def asked_sets(at: At, sets: Sequence[Dataset], only: Sequence[str]) -> "list[Asked]":
    """The sets that are asked, in the order of their names."""
    from sentinel.data.asked import asked
    from sentinel.data.dataset import NotADataset

    try:
        found = sorted((asked(each.path) for each in sets), key=lambda each: each.name)
    except NotADataset as why:
        raise refuse("E-set", f"a set cannot be asked: {why}", where=at.step, todo="See what made it.") from why
    there = [each.name for each in found]
    lacking = [name for name in only if name not in there]
    if lacking:
        held = ", ".join(there) or "none"
        raise refuse("E-unknown-set", f"there is no set `{lacking[0]}`; there are {held}.", where=at.step,
                     todo="Name one that the line has.")  # fmt: skip
    doubled = [name for name in there if there.count(name) > 1]
    if doubled:
        raise refuse("E-doubled", f"two sets are called `{doubled[0]}`.", where=at.step, todo="Bind one of them.")
    return [each for each in found if not only or each.name in only]
