"""A hub on the loopback: models at revisions, for whoever has the token, as the real client asks for them."""

import hashlib
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LoopbackHub:
    """A web server that answers what a download of a model asks."""

    def __init__(self, models: Mapping[tuple[str, str], Mapping[str, bytes]], token: str | None = None) -> None:
        self.asked: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._answer(with_body=False)

            def do_GET(self) -> None:
                self._answer(with_body=True)

            def _answer(self, with_body: bool) -> None:
                hub.asked.append(self.path)
                path = self.path.partition("?")[0]
                if token is not None and self.headers.get("Authorization") != f"Bearer {token}":
                    self._send(401, {"X-Error-Code": "RepoNotFound"}, b"{}", with_body)
                    return
                for (repo, revision), files in models.items():
                    sha = hashlib.sha1(revision.encode(), usedforsecurity=False).hexdigest()
                    api = f"/api/models/{repo}"
                    if path in (f"{api}/revision/{revision}", f"{api}/revision/{sha}"):
                        told: dict[str, Any] = {"id": repo, "sha": sha, "siblings": [{"rfilename": n} for n in files]}
                        self._send(200, {"Content-Type": "application/json"}, json.dumps(told).encode(), with_body)
                        return
                    if path.startswith((f"{api}/tree/{revision}", f"{api}/tree/{sha}")):
                        tree = [
                            {"type": "file", "path": name, "size": len(data), "oid": _sha(data)}
                            for name, data in files.items()
                        ]
                        self._send(200, {"Content-Type": "application/json"}, json.dumps(tree).encode(), with_body)
                        return
                    for name, data in files.items():
                        if path in (f"/{repo}/resolve/{revision}/{name}", f"/{repo}/resolve/{sha}/{name}"):
                            head = {"ETag": f'"{_sha(data)}"', "X-Repo-Commit": sha, "Accept-Ranges": "bytes"}
                            self._send(200, head, data, with_body)
                            return
                    if path.startswith((f"{api}/", f"/{repo}/")):
                        self._send(404, {"X-Error-Code": "RevisionNotFound"}, b"{}", with_body)
                        return
                self._send(404, {"X-Error-Code": "RepoNotFound"}, b"{}", with_body)

            def _send(self, status: int, headers: Mapping[str, str], body: bytes, with_body: bool) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if with_body:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


def _sha(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
