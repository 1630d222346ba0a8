"""Reading file trees that others made: regular files and folders only, never through a link."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sentinel.domain.refusal import refuse
from sentinel.domain.text import is_harmless

DEEPEST = 64
LONGEST = 1024
"""Levels and bytes that a path may have, well inside what every file system opens in one call."""

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Listing:
    """What one folder holds, sorted. `odd` are things that no artifact may hold, each with the reason."""

    files: tuple[str, ...]
    folders: tuple[str, ...]
    odd: tuple[tuple[str, str], ...]


def listing(folder: int, below: str) -> Listing:
    """The names in an open folder that lies `below` the root of its tree ("" for the root itself)."""
    files, folders, odd = [], [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            reason = unfit(entry.name, below)
            if reason:
                odd.append((entry.name, reason))
            elif entry.is_file(follow_symlinks=False):
                files.append(entry.name)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                odd.append((entry.name, f"is {kind_of(entry.stat(follow_symlinks=False).st_mode)}"))
    return Listing(tuple(sorted(files)), tuple(sorted(folders)), tuple(sorted(odd)))


def unfit(name: str, below: str = "") -> str:
    """Why a name may not be in an artifact, or nothing."""
    if name in ("", ".", "..") or "/" in name:
        return "is not a name of its own"
    try:
        length = len(join(below, name).encode())
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    if not all(map(is_harmless, name)):
        return "has control characters in its name"
    if length > LONGEST:
        return f"has a path longer than {LONGEST} bytes"
    return f"lies more than {DEEPEST} folders deep" if below.count("/") >= DEEPEST - 1 else ""


def kind_of(mode: int) -> str:
    """What a thing in the file system is, in words."""
    kinds = (
        (stat.S_ISREG, "a file"), (stat.S_ISDIR, "a folder"), (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
    )  # fmt: skip
    return next((words for test, words in kinds if test(mode)), "a device")


def join(below: str, name: str) -> str:
    """A path inside a tree."""
    return f"{below}/{name}" if below else name


def files_below(folder: int, below: str = "") -> Iterator[tuple[str, int | None, str]]:
    """Every file as (path, its open descriptor, ""), and every odd thing as (path, None, why). Closes as it goes."""
    found = listing(folder, below)
    for name, reason in found.odd:
        yield join(below, name), None, reason
    for name in found.files:
        with opened_file(name, folder) as file:
            yield join(below, name), file, ""
    for name in found.folders:
        with opened_folder(name, folder) as inner:
            yield from files_below(inner, join(below, name))


@contextmanager
def opened_file(name: str, folder: int | None = None) -> Iterator[int]:
    """A regular file, open for reading; a link or a pipe that took its place meanwhile is refused."""
    file = os.open(name, _FILE, dir_fd=folder)
    try:
        mode = os.fstat(file).st_mode
        if not stat.S_ISREG(mode):
            raise refuse("E-tree", f"this is {kind_of(mode)}, not a file.", where=shown(name))
        yield file
    finally:
        os.close(file)


@contextmanager
def opened_folder(name: str, folder: int | None = None) -> Iterator[int]:
    """A folder, open for reading; a link to one is an error."""
    handle = os.open(name, _FOLDER, dir_fd=folder)
    try:
        yield handle
    finally:
        os.close(handle)


def remove(name: str, folder: int | None = None) -> None:
    """Remove a file or a whole tree, read-only folders too, never through a link. What is not there is no error."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        with opened_folder(name, folder) as handle:
            os.fchmod(handle, 0o700)
            for inner in os.listdir(handle):
                remove(inner, handle)
        os.rmdir(name, dir_fd=folder)


def shown(name: str) -> str:
    """A name as a message may show it: what would drive a terminal is escaped."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in name)
