"""Notices when files of the workspace change, by looking at their names, sizes and times every other second."""

from pathlib import Path

from sentinel.recipe.files import CONFIG, FOLDERS

Print = tuple[tuple[str, int, int], ...]


def fingerprint(workspace: Path) -> Print:
    """What the workspace's files look like from outside."""
    found = []
    files = [each for folder in FOLDERS for each in sorted((workspace / folder).glob("*.yaml"))]
    for path in [workspace / CONFIG, *files]:
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((str(path.relative_to(workspace)), status.st_size, status.st_mtime_ns))
    return tuple(found)
