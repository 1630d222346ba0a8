"""What a loopback hub is asked for, and what it answers: one request at a time, upon its world."""

import base64
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from sentinel.outside.hub.faults import Answered
from sentinel.outside.hub.scores import front_of
from sentinel.outside.hub.world import Blob, Commit, Kind, Repo, Request, is_large

if TYPE_CHECKING:
    from sentinel.outside.hub.loopback import Loopback

DAY = "2026-01-15T10:30:00.000Z"
_PAGE = 50


@dataclass(slots=True)
class Reply:
    """An answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] | None = None

    @property
    def data(self) -> bytes:
        """As it goes over the wire."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Call:
    """One request, taken apart; the path is split before it is unquoted: refs%2Fpr%2F2 is one part."""

    def __init__(self, hub: "Loopback", method: str, path: str, token: str | None, body: bytes) -> None:
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
