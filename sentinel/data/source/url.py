"""A file behind an https address, downloaded with a cap and gone on with after a cut."""

import hashlib
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sentinel.data.source.form import Brought, Haul, Place, UrlSource
from sentinel.domain.refusal import refuse
from sentinel.outside.download import CODE, PARTIAL, Wanted, download


def bring_url(source: UrlSource, place: Place) -> Haul:
    """The file, once it has the digest that it must have."""
    folder = place.aside / "url"
    if place.kept is not None and not folder.exists():
        shutil.copytree(place.kept, folder)
    wanted = Wanted(source.url, source.at_most, source.within / 1000, source.private)
    state = download(wanted, folder, tell=place.tell, keep=place.keep)
    path = folder / PARTIAL
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if source.digest is not None and found != source.digest.lower():
        path.unlink()  # or another try would go on from it
        raise refuse(CODE, f"it has the digest {found}, and {source.digest} was promised.", where=named(source.url),
                     todo="See who changed it; the new digest goes into the recipe.")  # fmt: skip
    return Haul((Brought(named(source.url), path, source.as_, found),), {"etag": state.etag} if state.etag else {})


def named(url: str) -> str:
    """What a file is called by its address."""
    return Path(unquote(urlsplit(url).path)).name or "rows"
