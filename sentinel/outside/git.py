"""Which commit a folder is at, and whether it differs from it."""

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sentinel.domain.digest import digest_of
from sentinel.domain.refusal import Refused, refuse

_TIMEOUT = 20.0
_PASSED_ON = ("PATH", "HOME", "XDG_CONFIG_HOME")
_FIXED = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat", "PAGER": "cat"}
# what a repository's own configuration could otherwise have git run or remember
_SETTINGS = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false")


def commit_of(path: Path) -> tuple[str | None, bool, str | None]:
    """The commit, whether the files below the folder differ from it, and the digest of how they differ.

    Outside a repository (None, False, None); before the first commit only the commit is None. It runs git and reads
    every changed file, so it is nothing for a thread that must not wait.
    """
    here = path.resolve()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    if top is None:
        return None, False, None
    records = _status(here)
    if records is None:
        return None, False, None
    commit = next((record[13:] for record in records if record.startswith("# branch.oid ")), "")
    changed = {name: _content(f"{os.fspath(top)}/{name}") for name in _changed(records)}
    return commit if commit != "(initial)" else None, bool(changed), _digest(changed)


def _status(folder: Path) -> list[str] | None:
    argv = ["git", "--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)), "status", "-z",
            "--porcelain=v2", "--branch", "--untracked-files=all", "--no-renames", "--", "."]  # fmt: skip
    environment = {**{name: os.environ[name] for name in _PASSED_ON if name in os.environ}, **_FIXED}
    try:
        ran = subprocess.run(argv, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                             timeout=_TIMEOUT, check=False)  # fmt: skip
    except FileNotFoundError:
        raise _refusal(folder, "git is not installed", "Install git.") from None
    except subprocess.TimeoutExpired:
        raise _refusal(folder, f"git did not answer within {_TIMEOUT:g} s", "Try `git status` there.") from None
    if ran.returncode == 0:
        return [os.fsdecode(record) for record in ran.stdout.split(b"\0") if record]
    said = ran.stderr.decode(errors="replace").strip().partition("\n")[0]
    if "not a git repository" in said:
        return None
    raise _refusal(folder, f"git refused ({said})", "Run `git status` there, and mend what it says.")


def _changed(records: list[str]) -> Iterator[str]:
    for record in records:
        kind, _, rest = record.partition(" ")
        if kind == "1":
            yield rest.split(" ", 7)[7]
        elif kind == "u":
            yield rest.split(" ", 9)[9]
        elif kind == "?":
            yield rest


def _content(path: str) -> str | None:
    """What lies there now, in one word; None for what was removed."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return f"link {hashlib.sha256(os.readlink(os.fsencode(path))).hexdigest()}"
        if not stat.S_ISREG(mode):
            return "folder"
        with open(path, "rb") as file:
            return f"{'program' if mode & 0o100 else 'file'} {hashlib.file_digest(file, 'sha256').hexdigest()}"
    except FileNotFoundError:
        return None


def _digest(changed: dict[str, str | None]) -> str | None:
    if not changed:
        return None
    return digest_of({os.fsencode(name).decode(errors="backslashreplace"): held for name, held in changed.items()})


def _refusal(folder: Path, what: str, todo: str) -> Refused:
    return refuse("E-git", f"the commit of this repository cannot be read: {what}.", where=os.fspath(folder), todo=todo)
