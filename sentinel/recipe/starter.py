"""The starter set: the repository's own workspace, copied into an empty folder. Only what is there is ever copied."""

from pathlib import Path

import sentinel
from sentinel.contract.words import quoted
from sentinel.domain.refusal import refuse
from sentinel.recipe.files import CONFIG, FOLDERS

PROGRAMS = "programs"
_IGNORED = "# State, kept outside of the workspace's history\n/.sentinel/\n"


def write_starter(target: Path) -> list[Path]:
    """Make a workspace in a folder that has none, and give the files written. Refuses to write over any."""
    home = _home()
    names = [CONFIG, *(f"{folder}/{file.name}" for folder in (*FOLDERS, PROGRAMS) for file in _files(home / folder))]
    taken = [name for name in [*names, ".gitignore"] if (target / name).exists() or (target / name).is_symlink()]
    if taken:
        what = f"There is a {quoted(taken[0])} already."
        raise refuse("E-init-taken", what, where=str(target), todo="Name a folder that is empty or not there yet.")
    written = []
    for folder in (*FOLDERS, PROGRAMS):
        (target / folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        _write(target / name, (home / name).read_bytes(), 0o755 if name.startswith(f"{PROGRAMS}/") else 0o644)
        written.append(target / name)
    _write(target / ".gitignore", _IGNORED.encode(), 0o644)
    return [*written, target / ".gitignore"]


def _home() -> Path:
    """Where the starter set lies: in an installed package inside of it, in a source checkout beside it."""
    package = Path(sentinel.__file__).parent
    inside = package / "recipe" / "starter"
    return inside if inside.is_dir() else package.parent


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file()) if folder.is_dir() else []


def _write(path: Path, data: bytes, mode: int) -> None:
    with path.open("xb") as file:
        file.write(data)
    path.chmod(mode)
