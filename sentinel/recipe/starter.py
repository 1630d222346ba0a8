"""The starter set that makes a workspace of an empty folder: the repository's own recipes and gates, and a node."""

from pathlib import Path

import sentinel
from sentinel.contract.words import quoted
from sentinel.domain.refusal import refuse
from sentinel.recipe.files import CONFIG, FOLDERS

PROGRAMS = "programs"
_IGNORED = "# State, kept outside of the workspace's history\n/.sentinel/\n"


def write_starter(target: Path) -> list[Path]:
    """Make a workspace in a folder that has none, and give the files written. Refuses to write over any."""
    files = _starter()
    taken = [name for name in [*files, ".gitignore"] if (target / name).exists() or (target / name).is_symlink()]
    if taken:
        what = f"There is a {quoted(taken[0])} already."
        raise refuse("E-init-taken", what, where=str(target), todo="Name a folder that is empty or not there yet.")
    for folder in (*FOLDERS, PROGRAMS):
        (target / folder).mkdir(parents=True, exist_ok=True)
    for name, source in files.items():
        _write(target / name, source.read_bytes(), 0o755 if name.startswith(f"{PROGRAMS}/") else 0o644)
    _write(target / ".gitignore", _IGNORED.encode(), 0o644)
    return [target / name for name in [*files, ".gitignore"]]


def write_example(name: str, target: Path) -> None:
    """Put an example into a folder, with the shipped gates that it has none of its own for."""
    files = {file.relative_to(home).as_posix(): file for home in _examples(name) for file in sorted(home.rglob("*"))}
    for path, source in files.items():
        if source.is_file() and "__pycache__" not in path and not path.endswith(".md"):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            _write(target / path, source.read_bytes(), 0o644)
    for path, source in _starter().items():
        if path.startswith("gates/") and not (target / path).exists():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            _write(target / path, source.read_bytes(), 0o644)


def _examples(name: str) -> tuple[Path, ...]:
    package = Path(sentinel.__file__).parent
    inside = package / "recipe" / "examples" / name
    return (inside,) if inside.is_dir() else (package.parent / "examples" / name,)


def _starter() -> dict[str, Path]:
    """Each file of the set by its path in a workspace, and where it lies."""
    found = {}
    for home in _homes():
        held = [home / CONFIG, *(file for folder in (*FOLDERS, PROGRAMS) for file in sorted((home / folder).glob("*")))]
        found.update({file.relative_to(home).as_posix(): file for file in held if file.is_file()})
    return found


def _homes() -> tuple[Path, ...]:
    """In an installed package the set lies inside of it; in a source checkout its recipes and gates are at the top."""
    package = Path(sentinel.__file__).parent
    inside = package / "recipe" / "starter"
    return (inside,) if inside.is_dir() else (package.parent, package.parent / "examples" / "starter")


def _write(path: Path, data: bytes, mode: int) -> None:
    with path.open("xb") as file:
        file.write(data)
    path.chmod(mode)
