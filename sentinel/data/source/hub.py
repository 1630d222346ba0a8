"""Files of a dataset on the Hugging Face Hub: parquet, JSON lines or CSV at one commit. Its scripts are never run."""

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sentinel.data.source.form import Brought, Haul, HubSource, Place, is_inside
from sentinel.domain.refusal import Refused, refuse

CODE = "E-hub"
FORMATS = ((".parquet",), (".jsonl", ".ndjson", ".json"), (".csv",))
"""What is taken where nobody names files: the first of these that the repository has."""
_NOT_ROWS = ("dataset_info.json", "dataset_infos.json", "state.json", "config.json")
_DISABLE_XET = "HF_HUB_DISABLE_XET"


def bring_hub(source: HubSource, place: Place) -> Haul:
    """The files, from the commit that the revision stands for now."""
    os.environ.setdefault(_DISABLE_XET, "1")  # its transfers neither resume nor reach every endpoint
    try:
        from huggingface_hub import HfApi, hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    except ImportError:
        raise refuse(CODE, "rows come from the Hub here, and its client is not installed.", where=source.hub,
                     todo="Run `pip install 'sentinel[models]'` where steps run.") from None  # fmt: skip
    endpoint = os.environ.get("HF_ENDPOINT")
    token: Any = place.secret(source.token) if source.token is not None and place.secret is not None else False
    try:
        told = HfApi(endpoint=endpoint, token=token).dataset_info(
            source.hub, revision=source.revision, files_metadata=True
        )
        sizes = {each.rfilename: each.size or 0 for each in told.siblings or ()}
        names = chosen([name for name in sizes if is_inside(name)], source)
        total = sum(sizes[name] for name in names)
        if total > source.at_most:
            raise refuse(CODE, f"its files have {total:,} bytes, and {source.at_most:,} are allowed.", where=source.hub,
                         todo="Raise `at_most`, or name fewer files.")  # fmt: skip
        files, done = [], 0
        for name in names:
            path = hf_hub_download(
                source.hub, name, repo_type="dataset", revision=told.sha, local_dir=place.aside / "hub",
                endpoint=endpoint, token=token,
            )  # fmt: skip
            files.append(Brought(name, Path(path)))
            done += sizes[name]
            place.tell(done, total)
    except (HfHubHTTPError, HFValidationError) as error:
        raise _no(error, source) from error
    return Haul(tuple(files), {"commit": told.sha})


def chosen(names: Sequence[str], source: HubSource) -> list[str]:
    """The files to take, in the order of their names."""
    if source.files:
        found = [name for name in sorted(names) if any(fnmatchcase(name, pattern) for pattern in source.files)]
        if not found:
            raise refuse(CODE, f"it has no file like {', '.join(source.files)}.", where=source.hub,
                         todo=f"It has {_some(names)}.")  # fmt: skip
        return found
    rows = [name for name in sorted(names) if name.rpartition("/")[2] not in _NOT_ROWS and not name.startswith(".")]
    for suffixes in FORMATS:
        if found := [name for name in rows if name.lower().endswith(suffixes)]:
            return found
    what = "it is made by a script, which is never run" if any(name.endswith(".py") for name in names) else "has none"
    raise refuse(CODE, f"it has no parquet, JSON lines or CSV: {what}.", where=source.hub,
                 todo="Take a revision that holds its rows, such as refs/convert/parquet.")  # fmt: skip


def _some(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _no(error: Exception, source: HubSource) -> Exception:
    """What another try cannot help is refused; the rest is passed on as it came."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(status, int) and (status >= 500 or status in (408, 429)):
        return error
    kind = type(error).__name__
    says = {
        "RepositoryNotFoundError": "there is no such dataset, or it is not open to us.",
        "GatedRepoError": "its owner has to let you in.",
        "RevisionNotFoundError": f"it has no revision {source.revision}.",
        "HFValidationError": "this is no name of a dataset.",
    }.get(kind, f"it does not give its files ({kind}{f', HTTP {status}' if status else ''}).")  # fmt: skip
    refused: Refused = refuse(
        CODE, says, where=source.hub, todo="Write it as `owner/name`, and give `token:` if needed."
    )
    return refused
