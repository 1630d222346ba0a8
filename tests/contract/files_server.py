"""A web server on the loopback that gives one file, as honest or as treacherous as a test wants it."""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Files:
    """What is given, and what was asked."""

    data: bytes
    etag: str | None = ""
    """Of the data itself where it is empty; none at all where it is None."""
    cuts: list[int] = field(default_factory=list)
    """After so many bytes of each answer the line is cut; whole answers come after those."""
    statuses: list[int] = field(default_factory=list)
    """What is answered instead, before anything else."""
    goes_to: str | None = None
    length: bool = True
    ranges: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/rows/a.jsonl"

    @property
    def tag(self) -> str | None:
        return f'"{hashlib.sha256(self.data).hexdigest()[:16]}"' if self.etag == "" else self.etag


@contextmanager
def serving(files: Files) -> Iterator[Files]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            files.asked.append(dict(self.headers.items()))
            if files.statuses:
                self.send_response(files.statuses.pop(0))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif files.goes_to is not None:
                self.send_response(302)
                self.send_header("Location", files.goes_to)
                self.end_headers()
            else:
                self._give()

        def _give(self) -> None:
            found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            first = int(found[1]) if found and files.ranges and self.headers.get("If-Range") == files.tag else 0
            if first >= len(files.data) and first:
                self.send_response(416)
                self.end_headers()
                return
            body = files.data[first:]
            self.send_response(206 if first else 200)
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(files.data) - 1}/{len(files.data)}")
            if files.tag is not None:
                self.send_header("ETag", files.tag)
            if files.length:
                self.send_header("Content-Length", str(len(body)))
            for name, value in files.headers.items():
                self.send_header(name, value)
            self.end_headers()
            cut = files.cuts.pop(0) if files.cuts else len(body)
            self.wfile.write(body[:cut])
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        files.port = server.server_address[1]
        try:
            yield files
        finally:
            server.shutdown()
            thread.join()
