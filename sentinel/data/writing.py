"""A file that is written beside the work: while one block is on its way to the disk, the next is checked."""

import queue
import threading
from pathlib import Path
from types import TracebackType

_AHEAD = 8
"""Blocks that may wait."""


class Writing:
    """`with Writing(path) as writing:` each block is written in order; whatever goes wrong is raised here."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._blocks: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._trouble: OSError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Writing":
        self._thread.start()
        return self

    def write(self, block: bytes) -> None:
        """Have a block written after those before it."""
        if self._trouble is not None:
            raise self._trouble
        if block:
            self._blocks.put(block)

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._blocks.put(None)
        self._thread.join()
        self._file.close()
        if self._trouble is not None and kind is None:
            raise self._trouble

    def _run(self) -> None:
        while (block := self._blocks.get()) is not None:
            view = memoryview(block)
            while view and self._trouble is None:
                try:
                    view = view[self._file.write(view) :]
                except OSError as error:  # told to who writes; what waits is taken and let go
                    self._trouble = error
