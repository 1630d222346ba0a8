"""What the store holds, taken out for whoever asked: a copy in a fresh folder, whole or not at all."""

import os
from pathlib import Path

from sentinel.api.state import state_of
from sentinel.domain.refusal import refuse
from sentinel.store import Store
from sentinel.store.tree import remove


def take_out(workspace: Path, digest: str, folder: Path) -> Path:
    """Copy an artifact to a folder that is not there yet; a bundle is verified once more where it lies then."""
    if folder.exists() or folder.is_symlink():
        raise refuse("E-not-empty", "There is something already.", where=str(folder), todo="Name a fresh folder.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refuse("E-usage", f"The folder cannot be made: {error.strerror}.", where=str(folder),
                     todo="Name a folder that you may write.") from error  # fmt: skip
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        Store(state_of(workspace).store).materialise(digest, aside)
        _verified(aside)
        aside.rename(folder)
    except BaseException:
        remove(os.fspath(aside))
        raise
    return folder


def _verified(folder: Path) -> None:
    from sentinel.model.bundle import MANIFEST, damaged, verify

    faults = verify(folder) if (folder / MANIFEST).is_file() else []
    if faults:
        raise damaged(folder, faults)
