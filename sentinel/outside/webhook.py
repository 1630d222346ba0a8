"""Notices by HTTPS to an address that the owner gave. The address is a secret: no message holds more than its host."""

import base64
import http.client
import re
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import SplitResult, unquote, urlsplit

from sentinel.domain.refusal import refuse
from sentinel.outside.address import names_this_machine, reachable
from sentinel.outside.connection import Connection
from sentinel.outside.notify import Notice, Receipt, TryLater, body_of

_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_LONGEST_WAIT = 86_400.0


class WebhookSender:
    """Posts each notice as JSON. It follows no redirect, reads only the headers of an answer, and ends in time.

    `private` lets it reach addresses inside the owner's own network.
    """

    def __init__(
        self, url: str, timeout: float = 10.0, *, private: bool = False, context: ssl.SSLContext | None = None
    ) -> None:
        self._url = _checked(url)
        self._timeout = timeout
        self._private = private
        self._context = context
        self.where = _masked(self._url)

    def __repr__(self) -> str:
        return f"WebhookSender({self.where})"

    def send(self, notice: Notice) -> Receipt:
        """Post it once."""
        body, headers = body_of(notice), _headers(self._url, notice.key)
        encrypted = self._url.scheme == "https"
        host, port = self._url.hostname or "", _port(self._url)
        addresses = reachable(host, port, self.where, private=self._private, encrypted=encrypted)
        tls = (self._context or ssl.create_default_context()) if encrypted else None
        connection = Connection(host, port, addresses, self._timeout, tls)
        try:
            connection.request("POST", _target(self._url), body, headers)
            answer = connection.getresponse()
            answer.close()
            if connection.was_cut:
                raise TimeoutError  # http.client takes the headers that came before the cut for all of them
        except ssl.SSLCertVerificationError:
            raise refuse("E-webhook", "its certificate does not prove that it is this host.", where=self.where,
                         todo="Renew the certificate, or correct the address.") from None  # fmt: skip
        except (OSError, http.client.HTTPException) as error:
            why = (
                f"no answer within {self._timeout:g} s"
                if connection.was_cut or connection.is_late()
                else type(error).__name__
            )
            raise TryLater(f"{self.where}: {why}") from None
        finally:
            connection.close()
        return self._receipt(answer.status, answer.getheader("Retry-After"))

    def _receipt(self, status: int, retry_after: str | None) -> Receipt:
        said = f"HTTP {status}"
        if 200 <= status < 300:
            return Receipt(said)
        if status in _LATER or status >= 500:
            raise TryLater(f"{self.where}: {said}", _seconds(retry_after))
        if 300 <= status < 400:
            raise refuse("E-webhook", f"it sent us on to another address ({said}), and redirects are not followed.",
                         where=self.where, todo="Give the address that it leads to.")  # fmt: skip
        raise refuse("E-webhook", f"it refused the notice ({said}).", where=self.where,
                     todo="Look whether the address is still valid; its credential may hold a new one.")  # fmt: skip


def _checked(url: str) -> SplitResult:
    todo = "Give an https address, such as https://chat.example.org/hooks/…"
    if not re.fullmatch(r"[!-~]+", url):
        raise refuse("E-webhook", "the address holds characters that no address may.", todo=todo)
    try:
        parts = urlsplit(url)
        known = parts.port is None or parts.port > 0
    except ValueError:
        raise refuse("E-webhook", "the address cannot be read.", todo=todo) from None
    if parts.scheme not in ("https", "http") or not parts.hostname or not known:
        raise refuse("E-webhook", "the address is not one of the web.", todo=todo)
    if parts.scheme == "http" and not names_this_machine(parts.hostname):
        raise refuse("E-webhook", "it is not encrypted, and leads to another machine.", where=_masked(parts),
                     todo="Use https.")  # fmt: skip
    return parts


def _masked(url: SplitResult) -> str:
    host = url.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{host}{f':{url.port}' if url.port else ''}/…"


def _target(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _headers(url: SplitResult, key: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key, "User-Agent": "sentinel",
               "Connection": "close"}  # fmt: skip
    if url.username is not None:
        pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return headers


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_WAIT)
