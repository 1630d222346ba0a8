"""A file that is copied as it is read: what is checked are the copy's bytes, to which nobody else writes.

Where the file system lends a hand, as nearly all do, that takes a fraction of reading and writing each byte. From where
something is to be left out, what is good is written after what has been kept.
"""

import errno
import os
from io import FileIO

_CANNOT = (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF)
"""What file systems say that copy nothing from one file to the other by themselves."""


class Copied:
    """Blocks of a file that is read from its beginning to its end; `copy` ends with what was kept of them."""

    def __init__(self, handle: FileIO, copy: FileIO) -> None:
        self._handle, self._copy = handle, copy
        self._copies = handle.tell() == 0 and hasattr(os, "copy_file_range")
        self._kept = 0

    def read(self, size: int) -> bytes:
        """The next bytes."""
        if self._copies:
            place = self._handle.tell()
            try:
                count = os.copy_file_range(self._handle.fileno(), self._copy.fileno(), size)
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
                self.part()
            else:
                return os.pread(self._copy.fileno(), count, place)
        return self._handle.read(size)

    def keep(self, place: int, block: bytes, good: bytes) -> None:
        """Keep what is good of the block that begins at a place of the file."""
        if self._copies and good == block and place + len(block) <= self._handle.tell():
            self._kept += len(block)
            return
        self.part()
        left = memoryview(good)
        while left:
            left = left[self._copy.write(left) :]

    def part(self) -> None:
        """From here on the copy is another than the file: it ends with what was kept."""
        if self._copies:
            self._copies = False
            self._copy.seek(self._kept)
            self._copy.truncate()
