"""A file that another program goes on writing: opened with care, and known again by what was read of it."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_BEFORE = 256


@contextmanager
def growing(path: Path) -> Iterator[BinaryIO]:
    """The file, to be read. OSError where it cannot be, and where it is none: a pipe would keep its reader waiting."""
    held = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(held).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        with open(held, "rb", closefd=False) as handle:
            yield handle
    finally:
        os.close(held)


def mark(handle: BinaryIO, offset: int) -> str:
    """A name for having read a file so far: of which file it is, and of the last that was read of it."""
    if not offset:
        return ""
    found = os.fstat(handle.fileno())
    read = os.pread(handle.fileno(), min(offset, _BEFORE), max(0, offset - _BEFORE))
    return hashlib.sha256(f"{found.st_dev}:{found.st_ino}:".encode() + read).hexdigest()[:16]


def is_same(handle: BinaryIO, offset: int, known: str) -> bool:
    """Whether this is the file that was read so far, and was not emptied since."""
    return os.fstat(handle.fileno()).st_size >= offset and mark(handle, offset) == known
