"""The floor: what a durable step costs where nothing but the disk and the kernel is asked.

As a program it makes attempts: for each line it reads, one, and it answers with the seconds that took. It imports next
to nothing, so that its fork is as bare as a fork of Python can be.
"""

import fcntl
import os
import sqlite3
import subprocess
import sys
import time


class Commits:
    """A table in a database of its own, WAL and FULL as the ledger is."""

    def __init__(self, folder: str) -> None:
        self._connection = sqlite3.connect(f"{folder}/floor.db", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE step (id INTEGER PRIMARY KEY, run TEXT, name TEXT, state TEXT, at REAL)")

    def commit(self) -> None:
        """One row, one transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO step (run, name, state, at) VALUES ('r1', 'one', 'done', 0.0)")
        self._connection.execute("COMMIT")

    def two(self) -> float:
        """The seconds of two of them."""
        begun = time.perf_counter()
        self.commit()
        self.commit()
        return time.perf_counter() - begun


class Attempts:
    """Attempts as bare as they can be, made by a process that has nothing else in it."""

    def __init__(self, folder: str) -> None:
        argv = [sys.executable, "-I", "-S", os.path.abspath(__file__), folder]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def one(self) -> float:
        """The seconds of one."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate()


def attempt(commits: Commits, folder: str, number: int) -> float:
    """A lock, a commit, a bare fork, a file on the disk, a wait, a commit."""
    begun = time.perf_counter()
    lock = os.open(f"{folder}/lock-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    commits.commit()
    child = os.fork()
    if child == 0:
        result = os.open(f"{folder}/result-{number}", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.write(result, b"x" * 400)
        os.fsync(result)
        os._exit(0)
    os.close(lock)
    os.waitpid(child, 0)
    commits.commit()
    return time.perf_counter() - begun


def main(folder: str) -> None:
    """One attempt a line."""
    commits = Commits(folder)
    for number, _ in enumerate(sys.stdin):
        print(attempt(commits, folder, number), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
