"""A completions endpoint as OpenAI's protocol has it: a prompt goes there, a text or its probabilities come back."""

import http.client
import json
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.outside.address import names_this_machine

_LARGEST = 16 * 2**20
_TRIES = 4
_TODO = "Look whether it is up, and speaks the protocol of /v1/completions."


class Completions:
    """Asks one endpoint. It follows no redirect, reads no more than 16 MiB of an answer, and tries a few times."""

    def __init__(
        self, url: str, key: str | None = None, timeout: float = 60.0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._url = urlsplit(url)
        self._key, self._timeout, self._sleep = key, timeout, sleep
        if self._url.scheme not in ("http", "https") or not self._url.hostname or self._url.username:
            raise refuse("E-endpoint", "it is no address of an endpoint.",
                         todo="Write one like http://127.0.0.1:8000/v1, without a password in it.")  # fmt: skip
        self.where = f"{self._url.scheme}://{self._url.netloc}{self._url.path.rstrip('/')}"
        if self._url.scheme == "http" and not names_this_machine(self._url.hostname):
            raise refuse("E-endpoint", "it is not encrypted, and leads to another machine.", where=self.where,
                         todo="Use https.")  # fmt: skip

    def ask(self, body: Json) -> Json:
        """The answer to one request."""
        why = ""
        for turn in range(_TRIES):
            if turn:
                self._sleep(2.0 ** (turn - 1))
            try:
                status, data = self._post(json.dumps(body).encode())
            except (OSError, http.client.HTTPException) as error:
                why = type(error).__name__
                continue
            if status == HTTPStatus.OK:
                return self._read(data)
            why = f"HTTP {status}"
            if status != HTTPStatus.TOO_MANY_REQUESTS and status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise refuse("E-endpoint", f"it refused the request ({why}).", where=self.where, todo=_TODO)
        raise refuse("E-endpoint", f"no answer in {_TRIES} tries ({why}).", where=self.where, todo=_TODO)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            tls = ssl.create_default_context()
            line: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=self._timeout, context=tls
            )
        else:
            line = http.client.HTTPConnection(host, port, timeout=self._timeout)
        headers = {"Content-Type": "application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            line.request("POST", f"{self._url.path.rstrip('/')}/completions", body, headers)
            answer = line.getresponse()
            return answer.status, answer.read(_LARGEST)
        finally:
            line.close()

    def _read(self, data: bytes) -> Json:
        try:
            told = json.loads(data)
            if isinstance(told, dict) and isinstance(told["choices"][0], dict):
                return told
        except (ValueError, LookupError, TypeError, RecursionError):
            pass
        raise refuse("E-endpoint", "its answer is no completion.", where=self.where, todo=_TODO)
