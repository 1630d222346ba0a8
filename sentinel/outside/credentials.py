"""Secrets by name, from files that only we can read."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from sentinel.domain.refusal import Refused, refuse

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MOST = 64 * 1024


class Secret(str):
    """A text that its repr does not give away: tracebacks, records and assertions show dots."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


class Credentials(Protocol):
    """Where secrets come from."""

    def __call__(self, name: str) -> Secret:
        """The secret of a name, or Refused."""


def read_credential(name: str) -> Secret:
    """`$CREDENTIALS_DIRECTORY/NAME`, else `sentinel/credentials/NAME` in the user's configuration folder."""
    _check(name)
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    # what systemd hands over may be group-readable by its access list, and its folder is closed to others
    if given and (secret := _read(Path(given) / name, closed_to=0o007, ours=False)) is not None:
        return secret
    path = _home() / name
    secret = _read(path, closed_to=0o077, ours=True)
    if secret is None:
        raise _absent(name, os.fspath(path))
    return secret


class FakeCredentials:
    """Secrets from a mapping."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = {name: Secret(value) for name, value in secrets.items()}

    def __call__(self, name: str) -> Secret:
        """The secret that was given for this name."""
        _check(name)
        if name not in self._secrets:
            raise _absent(name, "the fake's credentials")
        return self._secrets[name]


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise refuse("E-credential", "a credential's name is lower-case letters, digits and ._- .",
                     todo="Name it as `credential:NAME` does.")  # fmt: skip


def _absent(name: str, where: str) -> Refused:
    return refuse("E-credential", f"there is no credential {name}.", where=where,
                  todo="Put the secret into this file and chmod it to 600.")  # fmt: skip


def _home() -> Path:
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path.home() / ".config"
    return base / "sentinel" / "credentials"


def _read(path: Path, *, closed_to: int, ours: bool) -> Secret | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unfit(path, f"cannot be read ({os.strerror(error.errno or 0)})", "chmod it to 600; no links.") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _unfit(path, "is not a file", "Put a file there that holds the secret.")
        if ours and status.st_uid != os.geteuid():
            raise _unfit(path, "belongs to another user", "Own it as the user that Sentinel runs as.")
        if status.st_mode & closed_to:
            raise _unfit(path, f"can be read by others (mode {stat.S_IMODE(status.st_mode):04o})", "chmod it to 600.")
        data = os.read(handle, _MOST + 1)
    finally:
        os.close(handle)
    return _secret(path, data)


def _secret(path: Path, data: bytes) -> Secret:
    try:
        text = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise _unfit(path, "is not text", "Put the secret there as UTF-8.") from None
    if not text or len(data) > _MOST:
        raise _unfit(path, "is empty or too long", "Put the secret there, on one line.")
    return Secret(text)


def _unfit(path: Path, what: str, todo: str) -> Refused:
    return refuse("E-credential", f"this credential {what}.", where=os.fspath(path), todo=todo)
