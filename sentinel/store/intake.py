"""A tree on its way into the store: taken in aside, hashed on the way, made durable, or given back."""

import errno
import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from sentinel.domain.refusal import refuse
from sentinel.store import tree
from sentinel.store.copy import copy_hashed, hash_of
from sentinel.store.manifest import Entry

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
READ_ONLY = 0o555
"""The mode of every folder in the store; files have the same without the execute bits."""
_TODO = "Leave it out, or put the file itself there."


class Intake:
    """One tree, from the folder that it is taken into until that folder is renamed into place or removed.

    The folder is locked for as long as it is worked on, so that a sweep knows it from what a killed process left.
    """

    def __init__(self, source: Path, aside: str, *, move: bool) -> None:
        self.aside = aside
        self._source = os.fspath(source)
        self._move = move
        self._entries: list[Entry] = []
        self._folders: set[str] = set()
        self._moved: list[tuple[str, str, int]] = []
        os.mkdir(aside, 0o700)
        self.handle = os.open(aside, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(self.handle, fcntl.LOCK_EX)

    def take(self) -> list[Entry]:
        """Take every file in, read-only; what each holds is hashed from the bytes that stay."""
        mode = self._mode_of_source()
        if stat.S_ISDIR(mode):
            with tree.opened_folder(self._source) as folder:
                self._take_folder(folder, "")
        else:
            name = os.path.basename(self._source)
            reason = tree.unfit(name)
            self._refuse_odd(((name, reason),) if reason else (), "")
            with tree.opened_file(self._source) as file:
                self._take_file(file, self._source, None, name)
        return self._entries

    def make_durable(self) -> None:
        """Fsync every file, then every folder from the innermost out, so that a rename can only show whole trees."""
        inner = sorted(self._folders, key=lambda path: path.count("/"), reverse=True)
        for below in inner:
            os.chmod(f"{self.aside}/{below}", READ_ONLY)
        for path in (*(entry.path for entry in self._entries), *inner):
            _fsync(f"{self.aside}/{path}")
        os.fsync(self.handle)

    def give_back(self) -> None:
        """Put what was moved back where it came from, as it was."""
        for path, home, mode in reversed(self._moved):
            with suppress(OSError):
                os.chmod(f"{self.aside}/{path}", mode)
                os.rename(f"{self.aside}/{path}", home)

    def close(self) -> None:
        """Remove what is still aside and let go of the lock."""
        tree.remove(self.aside)
        os.close(self.handle)

    def _mode_of_source(self) -> int:
        try:
            mode = os.lstat(self._source).st_mode
        except FileNotFoundError:
            raise refuse("E-tree", "there is nothing here to keep.", where=self._source) from None
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise refuse("E-tree", f"this is {tree.kind_of(mode)}, and an artifact holds files and folders only.",
                         where=self._source, todo=_TODO)  # fmt: skip
        return mode

    def _take_folder(self, folder: int, below: str) -> None:
        found = tree.listing(folder, below)
        self._refuse_odd(found.odd, below)
        if found.files and below:
            self._make_folders(below)
        for name in found.files:
            with tree.opened_file(name, folder) as file:
                self._take_file(file, name, folder, tree.join(below, name))
        for name in found.folders:
            with tree.opened_folder(name, folder) as inner:
                self._take_folder(inner, tree.join(below, name))

    def _refuse_odd(self, odd: tuple[tuple[str, str], ...], below: str) -> None:
        for name, reason in odd:
            where = tree.shown(tree.join(below, name))
            raise refuse("E-tree", f"this {reason}, and an artifact holds plainly named files and folders only.",
                         where=where, todo=_TODO)  # fmt: skip

    def _make_folders(self, below: str) -> None:
        parts = below.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            if path not in self._folders:
                os.mkdir(f"{self.aside}/{path}", 0o700)
                self._folders.add(path)

    def _take_file(self, file: int, name: str, folder: int | None, path: str) -> None:
        status = os.fstat(file)
        # a file with a second name, or of another owner, could be changed after it was hashed
        ours = status.st_nlink == 1 and status.st_uid == os.geteuid()
        if self._move and ours and self._rename_in(name, folder, path, status):
            os.fchmod(file, 0o444)
            size, sha256 = hash_of(file)
        else:
            target = os.open(f"{self.aside}/{path}", _CREATE, 0o600)
            try:
                size, sha256 = copy_hashed(file, target, status.st_size)
                os.fchmod(target, 0o444)
            finally:
                os.close(target)
        self._entries.append(Entry(path, size, sha256))

    def _rename_in(self, name: str, folder: int | None, path: str, status: os.stat_result) -> bool:
        target = f"{self.aside}/{path}"
        try:
            os.rename(name, target, src_dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.EXDEV, errno.EACCES, errno.EPERM):
                return False
            raise
        home = f"{self._source}/{path}" if folder is not None else self._source
        self._moved.append((path, home, stat.S_IMODE(status.st_mode)))
        if not os.path.samestat(os.lstat(target), status):
            raise refuse("E-tree", "this was replaced while it was being kept.", where=tree.shown(path),
                         todo="Keep it once nothing writes there any more.")  # fmt: skip
        return True


def _fsync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
