"""A hub on the loopback: a world served over HTTP, as the real client asks for it. The demo and tests publish to it.

It listens at 127.0.0.1; large files are put and had at localhost, so that they come from another host, as they do.
"""

import contextlib
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sentinel.outside.hub.loopback_calls import Call, Reply
from sentinel.outside.hub.world import World


class Loopback:
    """A web server around a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.part = 64 * 2**20
        """Bytes from which a large file is put in parts."""
        self.parts: dict[tuple[str, int], bytes] = {}
        self.lock, self.over = threading.RLock(), threading.Event()
        self.server = _Listener(("127.0.0.1", 0), _handler(self))
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.files_url = f"http://localhost:{self.port}"
        self.verify_url = self.url
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def meet(self, line: "Line", call: Call) -> None:
        """Answer a request."""
        line.send(call.answer())

    def close(self) -> None:
        """Stop listening, and let go of whoever waits."""
        self.over.set()
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
        if self.server.broken is not None:
            raise AssertionError("the loopback hub itself fell over") from self.server.broken


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    broken: BaseException | None = None

    def handle_error(self, *_: object) -> None:
        """A caller that hung up is what many tests want; the rest is a fault of ours."""
        error = sys.exception()
        if not isinstance(error, OSError):
            self.broken = error


class Line(BaseHTTPRequestHandler):
    """The way back to who asked."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True

    def send(self, reply: Reply) -> None:
        """Answer."""
        data = reply.data
        self.head(reply.status, {"Content-Length": str(len(data)), **(reply.headers or {})})
        if self.command != "HEAD":
            self.wfile.write(data)

    def head(self, status: int, headers: dict[str, str]) -> None:
        """Begin to answer."""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def hang_up(self) -> None:
        """Say no more."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _handler(hub: Loopback) -> type[Line]:
    class Handler(Line):
        def do_GET(self) -> None:
            told = self.headers.get("Authorization", "")
            token = told.removeprefix("Bearer ") if told.startswith("Bearer ") else None
            hub.meet(self, Call(hub, self.command, self.path, token, self._body()))

        do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

        def _body(self) -> bytes:
            if self.command == "GET":
                return b""
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

    return Handler
