"""Assemble: fresh rows of a window, and some that were there before, become the dataset that trains and judges."""

from typing import Annotated

from pydantic import Field

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.scalars import Credential, Duration, Share, Text
from sentinel.domain.digest import Json
from sentinel.domain.needs import MIB, Needs
from sentinel.domain.refusal import refuse

_PREFIX = "credential:"
_HOLD = 0.2


@step("assemble", version=2, reads=("line", "usage"), secrets=("line.salt",), wants=("rows", "sets"),
      speaks_of={"replay": "prior"}, distributions=("polars", "numpy"), needs=Needs(memory=1024 * MIB))  # fmt: skip
def assemble(
    at: At, rows: list[RawSnapshot], prior: Dataset | None, sets: list[Dataset] | None, *,
    window: Annotated[Duration, Field(gt=0)] | None = None, replay: Annotated[Share, Field(lt=1)] = 0.0,
    label: Text | None = None, group: Text | None = None, without: tuple[Text, ...] = (),
    salt: Credential | None = None, hold: Share | None = None,
) -> Dataset:  # fmt: skip
    """Makes a dataset of the rows of the last `window`, with a share of `replay` from the dataset before, `prior`,
    whose decided sides hold on; each row is on the train side or the gate side for ever. Refused where fields or labels
    of the dataset before are gone, or nothing is fresh.

    Unbound, `rows` are what the line's `data:` gives, and `sets` the line's sets, whose rows never train. `label` and
    `group` name fields: rows of one group share a side. Labels that are given up stand under `without`. `salt` keeps
    the sides unforeseeable, else the line's; without either they go by the line's name. `hold` is the gate's share,
    else the line's.
    """
    import polars as pl

    from sentinel.data.assembly import Asked, assembled, write_assembled
    from sentinel.data.dataset import Held, NotADataset
    from sentinel.data.rows import NotRows

    line = (at.reads or {}).get("line") or {}
    asked = Asked(
        ((at.reads or {}).get("usage") or {})["to"], window, replay, line.get("task") or "", label,
        group or line.get("group"), without, tuple(((line.get("contract") or {}).get("fields") or {}).items()),
    )  # fmt: skip
    earlier = Held(prior.path) if prior is not None else None
    key = salt_of(at, line, salt)
    share = hold if hold is not None else line.get("hold", _HOLD)
    try:
        made = assembled([each.path for each in rows], earlier, prior.digest if prior is not None else "", asked)
        judging = [Held(each.path) for each in sets or ()]
        held = write_assembled(at.out / "dataset", made, key, share, earlier, judging)
    except (NotRows, NotADataset) as error:
        raise refuse("E-dataset-rows", str(error), where=at.step, todo="See what gave the rows.") from error
    counts = made.counts
    left = [
        (counts.old, "older than the window"), (counts.ahead, "ahead of it"), (counts.empty, "that ask nothing"),
        (counts.given_up, "whose labels are given up"),
    ]  # fmt: skip
    more = "".join(f"; {number} left out {why}" for number, why in left if number)
    timeless = f", {counts.timeless} of them without a time" if counts.timeless and window is not None else ""
    at.say(f"{counts.fresh} fresh rows{timeless}{more}")
    if replay:
        short = f"; {counts.wanted} were wanted" if counts.replay < counts.wanted else ""
        at.say(f"{counts.replay} rows of the dataset before{short}")
    kept = held.sides.filter(pl.col("here"))
    gate = kept.filter(pl.col("side") == "gate")
    written = held.rows.count or 0
    at.say(f"{written} rows, {len(kept)} of them different, {len(gate)} on the gate's side")
    if written < len(made.rows):
        out = len(made.rows) - written
        at.say(f"{out} more are left out: on the train side before, and in one of the line's sets now, or nearly")
    return Dataset.made(held.folder)


def salt_of(at: At, line: Json, salt: str | None = None) -> bytes:
    """The key that sides go by: the line's credential, or one of the step's own; the line's name without either."""
    named = salt or line.get("salt")
    if named is None:
        at.say("no salt was given: whoever knows the line's name can tell beforehand which side a row will be on")
        return f"line {line.get('name')}".encode()
    return at.secret(named.removeprefix(_PREFIX)).encode()
