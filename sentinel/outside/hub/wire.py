"""What the hub's own client may do on the wire: in bounded time, of bounded size, with the token to the hub alone.

The client asks through one HTTP client for the whole process, which here is ours. It turns each no into Answered and
each broken line into Later before the client can wait and ask again by itself: an attempt does that, on record.
"""

import ipaddress
import json
import re
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2

from sentinel.domain.refusal import Refused, refuse
from sentinel.outside.address import names_this_machine
from sentinel.outside.hub.faults import LONGEST_WAIT, Answered, Later, cleaned, fault_of, later

CONNECT = 10.0
LARGEST = 32 * 2**20
"""Bytes of an answer that is no file."""
_MOST_REQUESTS = 1_000
_TOLD = 64 * 1024
_RESET = re.compile(r";\s*t=(\d+)")
_PORTS = {"https": 443, "http": 80}
_LOCK = threading.RLock()


@dataclass(slots=True)
class Bounds:
    """What one operation may take."""

    endpoint: str
    repo: str
    patience: float
    """Seconds that the hub may be silent."""
    token: str | None = field(default=None, repr=False)
    """What no sentence may hold."""
    until: float | None = None
    """By the monotonic clock."""
    most: int = LARGEST
    left: int = _MOST_REQUESTS
    own: bool = True
    """Whether every no is ours to tell; without, the client tells it in its own way, and only time is bounded."""
    origin: tuple[str, str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.origin = _origin(httpx2.URL(self.endpoint))


_now: Bounds | None = None
_is_ours = False
"""Whether the client asks through our HTTP client."""


@contextmanager
def bounded(bounds: Bounds) -> Iterator[None]:
    """Let the client ask within bounds. What goes wrong leaves as Refused or Later."""
    from huggingface_hub import constants, set_client_factory
    from huggingface_hub.utils.tqdm import disable_progress_bars

    global _now, _is_ours
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        disable_progress_bars()
        if not _is_ours:
            set_client_factory(_Client)
            _is_ours = True
        before, xet = _now, constants.HF_HUB_DISABLE_XET
        _now, constants.HF_HUB_DISABLE_XET = bounds, xet or bounds.own
        try:
            yield
        except Exception as error:
            told = told_of(error, bounds.repo) if bounds.own else None
            if told is None:
                raise
            raise told from None
        finally:
            _now, constants.HF_HUB_DISABLE_XET = before, xet


def told_of(error: BaseException | None, repo: str) -> Refused | Later | None:
    """What to tell of an error that left the client; None where it is none of the hub's."""
    from huggingface_hub import errors

    strange = (KeyError, TypeError, AttributeError, ValueError, IndexError, AssertionError, RecursionError,
               httpx2.InvalidURL, httpx2.StreamError)  # fmt: skip
    match error:
        case Refused() | Later():
            return error
        case Answered():
            return fault_of(error, repo)
        case Overflow():
            return _strange(repo, "it does not end")
        case httpx2.RequestError():
            return _broken(error, repo)
        case errors.LocalTokenNotFoundError():
            return fault_of(Answered(401), repo)
        case RuntimeError() if error.__cause__ is not None:  # an upload's thread
            return told_of(error.__cause__, repo)
        case ValueError() if str(error).startswith("LFS batch API returned errors"):
            return fault_of(Answered(422, says=str(error).partition("\n")[2]), repo)
        case _ if isinstance(error, strange):
            return _strange(repo, type(error).__name__)
        case _:
            return None


class _Client(httpx2.Client):  # type: ignore[misc]
    """The client of the whole process."""

    def __init__(self) -> None:
        super().__init__(
            event_hooks={"request": [_asks], "response": [_hears]}, follow_redirects=True, max_redirects=5,
            timeout=CONNECT, verify=_authorities(),
        )  # fmt: skip

    def send(self, request: Any, **more: Any) -> Any:
        """Send it, once."""
        bounds = _now
        if bounds is None or not bounds.own:
            return super().send(request, **more)
        bounds.left -= 1
        if bounds.left < 0:
            raise _strange(bounds.repo, "it sends us on and on")
        try:
            response = super().send(request, **more)
            if response.status_code >= 400:
                response.read()
        except httpx2.RequestError as error:
            raise _broken(error, bounds.repo) from None
        if response.status_code >= 400:
            raise _answered(response, bounds.token)
        return response


@cache
def _authorities() -> Any:
    """Whose certificates count: read once, also for the processes that are forked from this one."""
    return httpx2.create_ssl_context()


class Overflow(Exception):
    """An answer went on beyond what was asked for."""


class _Counted(httpx2.SyncByteStream):  # type: ignore[misc]
    """An answer's body, while it keeps to its bounds."""

    def __init__(self, stream: Any, bounds: Bounds, most: int) -> None:
        self._stream, self._bounds, self._most = stream, bounds, most

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for block in self._stream:
            size += len(block)
            if size > self._most:
                raise Overflow
            if _is_late(self._bounds):
                raise _late(self._bounds.repo)
            yield block

    def close(self) -> None:
        """Let go of the line."""
        self._stream.close()


def _asks(request: Any) -> None:
    """Before each request, also of a redirect."""
    from huggingface_hub.constants import is_offline_mode

    bounds = _now
    patience = bounds.patience if bounds is not None else 60.0
    given = request.extensions.get("timeout") or {}
    wanted = {"connect": CONNECT, "pool": CONNECT, "read": patience, "write": patience}
    if bounds is None or not bounds.own:
        if is_offline_mode():
            from huggingface_hub.errors import OfflineModeIsEnabled

            raise OfflineModeIsEnabled("HF_HUB_OFFLINE is set.")
        request.extensions["timeout"] = {name: given.get(name) or most for name, most in wanted.items()}
        return
    if is_offline_mode():
        raise refuse("E-hub-offline", "HF_HUB_OFFLINE forbids asking the hub.", where=bounds.repo,
                     todo="Take it out of the environment.")  # fmt: skip
    if _is_late(bounds):
        raise _late(bounds.repo)
    if bounds.until is not None:
        wanted = {name: max(min(most, bounds.until - time.monotonic()), 0.01) for name, most in wanted.items()}
    request.extensions["timeout"] = wanted
    request.headers["accept-encoding"] = "identity"  # what unpacks to more than came has no bound
    if _origin(request.url) != bounds.origin and not _may_leave(request, bounds):
        host = cleaned(request.url.host)
        raise refuse("E-hub-elsewhere", f"the hub sends us to {host}, where nothing of this may go.",
                     where=bounds.repo, todo="See whether HF_ENDPOINT is the hub that you mean.")  # fmt: skip


def _hears(response: Any) -> None:
    """Of each answer its head."""
    bounds = _now
    if bounds is None or not bounds.own:
        return
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise _strange(bounds.repo, "packed")
    response.stream = _Counted(response.stream, bounds, bounds.most if response.status_code < 400 else LARGEST)


def _may_leave(request: Any, bounds: Bounds) -> bool:
    """Whether a request may go where files lie: without the token, encrypted, and not into a private network."""
    host, scheme = request.url.host, request.url.scheme
    if "authorization" in request.headers or request.method not in ("GET", "HEAD", "PUT"):
        return False
    if names_this_machine(host):
        return names_this_machine(bounds.origin[1])
    try:
        return scheme == "https" and ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(scheme == "https")


def _origin(url: Any) -> tuple[str, str, int]:
    return url.scheme, url.host.lower(), url.port or _PORTS.get(url.scheme, 0)


def _answered(response: Any, token: str | None) -> Answered:
    head = response.headers
    says = head.get("x-error-message") or ""
    try:
        body = json.loads(response.content[:_TOLD])
        named = [each.get("message", "") for each in body.get("errors", ())] + [body.get("error", "")]
        says = "; ".join(dict.fromkeys(str(each) for each in [says, *named] if each))
    except (ValueError, AttributeError, TypeError, RecursionError):
        pass  # a page for people
    if token:
        says = says.replace(token, "…")
    return Answered(response.status_code, head.get("x-error-code", ""), says, _after(head))


def _after(head: Any) -> float | None:
    """Seconds that the hub asks us to wait."""
    found = head.get("retry-after", "").strip()
    if not found and (match := _RESET.search(head.get("ratelimit", ""))):
        found = match[1]
    return min(float(found), LONGEST_WAIT) if found.isascii() and found.isdigit() else None


def _broken(error: Any, repo: str) -> Later:
    """A line that failed, without its text, which may hold an address with a signature."""
    match error:
        case httpx2.TimeoutException():
            return _late(repo)
        case httpx2.ConnectError() | httpx2.ProxyError():
            return later("offline", "the hub cannot be reached.", repo)
        case httpx2.TooManyRedirects() | httpx2.DecodingError() | httpx2.UnsupportedProtocol():
            return _strange(repo, type(error).__name__)
        case _:
            return later("cut", f"the hub broke off ({type(error).__name__}).", repo)


def _is_late(bounds: Bounds) -> bool:
    return bounds.until is not None and time.monotonic() > bounds.until


def _late(repo: str) -> Later:
    return later("late", "the hub did not answer in time.", repo)


def _strange(repo: str, what: str) -> Later:
    return later("answer", f"the hub's answer is none that we know ({what}).", repo)
