"""The store: artifacts by digest on the local disk, each there whole or not at all.

`objects/<2>/<digest>/` is the tree itself, read-only; `objects/<2>/<digest>.files` is the list of its files, whose
own sha256 is the digest; `tmp/` is where trees lie until they are whole.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sentinel.domain.digest import digest_of_bytes, is_digest
from sentinel.domain.refusal import Refused, refuse
from sentinel.store import manifest, tree
from sentinel.store.copy import write_all
from sentinel.store.intake import READ_ONLY, Intake
from sentinel.store.layout import fsync_folder, lay_out, make_shelf, unique
from sentinel.store.manifest import Entry
from sentinel.store.materialise import materialise
from sentinel.store.verify import damage, found

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_UNREADABLE = frozenset({errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOENT, errno.ENOTDIR})
_AGAIN = "Drop the artifact and run the step that makes it again."


@dataclass(frozen=True, slots=True)
class Kept:
    """What a put left in the store: the digest, the bytes and the number of files."""

    digest: str
    size: int
    files: int


class Store:
    """The artifacts under one folder. It holds no state, so that any number of processes may share the folder."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._objects = os.path.join(self.root, "objects")
        self._aside = os.path.join(self.root, "tmp")
        lay_out(self.root)

    def put(self, source: Path, *, move: bool = False) -> Kept:
        """Keep a file or a folder; keeping what is there already is cheap. With `move` the source is used up.

        Move only what nothing writes to any more, since a moved file is the very file that a writer may still hold
        open, and only what can be made again, since a kill in the middle of a move may cost the source.
        """
        if move and source.absolute().is_relative_to(self._objects):
            raise refuse("E-tree", "this belongs to an artifact and cannot be moved.", where=os.fspath(source),
                         todo="Put a copy of it.")  # fmt: skip
        with _clean_refusals(source):
            intake = Intake(source, f"{self._aside}/{unique()}", move=move)
            try:
                entries = intake.take()
                text = manifest.render(entries)
                digest = digest_of_bytes(text)
                self._install(intake, digest, text)
            except BaseException:
                intake.give_back()
                raise
            finally:
                intake.close()
        if move:
            with suppress(OSError):  # it is kept; an emptied source that will not go is its owner's affair
                tree.remove(os.fspath(source))
        return Kept(digest, sum(entry.size for entry in entries), len(entries))

    def has(self, digest: str) -> bool:
        """Whether this artifact is here."""
        return os.path.isdir(self._tree(digest))

    def path(self, digest: str) -> Path:
        """The read-only tree of an artifact."""
        if not self.has(digest):
            raise refuse("E-gone", f"the artifact {digest} is not in the store.", where=os.fspath(self.root),
                         todo="Run the step that makes it again, or restore it from a backup.")  # fmt: skip
        return Path(self._tree(digest))

    def manifest(self, digest: str) -> tuple[Entry, ...]:
        """The files of an artifact. A list that was lost is made again from a tree that still has its digest."""
        folder = self.path(digest)
        with suppress(FileNotFoundError):
            entries = manifest.parse(Path(self._list(digest)).read_bytes(), digest)
            if entries is not None:
                return entries
        text = manifest.render(found(os.fspath(folder)))
        entries = manifest.parse(text, digest)
        if entries is None:
            raise refuse("E-damaged", "the list of files is lost, and the files are not what the digest says.",
                         where=os.fspath(folder), todo=_AGAIN)  # fmt: skip
        self._write_list(self._list(digest), text)
        return entries

    def size(self, digest: str) -> int:
        """The bytes of an artifact's files."""
        return sum(entry.size for entry in self.manifest(digest))

    def verify(self, digest: str) -> list[str]:
        """Read every byte again and say which file is damaged, missing or extra; nothing where all is well."""
        try:
            entries = self.manifest(digest)
        except Refused as error:
            if error.refusal.code != "E-damaged":
                raise
            return [error.refusal.what]
        return damage(self._tree(digest), entries)

    def open(self, digest: str, name: str) -> BinaryIO:
        """One file of an artifact, open for reading; no link on the way is followed."""
        folder = os.fspath(self.path(digest))
        *above, last = name.split("/")
        try:
            if any(tree.unfit(part) for part in (*above, last)):
                raise FileNotFoundError
            return os.fdopen(_descend(folder, above, last), "rb")
        except (OSError, Refused):
            raise refuse("E-gone", f"the artifact has no file {tree.shown(name)}.", where=folder,
                         todo="`sentinel artifacts` lists what it holds.") from None  # fmt: skip

    def read(self, digest: str, name: str) -> bytes:
        """All bytes of one file of an artifact."""
        with self.open(digest, name) as file:
            return file.read()

    def materialise(self, digest: str, target: Path) -> None:
        """A private, writable copy of an artifact in a folder that is not there yet."""
        with _clean_refusals(target):
            materialise(self.path(digest), self.manifest(digest), target)

    def drop(self, digest: str) -> None:
        """Remove an artifact; one that is not here is no error. Whether anything needs it is the caller's to know."""
        gone = f"{self._aside}/{unique()}"
        with suppress(FileNotFoundError):
            os.chmod(self._tree(digest), 0o700)  # who is not root can only move a folder that is writable
            os.rename(self._tree(digest), gone)
            tree.remove(gone)
        tree.remove(self._list(digest))

    def walk(self) -> Iterator[str]:
        """Every digest that is here, sorted."""
        for shelf in sorted(os.listdir(self._objects)):
            yield from sorted(filter(is_digest, os.listdir(f"{self._objects}/{shelf}")))

    def sweep(self, older_than_s: float) -> int:
        """Remove what killed processes left that long ago; how many things. What is being worked on is locked."""
        before, swept = time.time() - older_than_s, 0
        for name in os.listdir(self._aside):
            swept += _sweep_one(f"{self._aside}/{name}", before)
        for shelf in os.listdir(self._objects):
            for name in os.listdir(f"{self._objects}/{shelf}"):
                if name.endswith(".files") and not os.path.isdir(f"{self._objects}/{shelf}/{name[:-6]}"):
                    swept += _sweep_one(f"{self._objects}/{shelf}/{name}", before)
        return swept

    def _install(self, intake: Intake, digest: str, text: bytes) -> None:
        # What is fsynced: each file and folder of the tree before its rename, so that a name can only ever show whole
        # bytes; the shelf after it, so that the name itself lasts. Not the list: it proves itself and can be made
        # again. All writing comes before the first fsync, so that one journal commit carries it. Where the tree is
        # here already, its putter may not have come to the last fsync yet, and our caller relies on it as much.
        place = self._tree(digest)
        shelf = os.path.dirname(place)
        if not os.path.isdir(place):
            make_shelf(shelf)
            self._write_list(f"{place}.files", text)
            intake.make_durable()
            try:
                os.rename(intake.aside, place)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise  # these two: another process was first, with the same bytes
            else:
                os.fchmod(intake.handle, READ_ONLY)  # not before: moving a folder changes it
        elif not os.path.exists(f"{place}.files"):
            self._write_list(f"{place}.files", text)
        fsync_folder(shelf)

    def _write_list(self, place: str, text: bytes) -> None:
        aside = f"{self._aside}/{unique()}"
        try:
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
            try:
                write_all(handle, text)
            finally:
                os.close(handle)
            os.rename(aside, place)
        except BaseException:
            tree.remove(aside)
            raise

    def _tree(self, digest: str) -> str:
        if not is_digest(digest):
            raise refuse("E-digest", f"{tree.shown(digest[:80])!r} is not a digest.",
                         todo="A digest is the 64 hexadecimal digits of a sha256.")  # fmt: skip
        return f"{self._objects}/{digest[:2]}/{digest}"

    def _list(self, digest: str) -> str:
        return f"{self._tree(digest)}.files"


@contextmanager
def _clean_refusals(source: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno or 0)
        if error.errno in _NO_ROOM:
            todo = "Free some space, or raise the limit on the size of files, and try again."
            raise refuse("E-full", f"there is no room for it ({why}).", where=os.fspath(source), todo=todo) from error
        if error.errno in _UNREADABLE:
            where = tree.shown(os.fsdecode(error.filename or source))
            todo = "Have it there and readable for the user that Sentinel runs as."
            raise refuse("E-tree", f"it cannot be read ({why}).", where=where, todo=todo) from error
        raise


def _descend(folder: str, above: list[str], last: str) -> int:
    with ExitStack() as stack:
        handle = stack.enter_context(tree.opened_folder(folder))
        for name in above:
            handle = stack.enter_context(tree.opened_folder(name, handle))
        return os.dup(stack.enter_context(tree.opened_file(last, handle)))


def _sweep_one(path: str, before: float) -> int:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return 0
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_mtime >= before:
            return 0
        tree.remove(path)
        return 1
    except BlockingIOError:
        return 0
    finally:
        os.close(handle)
