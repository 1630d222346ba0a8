"""Where the door is: a socket in a folder that nobody else can look into."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from sentinel.domain.refusal import refuse

GROUP = "sentinel"
_LONGEST = 107
"""Bytes that the address of a unix socket may have."""


def door_path(workspace: Path, environ: Mapping[str, str], uid: int) -> Path:
    """Where a user's daemon for this workspace opens its door."""
    runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    if runtime:
        return Path(runtime) / "door.sock"
    mine = uid == os.geteuid()
    session = environ.get("XDG_RUNTIME_DIR", "") if mine else f"/run/user/{uid}"
    name = f"{hashlib.sha256(os.fsencode(workspace.resolve())).hexdigest()[:8]}.sock"
    if session and (mine or Path(session).is_dir()):
        return Path(session) / "sentinel" / name
    return Path(tempfile.gettempdir()) / f"sentinel-{uid}" / name


def found_doors(workspace: Path, environ: Mapping[str, str]) -> list[Path]:
    """Where a client looks: its own place, then that of the workspace's owner."""
    owner = workspace.stat().st_uid if workspace.is_dir() else os.geteuid()
    places = [door_path(workspace, environ, uid) for uid in (os.geteuid(), owner)]
    places.append(Path(tempfile.gettempdir()) / f"sentinel-{owner}" / places[0].name)
    return list(dict.fromkeys(places))


def make_private(folder: Path, group: int | None) -> None:
    """Make the door's folder, or take the one that is there: ours alone, and the group's to pass through."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    handle = _ours(folder)
    try:
        mode = 0o700
        if group is not None:
            try:
                os.fchown(handle, -1, group)
                mode = 0o750
            except PermissionError:
                mode = 0o700  # we are not in the group, so its members will have to do without
        os.fchmod(handle, mode)
    finally:
        os.close(handle)


def _ours(folder: Path) -> int:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        todo = "Remove it, or set XDG_RUNTIME_DIR to a folder of your own."
        what = f"The door's folder cannot be used: {error.strerror}."
        raise refuse("E-door", what, where=str(folder), todo=todo) from error
    if os.fstat(handle).st_uid != os.geteuid():
        os.close(handle)
        todo = "Somebody may want to listen in. Set XDG_RUNTIME_DIR to a folder of your own."
        raise refuse("E-door", "The door's folder belongs to somebody else.", where=str(folder), todo=todo)
    return handle


def is_trusted(door: Path, workspace: Path) -> bool:
    """Whether its maker may be spoken to: ourselves, root, or the workspace's owner. OSError where it is not there."""
    status = door.lstat()
    owners = {0, os.geteuid(), workspace.stat().st_uid}
    return stat.S_ISSOCK(status.st_mode) and status.st_uid in owners


@contextmanager
def address(door: Path) -> Iterator[str]:
    """The socket's address: its path, or a short way to it where the path is longer than an address may be."""
    path = os.fspath(door)
    if len(os.fsencode(path)) <= _LONGEST:
        yield path
        return
    handle = os.open(door.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{door.name}"
    finally:
        os.close(handle)
