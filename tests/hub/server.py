"""A hub on the loopback: a world served over HTTP, as the real client asks for it.

It listens at 127.0.0.1; large files are put and had at localhost, so that they come from another host, as they do.
"""

import base64
import contextlib
import json
import math
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sentinel.outside.hub.faults import Answered
from sentinel.outside.hub.scores import front_of
from sentinel.outside.hub.world import Blob, Commit, Kind, Repo, Request, World, is_large
from tests.hub.trouble import Trouble, Troubles

DAY = "2026-01-15T10:30:00.000Z"
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as it came."""

    method: str
    path: str
    kind: str
    token: str | None
    trouble: str = ""


@dataclass(slots=True)
class Reply:
    """An answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] | None = None


class LoopbackHub:
    """A web server around a world."""

    def __init__(self, world: World) -> None:
        self.world, self.troubles = world, Troubles()
        self.asked: list[Asked] = []
        self.part = 64 * 2**20
        """Bytes from which a large file is put in parts."""
        self.parts: dict[tuple[str, int], bytes] = {}
        self.victim: int | None = None
        """The process that `kill` ends."""
        self.lock, self.over = threading.RLock(), threading.Event()
        self.server = _Listener(("127.0.0.1", 0), _handler(self))
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.files_url = f"http://localhost:{self.port}"
        self.verify_url = self.url
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def count(self, kind: str) -> int:
        """How many requests of a kind there were."""
        return sum(each.kind == kind for each in self.asked)

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


def _handler(hub: LoopbackHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) if self.command != "GET" else b""
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                body = _unchunked(self.rfile)
            told = self.headers.get("Authorization", "")
            token = told.removeprefix("Bearer ") if told.startswith("Bearer ") else None
            call = _Call(hub, self.command, self.path, token, body)
            trouble = hub.troubles.of(call.kind)
            hub.asked.append(Asked(self.command, self.path, call.kind, token, trouble.how if trouble else ""))
            if trouble is None:
                self._send(call.answer())
                return
            with hub.troubles.held():
                self._fail(call, trouble)

        def _fail(self, call: "_Call", trouble: Trouble) -> None:
            match trouble.how:
                case "status":
                    headers = {"Retry-After": trouble.after} if trouble.after else {}
                    headers |= {"X-Error-Code": trouble.code} if trouble.code else {}
                    self._send(Reply(trouble.status, {"error": trouble.says}, headers))
                case "close":
                    self._hang_up()
                case "hang":
                    hub.over.wait(trouble.seconds or 60.0)
                    self._hang_up()
                case "late":
                    hub.over.wait(trouble.seconds)
                    call.answer()
                    self._hang_up()
                case "drop":
                    call.answer()
                    self._hang_up()
                case "kill":
                    call.answer()
                    if hub.victim is not None:
                        os.kill(hub.victim, signal.SIGKILL)
                    self._hang_up()
                case "half":
                    reply = call.answer()
                    data = _bytes(reply.body)
                    self._head(reply.status, {**(reply.headers or {}), "Content-Length": str(len(data) + 10)})
                    self.wfile.write(data[: len(data) // 2])
                    self._hang_up()
                case "text":
                    call.answer()
                    self._send(Reply(200, b"<html>be right back</html>", {"Content-Type": "text/html"}))
                case "instead":
                    self._send(Reply(200, trouble.says.encode()))
                case "shape":
                    call.answer()
                    self._send(Reply(200, {"unheard": ["of"]}))
                case "huge":
                    self._head(200, {"Content-Type": "application/json", "Content-Length": str(2**40)})
                    with contextlib.suppress(OSError):
                        while not hub.over.is_set():
                            self.wfile.write(b" " * 2**20)
                    self._hang_up()
                case "packed":
                    self._send(Reply(200, b"\x1f\x8b", {"Content-Encoding": "gzip"}))
                case "round":
                    reply = call.answer()
                    link = f'<{hub.url}{self.path}>; rel="next"'
                    self._send(Reply(reply.status, reply.body, {**(reply.headers or {}), "Link": link}))
                case "elsewhere":
                    self._send(Reply(307, b"", {"Location": "http://198.51.100.7/there"}))
                case how:
                    raise AssertionError(how)

        def _send(self, reply: Reply) -> None:
            data = _bytes(reply.body)
            self._head(reply.status, {"Content-Length": str(len(data)), **(reply.headers or {})})
            if self.command != "HEAD":
                self.wfile.write(data)

        def _head(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def _hang_up(self) -> None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


class _Call:
    """One request, taken apart; the path is split before it is unquoted: refs%2Fpr%2F2 is one part."""

    def __init__(self, hub: LoopbackHub, method: str, path: str, token: str | None, body: bytes) -> None:
        self.hub, self.world, self.method, self.token, self.body = hub, hub.world, method, token, body
        split = urlsplit(path)
        self.query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        self.parts = [unquote(part) for part in split.path.strip("/").split("/")]
        self.kind, self._act, self._args = self._route()

    def answer(self) -> Reply:
        with self.hub.lock:
            try:
                return self._act(*self._args)  # type: ignore[no-any-return]
            except Answered as no:
                code = {"X-Error-Code": no.code} if no.code else {}
                return Reply(no.status, {"error": no.says}, {**code, "X-Error-Message": no.says})

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def _route(self) -> tuple[str, Any, tuple[Any, ...]]:
        match self.method, self.parts:
            case "GET", ["api", "whoami-v2"]:
                return "whoami", self._whoami, ()
            case "POST", ["api", "repos", "create"]:
                return "create", self._create, ()
            case "POST", ["api", "validate-yaml"]:
                return "validate", self._validate, ()
            case "GET", ["api", "datasets"]:
                return "info", self._benchmarks, ()
            case _, ["api", ("models" | "datasets") as kind, owner, name, *rest]:
                return self._of_repo(kind, f"{owner}/{name}", rest)
            case "POST", [owner, name, "info", "lfs", "objects", "batch"]:
                return "batch", self._batch, (f"{owner}/{name.removesuffix('.git')}",)
            case "PUT", ["large", oid]:
                return "put", self._put, (oid,)
            case "PUT", ["large", oid, part]:
                return "put", self._put_part, (oid, int(part))
            case "POST", ["large", oid, "complete"]:
                return "verify", self._complete, (oid,)
            case "POST", ["large", oid, "verify"]:
                return "verify", self._verify, (oid,)
            case "GET", ["large", oid]:
                return "resolve", self._large, (oid,)
            case (("GET" | "HEAD"), ["datasets", owner, name, "resolve", revision, *path]):
                return "resolve", self._resolve, ("datasets", f"{owner}/{name}", revision, "/".join(path))
            case (("GET" | "HEAD"), [owner, name, "resolve", revision, *path]):
                return "resolve", self._resolve, ("models", f"{owner}/{name}", revision, "/".join(path))
            case _:
                return "unknown", self._nothing, ()

    def _of_repo(self, kind: Kind, name: str, rest: list[str]) -> tuple[str, Any, tuple[Any, ...]]:
        match self.method, rest:
            case "GET", []:
                return "info", self._info, (kind, name, "main")
            case "GET", ["revision", revision]:
                return "revision", self._info, (kind, name, revision)
            case "GET", ["tree", revision, *_]:
                return "tree", self._tree, (kind, name, revision)
            case "GET", ["commits", revision]:
                return "commits", self._commits, (kind, name, revision)
            case "GET", ["refs"]:
                return "info", self._refs, (kind, name)
            case "POST", ["preupload", revision]:
                return "preupload", self._preupload, (name, revision)
            case "POST", ["commit", _]:
                return "commit", self._commit, (name,)
            case "GET", ["discussions"]:
                return "discussions", self._requests, (name,)
            case "GET", ["discussions", number]:
                return "discussion", self._request, (name, int(number))
            case "POST", ["discussions", number, "status"]:
                return "status", self._status, (name, int(number))
            case "POST", ["discussions", number, "merge"]:
                return "status", self._merge, (name, int(number))
            case "GET", ["leaderboard"]:
                return "leaderboard", self._ranks, (name,)
            case _:
                return "unknown", self._nothing, ()

    def _nothing(self) -> Reply:
        return Reply(404, {"error": "Sorry, we can't find the page you are looking for."})

    def _whoami(self) -> Reply:
        user = self.world.who(self.token)
        if user is None:
            raise Answered(401, says="Invalid username or password.")
        orgs = [{"type": "org", "name": each} for each in user.orgs]
        access = {"displayName": "t", "role": user.role}
        return Reply(200, {"type": "user", "name": user.name, "orgs": orgs,
                           "auth": {"type": "access_token", "accessToken": access}})  # fmt: skip

    def _create(self) -> Reply:
        told, user = self.json, self.world.who(self.token)
        name = f"{told.get('organization') or (user.name if user else '')}/{told['name']}"
        repo = self.world.create(self.token, name, told.get("visibility") == "private")
        return Reply(200, {"url": f"{self.hub.url}/{repo.name}", "name": repo.name})

    def _validate(self) -> Reply:
        page = self.json["content"].encode()
        if page.startswith(b"---") and not front_of(page):
            return Reply(400, {"errors": [{"message": "not YAML"}], "warnings": []})
        return Reply(200, {"errors": [], "warnings": [] if front_of(page) else [{"message": "empty or missing"}]})

    def _benchmarks(self) -> Reply:
        return Reply(200, [{"id": each.name} for each in self.world.repos.values() if each.tasks])

    def _info(self, kind: Kind, name: str, revision: str) -> Reply:
        repo = self.world.repo(self.token, name, kind)
        at = self.world.at(repo, revision)
        told = {"id": name, "modelId": name, "sha": at.oid, "private": repo.private, "tags": [], "downloads": 0,
                "siblings": [{"rfilename": path} for path in at.files]}  # fmt: skip
        if self.query.get("expand") == "evalResults":
            told = {"id": name, "evalResults": self.world.results(repo)}
        return Reply(200, told)

    def _tree(self, kind: Kind, name: str, revision: str) -> Reply:
        at = self.world.at(self.world.repo(self.token, name, kind), revision)
        return self._paged([_entry(path, blob) for path, blob in sorted(at.files.items())])

    def _commits(self, kind: Kind, name: str, revision: str) -> Reply:
        told = self.world.history(self.world.repo(self.token, name, kind), revision)
        return self._paged([{"id": each.oid, "title": each.title, "message": each.text, "date": DAY,
                             "authors": [{"user": each.author}]} for each in told])  # fmt: skip

    def _paged(self, rows: list[Any]) -> Reply:
        first = int(self.query.get("cursor", 0))
        path = "/".join(part.replace("/", "%2F") for part in self.parts)
        more = {"Link": f'<{self.hub.url}/{path}?cursor={first + _PAGE}>; rel="next"'}
        return Reply(200, rows[first : first + _PAGE], more if first + _PAGE < len(rows) else {})

    def _refs(self, kind: Kind, name: str) -> Reply:
        held = self.world.repo(self.token, name, kind).refs
        told = [{"name": each, "ref": f"refs/heads/{each}", "targetCommit": oid} for each, oid in held.items()]
        return Reply(200, {"branches": told, "tags": [], "converts": []})

    def _preupload(self, name: str, revision: str) -> Reply:
        repo = self.world.repo(self.token, name)
        self.world.may_write(self.token, name, "create_pr" in self.query)
        held = self.world.at(repo, revision).files
        return Reply(200, {"files": [
            {"path": each["path"], "uploadMode": "lfs" if is_large(each["path"], each["size"]) else "regular",
             "shouldIgnore": False, "oid": _oid(held.get(each["path"]))} for each in self.json["files"]
        ]})  # fmt: skip

    def _batch(self, name: str) -> Reply:
        self.world.repo(self.token, name)
        told = []
        for each in self.json["objects"]:
            if each["size"] > self.world.largest:
                told.append({**each, "error": {"code": 413, "message": "too large"}})
            elif each["oid"] in self.world.large:
                told.append(each)
            else:
                up, check = f"{self.hub.files_url}/large/{each['oid']}", f"{self.hub.verify_url}/large/{each['oid']}"
                upload: dict[str, Any] = {"href": up}
                if each["size"] > self.hub.part:
                    parts = {f"{n + 1:05}": f"{up}/{n}" for n in range(math.ceil(each["size"] / self.hub.part))}
                    upload = {"href": f"{check}/complete", "header": {"chunk_size": str(self.hub.part), **parts}}
                told.append({**each, "actions": {"upload": upload, "verify": {"href": f"{check}/verify"}}})
        return Reply(200, {"transfer": "basic", "objects": told})

    def _put(self, oid: str) -> Reply:
        if Blob(self.body, True).sha256 != oid:
            return Reply(400, {"error": "checksum"})
        self.world.large[oid] = self.body
        return Reply(200, b"")

    def _put_part(self, oid: str, part: int) -> Reply:
        self.hub.parts[oid, part] = self.body
        return Reply(200, b"", {"ETag": f'"{part}"'})

    def _complete(self, oid: str) -> Reply:
        content = b"".join(self.hub.parts[oid, each["partNumber"] - 1] for each in self.json["parts"])
        if Blob(content, True).sha256 != oid:
            return Reply(400, {"error": "checksum"})
        self.world.large[oid] = content
        return Reply(200, {})

    def _verify(self, oid: str) -> Reply:
        return Reply(200 if oid in self.world.large else 404, {})

    def _commit(self, name: str) -> Reply:
        header: dict[str, Any] = {}
        files: dict[str, Blob] = {}
        gone: list[str] = []
        for line in self.body.splitlines():
            told = json.loads(line)
            value = told["value"]
            match told["key"]:
                case "header":
                    header = value
                case "file":
                    files[value["path"]] = Blob(base64.b64decode(value["content"]))
                case "lfsFile":
                    if value["oid"] not in self.world.large:
                        raise Answered(400, says=f"LFS pointer of {value['path']} points to a file that is not there")
                    files[value["path"]] = Blob(self.world.large[value["oid"]], True)
                case _:
                    gone.append(value["path"])
        made = self.world.commit(self.token, name, header["summary"], header.get("description", ""), files, gone,
                                 header.get("parentCommit"), "create_pr" in self.query)  # fmt: skip
        oid = made.oid if isinstance(made, Commit) else made.commit
        told = {"success": True, "commitOid": oid, "commitUrl": f"{self.hub.url}/{name}/commit/{oid}"}
        if isinstance(made, Request):
            told["pullRequestUrl"] = f"{self.hub.url}/{name}/discussions/{made.number}"
        return Reply(200, told)

    def _requests(self, name: str) -> Reply:
        repo = self.world.repo(self.token, name)
        author = self.query.get("author")
        told = [self._shown(repo, each) for each in reversed(repo.requests) if author in (None, each.author)]
        first = int(self.query.get("p", 0)) * _PAGE
        return Reply(200, {"count": len(told), "start": first, "discussions": told[first : first + _PAGE]})

    def _request(self, name: str, number: int) -> Reply:
        repo, each = self.world.repo(self.token, name), self.world.request(self.token, name, number)
        head = {"createdAt": DAY, "author": {"name": each.author}}
        said = [each.text, *each.comments]
        events: list[dict[str, Any]] = [
            {"id": f"{number}-{place}", "type": "comment", **head,
             "data": {"edited": False, "hidden": False, "latest": {"raw": text}}} for place, text in enumerate(said)
        ]  # fmt: skip
        events.append({"id": f"{number}-c", "type": "commit", **head,
                       "data": {"subject": each.title, "oid": each.commit}})  # fmt: skip
        changes = {"base": "refs/heads/main", **({"mergeCommitId": each.merged} if each.merged else {})}
        return Reply(200, {**self._shown(repo, each), "events": events, "changes": changes, "filesWithConflicts": []})

    def _shown(self, repo: Repo, each: Request) -> dict[str, Any]:
        return {"title": each.title, "num": each.number, "author": {"name": each.author}, "createdAt": DAY,
                "status": each.state, "repo": {"name": repo.name, "type": "model"}, "isPullRequest": True}  # fmt: skip

    def _status(self, name: str, number: int) -> Reply:
        self.world.close(self.token, name, number, self.json.get("comment", ""))
        return Reply(200, {"newStatus": {"id": "s", "type": "status-change", "createdAt": DAY, "author": {"name": "x"},
                                         "data": {"status": "closed"}}})  # fmt: skip

    def _merge(self, name: str, number: int) -> Reply:
        self.world.may_write(self.token, name)
        self.world.merge(name, number)
        return Reply(200, {})

    def _ranks(self, name: str) -> Reply:
        return Reply(200, self.world.ranks(self.token, name, self.query.get("base_model") == "false"))

    def _resolve(self, kind: Kind, name: str, revision: str, path: str) -> Reply:
        at = self.world.at(self.world.repo(self.token, name, kind), revision)
        if path not in at.files:
            raise Answered(404, "EntryNotFound", "Entry not found")
        blob = at.files[path]
        head = {"X-Repo-Commit": at.oid, "Accept-Ranges": "bytes"}
        if blob.large:
            self.world.large.setdefault(blob.sha256, blob.data)
            head |= {"Location": f"{self.hub.files_url}/large/{blob.sha256}", "X-Linked-Etag": f'"{blob.sha256}"',
                     "X-Linked-Size": str(len(blob.data))}  # fmt: skip
            return Reply(302, b"", head)
        return Reply(200, blob.data, {**head, "ETag": f'"{blob.oid}"'})

    def _large(self, oid: str) -> Reply:
        found = self.world.large.get(oid)
        return Reply(404, {}) if found is None else Reply(200, found, {"ETag": f'"{oid}"'})


def _entry(path: str, blob: Blob) -> dict[str, Any]:
    told = {"type": "file", "path": path, "size": len(blob.data), "oid": blob.oid}
    if blob.large:
        told["lfs"] = {"oid": blob.sha256, "size": len(blob.data), "pointerSize": len(blob.pointer)}
    return told


def _oid(blob: Blob | None) -> str | None:
    return None if blob is None else (blob.sha256 if blob.large else blob.oid)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _unchunked(file: Any) -> bytes:
    body = b""
    while size := int(file.readline().split(b";")[0], 16):
        body += file.read(size)
        file.readline()
    file.readline()
    return body
