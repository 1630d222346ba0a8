"""Files of a dataset on Kaggle, through Kaggle's own client, which is an extra."""

import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sentinel.data.disguise import SUFFIXES
from sentinel.data.source.form import Brought, Haul, KaggleSource, Place, is_inside
from sentinel.domain.refusal import refuse

CODE = "E-kaggle"
TOKEN = "KAGGLE_API_TOKEN"  # noqa: S105  the name of a variable


def bring_kaggle(source: KaggleSource, place: Place) -> Haul:
    """The files, one by one as they are: no archive of them is unpacked."""
    client = _client(source, place)
    folder = place.aside / "kaggle"
    folder.mkdir(parents=True, exist_ok=True)
    whole = source.kaggle if source.version is None else f"{source.kaggle}/{source.version}"
    sizes = _listed(client, whole)
    names = _chosen(sorted(sizes), source)
    total = sum(sizes[name] for name in names)
    if total > source.at_most:
        raise refuse(CODE, f"its files have {total:,} bytes, and {source.at_most:,} are allowed.", where=source.kaggle,
                     todo="Raise `at_most`, or name fewer files.")  # fmt: skip
    files: list[Brought] = []
    done = 0
    for name in names:
        client.dataset_download_file(whole, name, path=str(folder), force=True, quiet=True)
        path = folder / Path(name).name
        if not path.is_file():
            raise refuse(CODE, f"Kaggle gave something else in place of {name}, an archive perhaps.",
                         where=source.kaggle, todo="Unpack it yourself, and take it in as a file.")  # fmt: skip
        # by a name that no other file of the dataset has
        files.append(Brought(name, path.rename(folder / f"{len(files):05}{path.suffix}")))
        done += sizes[name]
        place.tell(done, total)
    return Haul(tuple(files))


def _client(source: KaggleSource, place: Place) -> Any:
    """Kaggle's client, which looks for its token when it is imported, and nowhere but in a file or a variable."""
    if source.token is not None and place.secret is not None:
        os.environ[TOKEN] = place.secret(source.token)
    try:
        from kaggle.api.kaggle_api_extended import KaggleApi

        client = KaggleApi()
        client.authenticate()
    except ImportError:
        raise refuse(CODE, "rows come from Kaggle here, and its client is not installed.", where=source.kaggle,
                     todo="Run `pip install 'sentinel[kaggle]'` where steps run.") from None  # fmt: skip
    except SystemExit:  # its way of saying that it was given no token
        raise refuse(CODE, "Kaggle lets nobody in without a token.", where=source.kaggle,
                     todo="Give `token: credential:NAME`.") from None  # fmt: skip
    finally:
        os.environ.pop(TOKEN, None)
    return client


def _listed(client: Any, whole: str) -> dict[str, int]:
    """The files of a dataset with their bytes, page by page."""
    found: dict[str, int] = {}
    page = None
    while True:
        told = client.dataset_list_files(whole, page_token=page, page_size=200)
        found |= {str(each.name): int(each.total_bytes or 0) for each in told.files or () if is_inside(str(each.name))}
        page = getattr(told, "next_page_token", None)
        if not page:
            return found


def _chosen(names: list[str], source: KaggleSource) -> list[str]:
    patterns = source.files or tuple(f"*{suffix}" for suffix in SUFFIXES)
    found = [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
    if not found:
        raise refuse(CODE, f"it has no file like {', '.join(patterns)}.", where=source.kaggle,
                     todo=f"It has {', '.join(names[:8]) or 'none'}.")  # fmt: skip
    return found
