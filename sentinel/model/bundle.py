"""A Bundle: a model in the form in which it is delivered, with a manifest that says what each file has to be."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused, refuse

MANIFEST = "manifest.json"
PARITY = "parity.json"
"""What was measured of the packed weights, where it was; see `model.parity`."""
SOURCE = "source"
"""The folder of a GGUF bundle with the configuration and the tokenizer that its file was made of."""
_VERSION = 1
_LARGEST = 16 * 2**20
_MOST = 8


def seal(folder: Path, told: dict[str, Json]) -> None:
    """Write the manifest, last of all: what is told, and every file that is there."""
    files = [
        {"path": name, "size": (folder / name).stat().st_size, "sha256": _sha256(folder / name)}
        for name in sorted(_files(folder)) if name != MANIFEST
    ]  # fmt: skip
    text = json.dumps({"version": _VERSION, **told, "files": files}, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def verify(folder: Path) -> list[str]:
    """What of a bundle is not as its manifest says, all of it, a sentence each; none where every byte is."""
    try:
        named = {each["path"]: (each["size"], each["sha256"]) for each in _read(folder)["files"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return [f"{MANIFEST} cannot be read: {type(error).__name__}."]
    there = set(_files(folder)) - {MANIFEST}
    faults = [f"{name} is missing." for name in sorted(named.keys() - there)]
    faults += [f"{name} is not named in the manifest." for name in sorted(there - named.keys())]
    for name in sorted(there & named.keys()):
        size, digest = named[name]
        path = folder / name
        if path.is_symlink() or not path.is_file():
            faults.append(f"{name} is no plain file.")
        elif path.stat().st_size != size:
            faults.append(f"{name} has {path.stat().st_size} bytes, and the manifest says {size}.")
        elif _sha256(path) != digest:
            faults.append(f"{name} is not, byte for byte, what the manifest says.")
    return faults


def opened(folder: Path) -> Json:
    """The manifest of a bundle, once every byte is what it says. Refused with every fault at once."""
    faults = verify(folder)
    if faults:
        raise damaged(folder, faults)
    return _read(folder)


def damaged(folder: Path, faults: list[str]) -> Refused:
    """The refusal of a bundle."""
    more = f" And {len(faults) - _MOST} more." if len(faults) > _MOST else ""
    return refuse("E-bundle", f"this bundle is not what was packed. {' '.join(faults[:_MOST])}{more}",
                  where=folder.name, todo="Package the model again, or fetch the bundle again.")  # fmt: skip


def _read(folder: Path) -> Json:
    path = folder / MANIFEST
    if path.stat().st_size > _LARGEST:
        raise ValueError("it is too large")
    told: Json = json.loads(path.read_bytes())
    if told["version"] != _VERSION:
        raise ValueError("it is of another version")
    return told


def _files(folder: Path) -> Iterator[str]:
    """Every file below, by its path from the folder; a link counts as one."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
