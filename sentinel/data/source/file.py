"""Files of the workspace, or of what a step gave: they stay where they are."""

from pathlib import Path

from sentinel.data.disguise import SUFFIXES
from sentinel.data.rows import QUARANTINE, NotRows
from sentinel.data.snapshot import SNAPSHOT
from sentinel.data.source.form import Brought, FileSource, Haul, Place, RowsSource

_BESIDE = (QUARANTINE, SNAPSHOT, "manifest.json")
"""What is no rows of a snapshot, whatever its name ends in."""


def bring_file(source: FileSource, place: Place) -> Haul:
    """A file of the workspace, or the files of a folder in the order of their names."""
    home = place.workspace.resolve()
    path = (home / source.file).resolve()
    if not path.is_relative_to(home):
        raise NotRows(f"{source.file} leads out of the workspace.")
    if path.is_file():
        return Haul((Brought(path.name, path, source.as_),))
    if not path.is_dir():
        raise NotRows(f"There is no file {source.file} in the workspace.")
    return Haul(_of_folder(path, source.as_))


def bring_rows(source: RowsSource) -> Haul:
    """The rows that a step gave, a program above all."""
    return Haul(_of_folder(Path(source.rows), None))


def _of_folder(folder: Path, as_: str | None) -> tuple[Brought, ...]:
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_odd = path.is_symlink() or name in _BESIDE or any(part.startswith(".") for part in name.split("/"))
        if path.is_file() and not is_odd and (as_ or path.suffix.lower() in SUFFIXES):
            found.append(Brought(name, path, as_))
    if not found:
        raise NotRows(f"There are no rows: none of the files ends in {', '.join(SUFFIXES)}.")
    return tuple(found)
