"""A file that is written beside the work: while one block is on its way to the disk, the next is checked."""

import os
import queue
import threading
from pathlib import Path
from types import TracebackType

_AT_ONCE = 4 * 2**20
"""Bytes that are handed over together: each time, one of the two waits for the other."""
_MOST = 512
"""Blocks that one call may write; the kernel takes twice as many."""
_AHEAD = 4


class Writing:
    """`with Writing(path) as writing:` each block is written in order; whatever goes wrong is raised here."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._held: list[bytes] = []
        self._size = 0
        self._waiting: queue.Queue[list[bytes] | None] = queue.Queue(_AHEAD)
        self._trouble: OSError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Writing":
        self._thread.start()
        return self

    def write(self, block: bytes) -> None:
        """Have a block written after those before it."""
        if self._trouble is not None:
            raise self._trouble
        self._held.append(block)
        self._size += len(block)
        if self._size >= _AT_ONCE or len(self._held) >= _MOST:
            self._waiting.put(self._held)
            self._held, self._size = [], 0

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._waiting.put(self._held)
        self._waiting.put(None)
        self._thread.join()
        self._file.close()
        if self._trouble is not None and kind is None:
            raise self._trouble

    def _run(self) -> None:
        while (blocks := self._waiting.get()) is not None:
            try:
                if self._trouble is None:
                    self._put(blocks)
            except OSError as error:  # told to who writes; what waits is taken and let go
                self._trouble = error

    def _put(self, blocks: list[bytes]) -> None:
        expected = sum(map(len, blocks))
        done = os.writev(self._file.fileno(), blocks) if expected else 0
        if done < expected:  # a disk that takes only some is asked again, and then says why
            view = memoryview(b"".join(blocks))[done:]
            while view:
                view = view[self._file.write(view) :]
