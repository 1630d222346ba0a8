"""A file from the web: it goes on where it was cut off, has a cap in bytes and in time, and is what it was told to be.

https only, plain http to this very machine alone, also after a redirect; never to an address inside a private network,
unless the owner said so. A part of a file is gone on with only where the other side vouches that it is the same file.
"""

import http.client
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from sentinel.domain.refusal import Refused, refuse
from sentinel.outside.address import names_this_machine, reachable
from sentinel.outside.connection import Connection
from sentinel.outside.notify import TryLater

CODE = "E-download"
PARTIAL, STATE = "partial", "state.json"
_BLOCK = 2**18
_HOPS = 5
_TRIES = 5
"""So often in a row a download may be cut off without having come any further."""
_IDLE = 60.0
_KEEP_FROM = 64 * 2**20
"""A part is first kept for another attempt at so many bytes, and then each time it has doubled."""
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to download, and what it may cost."""

    url: str
    at_most: int
    within: float
    """Seconds."""
    private: bool = False
    context: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What the other side said of the file that a part was read of."""

    url: str
    etag: str | None = None
    modified: str | None = None
    total: int | None = None

    @property
    def vouched(self) -> str | None:
        """By what the other side can tell that the file is still the same."""
        strong = self.etag is not None and not self.etag.startswith("W/")
        return self.etag if strong else self.modified


class _Cut(Exception):
    """The connection ended before the file did."""


def download(
    wanted: Wanted, folder: Path, *, tell: Callable[[float, float | None], None] = lambda _done, _total: None,
    keep: Callable[[Path, Path], None] | None = None, pause: Callable[[float], None] = time.sleep,
) -> State:  # fmt: skip
    """Bring a file to `folder/partial`, on from what lies there. `keep` is given the part and its state now and then.

    TryLater where the other side does not answer; Refused where another try would come to the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wanted.within
    state = _left_off(wanted, folder)
    due, tries = _KEEP_FROM, 0
    while True:
        before = _size(folder)
        while due <= before:
            due *= 2
        try:
            return _once(wanted, state, folder, deadline, tell, keep, due)
        except _Cut as cut:
            tries = 1 if _size(folder) > before else tries + 1
            if keep is not None and _size(folder) > before:
                keep(folder / PARTIAL, folder / STATE)
            wait = 0.5 * 2**tries
            if tries >= _TRIES or time.monotonic() + wait >= deadline:
                raise TryLater(f"{_host(wanted.url)}: {cut}, after {_size(folder):,} bytes") from None
            pause(wait)
            state = _left_off(wanted, folder)


def _once(
    wanted: Wanted, state: State, folder: Path, deadline: float, tell: Callable[[float, float | None], None],
    keep: Callable[[Path, Path], None] | None, due: int,
) -> State:  # fmt: skip
    """One connection: what it gives is added to the part, or begins anew."""
    have = _size(folder) if state.vouched is not None else 0
    headers = {"Accept-Encoding": "identity", "User-Agent": "sentinel", "Connection": "close"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": state.vouched or ""}
    connection, answer = _answer(wanted, headers, deadline)
    try:
        if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            if have == state.total:
                return state
            (folder / PARTIAL).unlink()
            raise _Cut("its part is not what it was")
        if answer.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise _no(wanted.url, answer)
        found = State(wanted.url, answer.getheader("ETag"), answer.getheader("Last-Modified"))
        goes_on = answer.status == HTTPStatus.PARTIAL_CONTENT and _from(answer) == have and _same(found, state)
        if answer.status == HTTPStatus.PARTIAL_CONTENT and not goes_on:
            (folder / PARTIAL).unlink(missing_ok=True)
            raise _Cut("it sent another part than was asked for")
        have = have if goes_on else 0
        length = answer.length
        found = replace(found, total=have + length if length is not None else None)
        if found.total is not None and found.total > wanted.at_most:
            raise _too_large(wanted, found.total)
        if answer.getheader("Content-Encoding", "identity").lower() != "identity":
            raise refuse(CODE, "it sends the file compressed, though it was asked for it as it is.",
                         where=_host(wanted.url), todo="Take it from elsewhere.")  # fmt: skip
        (folder / STATE).write_text(json.dumps(asdict(found)), encoding="utf-8")
        with (folder / PARTIAL).open("ab" if goes_on else "wb") as file:
            while block := answer.read1(_BLOCK):
                have += len(block)
                if have > wanted.at_most:
                    raise _too_large(wanted, have)
                file.write(block)
                tell(have, found.total)
                if keep is not None and have >= due:
                    file.flush()
                    keep(folder / PARTIAL, folder / STATE)
                    due *= 2
        if connection.was_cut or (found.total is not None and have < found.total):
            raise _Cut("it was cut off" if not connection.was_cut else "its time was over")
        return found
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(f"it was cut off ({type(error).__name__})") from None
    finally:
        answer.close()
        connection.close()


def _answer(
    wanted: Wanted, headers: dict[str, str], deadline: float
) -> tuple[Connection, http.client.HTTPResponse]:  # fmt: skip
    """Ask, and go where it is said to be."""
    url = wanted.url
    for _ in range(_HOPS + 1):
        parts = checked(url)
        where, encrypted = _host(url), parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if encrypted else 80)
        try:
            addresses = reachable(host, port, where, private=wanted.private, encrypted=encrypted, code=CODE)
        except TryLater as later:
            raise _Cut(str(later)) from None
        tls = (wanted.context or ssl.create_default_context()) if encrypted else None
        connection = Connection(host, port, addresses, max(deadline - time.monotonic(), 0.001), tls, _IDLE)
        try:
            connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers)
            answer = connection.getresponse()
        except ssl.SSLCertVerificationError:
            connection.close()
            raise refuse(CODE, "its certificate does not prove that it is this host.", where=where,
                         todo="Correct the address.") from None  # fmt: skip
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise _Cut(f"it did not answer ({type(error).__name__})") from None
        if answer.status not in (301, 302, 303, 307, 308):
            return connection, answer
        answer.close()
        connection.close()
        url = urljoin(url, answer.getheader("Location") or "")
    raise refuse(CODE, f"it sends us on more than {_HOPS} times.", where=_host(wanted.url),
                 todo="Give the address that it leads to.")  # fmt: skip


def checked(url: str) -> SplitResult:
    """The parts of an address that we may go to. Refused for any other."""
    todo = "Give an https address, such as https://data.example.org/tickets.jsonl."
    try:
        parts = urlsplit(url)
        known = parts.port is None or parts.port > 0
    except ValueError:
        raise refuse(CODE, "the address cannot be read.", todo=todo) from None
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in ("https", "http") or not parts.hostname or not known or not is_plain:
        raise refuse(CODE, "the address is not one of the web.", todo=todo)
    if parts.username is not None:
        raise refuse(CODE, "the address holds a name or a password.", where=_host(url),
                     todo="Take it away: an address stands in recipes and records.")  # fmt: skip
    if parts.scheme == "http" and not names_this_machine(parts.hostname):
        raise refuse(CODE, "it is not encrypted, and leads to another machine.", where=_host(url), todo="Use https.")
    return parts


def _left_off(wanted: Wanted, folder: Path) -> State:
    """What is known of the part that lies there; without any of it, the part counts for nothing."""
    try:
        state = State(**json.loads((folder / STATE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return State(wanted.url)
    return state if state.url == wanted.url else State(wanted.url)


def _same(found: State, before: State) -> bool:
    return found.etag == before.etag if before.etag is not None else found.modified == before.modified


def _from(answer: http.client.HTTPResponse) -> int | None:
    """Where a part begins, as the other side says."""
    unit, _, rest = answer.getheader("Content-Range", "").partition(" ")
    first = rest.partition("-")[0]
    return int(first) if unit == "bytes" and first.isascii() and first.isdigit() else None


def _no(url: str, answer: http.client.HTTPResponse) -> Exception:
    said = f"HTTP {answer.status}"
    if answer.status in _LATER or answer.status >= 500:
        return _Cut(said)
    return refuse(CODE, f"it does not give the file ({said}).", where=_host(url),
                  todo="See whether the address is right, and open to everybody.")  # fmt: skip


def _too_large(wanted: Wanted, size: int) -> Refused:
    return refuse(CODE, f"it has {size:,} bytes or more, and {wanted.at_most:,} are allowed.", where=_host(wanted.url),
                  todo="Raise `at_most`, or take a smaller file.")  # fmt: skip


def _size(folder: Path) -> int:
    try:
        return (folder / PARTIAL).stat().st_size
    except FileNotFoundError:
        return 0


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the address"
