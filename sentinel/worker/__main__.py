"""`python -m sentinel.worker FOLDER --lock-fd N` lives one attempt; `--server --line-fd N` is the warm fork server."""

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sentinel.worker.attempt import run_attempt

if TYPE_CHECKING:
    from sentinel.contract.types import Registry

_HIGHEST = 2**20
"""Above any descriptor that a process may have."""


def main(argv: list[str] | None = None) -> int:
    """Wire the worker and be it."""
    parser = argparse.ArgumentParser(prog="python -m sentinel.worker", description="The daemon starts this by name.")
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the attempt's folder")
    parser.add_argument("--lock-fd", type=int, metavar="N", help="the attempt's locked lock, as an open descriptor")
    parser.add_argument("--server", action="store_true", help="be the warm fork server")
    parser.add_argument("--line-fd", type=int, metavar="N", help="the server's end of the line to the daemon")
    parser.add_argument("--preload", default="", metavar="A,B", help="modules that the server imports beforehand")
    told = parser.parse_args(argv)
    _close_all_but(told.line_fd if told.server else told.lock_fd)
    if told.server:
        if told.line_fd is None:
            parser.error("--server needs --line-fd")
        from sentinel.worker.server import serve

        serve(socket.socket(fileno=told.line_fd), filter(None, told.preload.split(",")), _load)
        return 0
    if told.folder is None or told.lock_fd is None:
        parser.error("FOLDER and --lock-fd are needed")
    return run_attempt(told.folder, told.lock_fd, _load)


def _close_all_but(handle: int | None) -> None:
    """Whatever else was open where the daemon was started is none of a worker's business."""
    if handle is not None:
        os.closerange(3, handle)
        os.closerange(handle + 1, _HIGHEST)


def _load() -> "Registry":
    # imported on use: a program step needs no registry, and a cold worker of one starts in half the time
    from sentinel.contract.registry import load

    return load()


if __name__ == "__main__":
    sys.exit(main())
