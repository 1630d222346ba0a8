"""The dashboard in a browser on this machine: each visitor who has the key gets a terminal of their own.

Whoever acts there acts as the one who started it. A page from elsewhere may reach for a loopback port, and so may other
users of the machine, so nothing is served without the key that is printed at the start.
"""

import hmac
import logging
import re
import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from sentinel.domain.refusal import refuse
from sentinel.tui.theme import known_theme

try:
    from aiohttp import web
    from textual_serve.server import Server
except ModuleNotFoundError as missing:
    raise refuse(
        "E-extra", f"The dashboard in a browser needs `{str(missing.name).partition('.')[0]}`, which is not installed.",
        todo="pip install 'sentinel[web]'",
    ) from None  # fmt: skip

HOST = "127.0.0.1"
_KEYS_AT_ONCE = """<script>
  new MutationObserver((_, watch) => {
    const keys = document.querySelector(".xterm-helper-textarea");
    if (keys) { keys.focus(); watch.disconnect(); }
  }).observe(document, {childList: true, subtree: true});
</script>"""
"""The toolkit's page takes keys once somebody has clicked into it."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve_web(workspace: Path, port: int, theme: str | None, say: Callable[[str], None]) -> int:
    """Serve until interrupted."""
    port = _free(port)
    argv = [sys.executable, "-m", "sentinel", "tui", "--workspace", str(workspace)]
    key = secrets.token_urlsafe(24)
    _Guarded(
        shlex.join([*argv, *(["--theme", known_theme(theme)] if theme is not None else [])]), port, key, say
    ).serve()
    return 0


def _free(port: int) -> int:
    """The port, if it can be had; 0 takes any. Refused where somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise refuse(
                "E-port", f"Port {port} of {HOST} cannot be had: {error.strerror}.",
                todo="Name another one with --port; 0 takes any that is free.",
            ) from None  # fmt: skip
        return int(probe.getsockname()[1])


class _Guarded(Server):
    def __init__(self, command: str, port: int, key: str, say: Callable[[str], None]) -> None:
        super().__init__(command, host=HOST, port=port, title="Sentinel")
        self._key, self._say = key, say
        self._own = urlsplit(self.public_url).netloc
        # the page asks another machine for its letters; the browser has some of its own
        self._elsewhere = re.compile(rf'<link[^>]*"https?://(?!{re.escape(self._own)}/)[^>]*>')
        # cookies are kept by address, whatever the port
        self._cookie = f"sentinel-key-{port}"
        rules = ("default-src 'self'", "script-src 'self' 'unsafe-inline'", "style-src 'self' 'unsafe-inline'",
                 "img-src 'self' data:", f"connect-src 'self' ws://{self._own}", "frame-ancestors 'none'",
                 "base-uri 'none'", "form-action 'none'")  # fmt: skip
        self._headers = {"Content-Security-Policy": "; ".join(rules), "Referrer-Policy": "no-referrer",
                         "Cache-Control": "no-store"}  # fmt: skip

    def initialize_logging(self) -> None:
        """Say what goes wrong, and nothing of each visit."""
        logging.basicConfig(level=logging.WARNING, format="%(message)s")

    async def on_startup(self, app: web.Application) -> None:
        """Say where it is."""
        self._say(f"{self.public_url}/?key={self._key}")
        self._say("Whoever has this address acts as you. Ctrl+C ends it.")

    async def _make_app(self) -> web.Application:
        app: web.Application = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only with the key, only under our own name, and a socket only from our own page."""
        self._let_in(request)
        told = request.query.get("key")
        if told is not None and hmac.compare_digest(told.encode(), self._key.encode()):
            home = web.HTTPFound("/", headers=self._headers)
            home.set_cookie(self._cookie, self._key, httponly=True, samesite="Strict")
            raise home
        if not hmac.compare_digest(request.cookies.get(self._cookie, "").encode(), self._key.encode()):
            raise web.HTTPForbidden(text="Open the whole address that `sentinel tui --web` printed, with its key.")
        answer = await handler(request)
        if isinstance(answer, web.Response) and answer.content_type == "text/html" and answer.text:
            answer.text = self._elsewhere.sub("", answer.text).replace("</head>", f"{_KEYS_AT_ONCE}</head>")
        if not answer.prepared:
            answer.headers.update(self._headers)
        return answer

    def _let_in(self, request: web.Request) -> None:
        if request.host != self._own:
            raise web.HTTPForbidden(text="This is served under its own address alone.")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="Another page may not reach for this one.")
