"""Ingest: rows of a file, an address, a hub or a program become a snapshot that never changes."""

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from sentinel.contract.at import At
from sentinel.contract.kinds import RawSnapshot
from sentinel.contract.registry import step
from sentinel.contract.scalars import Credential, Duration, Flag, Params, Share, Size, Text, Whole
from sentinel.domain.needs import MIB, Needs
from sentinel.domain.quantity import HOUR
from sentinel.domain.refusal import refuse

if TYPE_CHECKING:
    from sentinel.data.source.form import Place

_PREFIX = "credential:"
_MOST = 50 * 2**30


def _inside(value: Any) -> Any:
    """A path that stays in the workspace."""
    if isinstance(value, str) and (value.startswith(("/", "~")) or ".." in value.split("/") or "\\" in value):
        raise ValueError("a path leads to a file below sentinel.yaml")
    return value


def _sha256(value: Any) -> Any:
    if isinstance(value, str) and (len(value) != 64 or set(value.lower()) - set("0123456789abcdef")):
        raise ValueError("a digest is the 64 hex digits of a sha256")
    return value


def _one_of(*keys: str) -> Discriminator:
    """Which source a mapping means, told by the key that it has; the first where it has none."""

    def told(value: Any) -> str:
        held = value if isinstance(value, Mapping) else getattr(value, "model_fields_set", ())
        return next((f"~{key}" for key in keys if key in held), f"~{keys[0]}")

    return Discriminator(told)


Format = Literal["jsonl", "csv", "parquet"]
Digest = Annotated[Text, BeforeValidator(_sha256)]
Token = Credential | None


class OfFile(Params):
    """A file of the workspace, or every file of a folder whose name says how to read it."""

    file: Annotated[Text, BeforeValidator(_inside), Field(min_length=1)]
    as_: Format | None = Field(default=None, alias="as")


class OfUrl(Params):
    """A file behind an https address."""

    url: Text
    as_: Format | None = Field(default=None, alias="as")
    digest: Digest | None = None
    at_most: Annotated[Size, Field(ge=1)] = _MOST
    within: Annotated[Duration, Field(ge=1)] = 6 * HOUR
    private: Flag = False


class OfHub(Params):
    """Files of a dataset on the Hugging Face Hub."""

    hub: Text
    revision: Text = "main"
    files: tuple[Text, ...] = ()
    token: Token = None
    at_most: Annotated[Size, Field(ge=1)] = _MOST


class OfKaggle(Params):
    """Files of a dataset on Kaggle."""

    kaggle: Text
    version: Annotated[Whole, Field(ge=1)] | None = None
    files: tuple[Text, ...] = ()
    token: Token = None
    at_most: Annotated[Size, Field(ge=1)] = _MOST


From = Annotated[
    Annotated[OfFile, Tag("~file")]
    | Annotated[OfUrl, Tag("~url")]
    | Annotated[OfHub, Tag("~hub")]
    | Annotated[OfKaggle, Tag("~kaggle")],
    _one_of("file", "url", "hub", "kaggle"),
]


@step("ingest", reads=("url",), needs=Needs(memory=1024 * MIB), distributions=("polars", "msgspec"))
def ingest(
    at: At, rows: RawSnapshot | None, *, from_: From | None = None, at_most: Annotated[Share, Field(le=1)] = 0.01
) -> RawSnapshot:  # fmt: skip
    """Takes rows in as they are: `from: {file: PATH}`, `{url: ADDRESS}`, `{hub: OWNER/NAME}` or `{kaggle: OWNER/NAME}`,
    or what a program gave on the port `rows`. JSON lines, CSV and parquet; nothing is unpacked and no script is run.

    Records that are broken go to `quarantine.parquet` with their line and their reason, up to a share of `at_most`.
    What an address, a hub or Kaggle gave serves again only where a `digest`, a commit or a `version` pins it.
    """
    from sentinel.data.ingest import ingest as taken_in
    from sentinel.data.rows import NotRows
    from sentinel.data.source.form import RowsSource, source_of

    if (rows is None) == (from_ is None):
        raise refuse("E-ingest-which", "rows come from a source or from a port, and from one of them.", where=at.step,
                     todo="Write `with: {from: {file: PATH}}`, or bind `rows`.")  # fmt: skip
    source = RowsSource(str(rows.path)) if rows is not None else source_of(_plain(from_))
    place = place_of(at)
    try:
        made = taken_in(source, at.out / "rows", place, at_most=at_most)
    except NotRows as error:
        raise refuse("E-rows", str(error), where=at.step, todo="See what gave the rows.") from error
    finally:
        shutil.rmtree(place.aside, ignore_errors=True)
    more = f", {made.quarantined:,} records left aside" if made.quarantined else ""
    at.say(f"{made.rows:,} rows from {len(made.taken)} file{'s' if len(made.taken) != 1 else ''}{more}")
    return RawSnapshot.made(at.out / "rows")


def place_of(at: At) -> "Place":
    """What bringing a source takes of this attempt: its folders, its credentials, its way to tell of progress."""
    from sentinel.data.source.form import Place

    return Place(
        at.workspace, at.folder / "aside", _paced(at), lambda name: at.secret(name.removeprefix(_PREFIX)),
        at.checkpoint, _keeping(at),
    )  # fmt: skip


def _paced(at: At) -> Callable[[float, float | None], None]:
    """Progress, once a second at most: blocks are read far more often than anybody looks."""
    last = 0.0

    def tell(done: float, total: float | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 1 or done == total:
            last = now
            at.progress(done, total)

    return tell


def _plain(source: Any) -> dict[str, Any]:
    found: dict[str, Any] = source.model_dump(by_alias=True, exclude_none=True)
    return found


def _keeping(at: At) -> Callable[[Path, Path], None]:
    """Keep a part of a download, so that the next attempt goes on from there."""

    def keep(part: Path, state: Path) -> None:
        with at.save_checkpoint() as folder:
            for file in (part, state):
                shutil.copyfile(file, folder / file.name)

    return keep
