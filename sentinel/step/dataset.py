"""Dataset: rows as a program or a source gave them become a dataset, with its schema, its profile and its sides."""

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.scalars import Credential, Share, Text
from sentinel.domain.refusal import refuse

_PREFIX = "credential:"
_HOLD = 0.2


@step("dataset", reads=("line",), distributions=("polars", "numpy"))
def dataset(
    at: At, rows: RawSnapshot, prior: Dataset | None, *, label: Text | None = None, group: Text | None = None,
    salt: Credential | None = None, hold: Share | None = None,
) -> Dataset:  # fmt: skip
    """Makes a dataset of the rows in JSON lines, CSV or parquet, each on the train side or the gate side for ever.

    `label` and `group` name columns: rows of one group share a side. `prior` is the dataset before this one, whose
    decided sides hold on. `salt` keeps the sides unforeseeable; without it they go by the line's name. `hold` is the
    gate's share, else the line's.
    """
    import polars as pl

    from sentinel.data.dataset import Held, NotADataset, write_dataset
    from sentinel.data.rows import NotRows, rows_in

    line = (at.reads or {}).get("line") or {}
    if salt is None:
        at.say("no salt was given: whoever knows the line's name can tell beforehand which side a row will be on")
    key = at.secret(salt.removeprefix(_PREFIX)) if salt is not None else f"line {line.get('name')}"
    share = hold if hold is not None else line.get("hold", _HOLD)
    try:
        held = rows_in(rows.path)
        frame = pl.concat(list(held)) if held.schema else pl.DataFrame()
        if frame.is_empty():
            raise NotRows("There are files, and no row in them.")
        earlier = Held(prior.path) if prior is not None else None
        made = write_dataset(at.out / "dataset", frame, key.encode(), share, label=label, group=group, earlier=earlier)
    except (NotRows, NotADataset) as error:
        raise refuse("E-dataset-rows", str(error), where=at.step, todo="See what gave the rows.") from error
    kept = made.sides.filter(pl.col("here"))
    gate = kept.filter(pl.col("side") == "gate")
    at.say(f"{len(frame)} rows, {len(kept)} of them different, {len(gate)} on the gate's side")
    return Dataset.made(made.folder)
