"""A hub on the loopback: one dataset with its files at two commits, for the real client."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

COMMIT = "c" * 40


@dataclass
class Hub:
    """What there is, and who asked for it."""

    files: dict[str, bytes]
    token: str | None = None
    """Needed by whoever asks, where it is set."""
    name: str = "acme/tickets"
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, with_body: bool) -> None:
            path = unquote(self.path.partition("?")[0])
            hub.asked.append(f"{self.command} {path}")
            at = f"/datasets/{hub.name}/resolve/{COMMIT}/"
            if hub.token is not None and self.headers.get("Authorization") != f"Bearer {hub.token}":
                self._say(401, b"{}", {"X-Error-Code": "RepoNotFound"}, with_body)
            elif path in (f"/api/datasets/{hub.name}/revision/{each}" for each in ("main", COMMIT)):
                files = [{"rfilename": name, "size": len(data)} for name, data in hub.files.items()]
                self._say(200, json.dumps({"id": hub.name, "sha": COMMIT, "siblings": files}).encode(), {}, with_body)
            elif path.startswith(f"/api/datasets/{hub.name}/revision/"):
                self._say(404, b"{}", {"X-Error-Code": "RevisionNotFound"}, with_body)
            elif path.startswith(at) and path.removeprefix(at) in hub.files:
                data = hub.files[path.removeprefix(at)]
                named = {"ETag": f'"{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"', "X-Repo-Commit": COMMIT}
                self._say(200, data, named, with_body)
            else:
                self._say(404, b"{}", {"X-Error-Code": "RepoNotFound"}, with_body)

        def _say(self, status: int, body: bytes, headers: dict[str, str], with_body: bool) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        hub.port = server.server_address[1]
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
