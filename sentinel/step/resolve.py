"""Resolve: a run begins by pinning what its names stand for."""

from typing import NamedTuple

from sentinel.contract.at import At
from sentinel.contract.kinds import Model
from sentinel.contract.registry import step
from sentinel.domain.refusal import refuse
from sentinel.step.import_ import taken_in


class Resolved(NamedTuple):
    """What recipes bind as `line.base`."""

    base: Model


@step("resolve", reads=("line", "world"))
def resolve(at: At) -> Resolved:
    """Takes the line's base into the store, so that a whole run trains from the very same one."""
    base = ((at.reads or {}).get("line") or {}).get("base")
    if not base:
        raise refuse("E-base-unset", "the line has no base.", where=at.step, todo="Give it one in sentinel.yaml.")
    if "file" not in base:
        what = f"the base {base.get('hub', '')} lies on a hub, and this release reaches none."
        raise refuse("E-base-hub", what, where=at.step, todo="Download it, and say `base: {file: FOLDER}`.")
    return Resolved(taken_in(at, base["file"]))
