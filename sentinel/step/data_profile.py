"""Data-profile: what the rows of a dataset or of a file look like."""

import json
from typing import TYPE_CHECKING

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset, RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.scalars import Text
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused, refuse

if TYPE_CHECKING:
    from sentinel.data.look import Looked

ANSWER = "answer.json"


@step("data-profile", reads=("world",), distributions=("polars", "numpy"))
def data_profile(at: At, dataset: Dataset | None, *, path: Text | None = None) -> RawSnapshot:
    """Tells what rows look like, field by field: those of a dataset, or of the file at `path` in the
    workspace.

    This function writes `answer.json`, which `sentinel data profile` shows.
    """
    from sentinel.data.dataset import NotADataset
    from sentinel.data.look import told
    from sentinel.data.rows import NotRows

    try:
        return answered(at, told(looked(at, dataset, path)))
    except (NotRows, NotADataset) as error:
        raise refuse("E-rows", str(error), where=path or "", todo="Name a dataset, or a file of rows.") from error


def looked(at: At, dataset: Dataset | None, path: str | None) -> "Looked":
    """The rows that are meant: of a port, or of a file of the workspace."""
    from sentinel.data.look import Looked
    from sentinel.data.rows import rows_in

    if (dataset is None) == (path is None):
        raise refuse("E-look-which", "rows are those of a dataset or those of a file.", where=at.step,
                     todo="Bind a dataset, or write `with: {path: FILE}`.")  # fmt: skip
    if dataset is not None:
        return Looked(dataset.path)
    home = at.workspace.resolve()
    place = (home / (path or "")).resolve()
    if not place.is_relative_to(home):
        raise _outside(path)
    if not place.exists():
        raise refuse("E-no-file", "there is nothing.", where=path or "", todo="Name a file that holds rows.")
    if not all(file.resolve().is_relative_to(home) for file in rows_in(place).files):
        raise _outside(path)
    return Looked(place)


def _outside(path: str | None) -> Refused:
    # whatever is read is told, and what is told is kept for ever
    return refuse("E-rows", "it leads out of the workspace.", where=path or "", todo="Put a copy of it there.")


def answered(at: At, told: Json) -> RawSnapshot:
    """What a verb has found out, for the daemon to hand on."""
    folder = at.out / "answer"
    folder.mkdir()
    (folder / ANSWER).write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
    return RawSnapshot.made(folder)
