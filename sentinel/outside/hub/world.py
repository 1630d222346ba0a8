"""A hub in memory: repositories with commits, pull requests, scores and leaderboards, by the rules of the real one.

The fake of the port acts on it at once, and a hub on the loopback serves it to the real client.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sentinel.outside.hub.change import KEPT
from sentinel.outside.hub.faults import Answered
from sentinel.outside.hub.published import blob_of
from sentinel.outside.hub.scores import declares_base, scores_in

Kind = Literal["models", "datasets"]
_LARGE = re.compile(r"\.(safetensors|gguf|bin|parquet|msgpack)$")
_LARGE_FROM = 10 * 2**20
RESULTS = re.compile(r"\.eval_results/[^/]+\.ya?ml")
_MAIN = "main"


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content."""

    data: bytes
    large: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def pointer(self) -> bytes:
        """What git holds in place of a large file."""
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {len(self.data)}\n".encode()

    @property
    def oid(self) -> str:
        return blob_of(self.pointer if self.large else self.data)


@dataclass(frozen=True, slots=True)
class Commit:
    """One state of a repository."""

    oid: str
    title: str
    text: str
    author: str
    files: Mapping[str, Blob]
    parent: str | None


@dataclass(slots=True)
class Request:
    """A pull request."""

    number: int
    title: str
    text: str
    author: str
    commit: str
    state: str = "open"
    comments: list[str] = field(default_factory=list)
    merged: str | None = None


@dataclass(slots=True)
class Repo:
    """A model or a dataset."""

    kind: Kind
    name: str
    private: bool
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    tasks: tuple[str, ...] = ()
    """Of a dataset that is a benchmark."""

    @property
    def owner(self) -> str:
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class User:
    """Who a token is of."""

    name: str
    role: str = "write"
    orgs: tuple[str, ...] = ()


@dataclass
class World:
    """All that there is, and all that was done to it."""

    users: dict[str, User] = field(default_factory=dict)
    """By token."""
    repos: dict[tuple[Kind, str], Repo] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    """Contents that were uploaded, by sha256."""
    effects: list[tuple[str, ...]] = field(default_factory=list)
    """Everything that changed, in order: what, the repository, which."""
    largest: int = 2**30
    """Bytes that one file may have."""

    def put(self, name: str, files: Mapping[str, bytes], *, revision: str = _MAIN, kind: Kind = "models",
            private: bool = False, tasks: Iterable[str] = ()) -> Repo:  # fmt: skip
        """Let there be a repository with files, beside those that it has at that revision."""
        repo = self.repos.setdefault((kind, name), Repo(kind, name, private))
        repo.tasks = tuple(tasks) or repo.tasks
        blobs = {path: Blob(data, is_large(path, len(data))) for path, data in files.items()}
        before = repo.refs.get(revision)
        held = {**(repo.commits[before].files if before else {}), **blobs}
        repo.refs[revision] = _add(repo, Commit("", revision, "", repo.owner, held, before)).oid
        repo.refs.setdefault(_MAIN, repo.refs[revision])
        return repo

    def who(self, token: str | None) -> User | None:
        """Whose token it is; None without one."""
        if token is None:
            return None
        if token not in self.users:
            raise Answered(401, says="Invalid credentials in Authorization header")
        return self.users[token]

    def create(self, token: str | None, name: str, private: bool, kind: Kind = "models") -> Repo:
        """Make a repository, which has one commit from the beginning."""
        user = self.who(token)
        if user is None:
            raise Answered(401, says="Invalid username or password.")
        if not _is_of(user, name):
            raise Answered(403, says=f'You don\'t have the rights to create a model under the namespace "{name}"')
        if (kind, name) in self.repos:
            raise Answered(409, says="You already created this model repo")
        repo = self.put(name, {KEPT: b"*.safetensors filter=lfs\n"}, kind=kind, private=private)
        self.effects.append(("create", name))
        return repo

    def repo(self, token: str | None, name: str, kind: Kind = "models") -> Repo:
        """A repository, for whoever may see it."""
        user = self.who(token)
        found = self.repos.get((kind, name))
        if found is None or (found.private and (user is None or not _is_in(user, name))):
            raise Answered(404 if user else 401, "RepoNotFound", "Repository not found")
        return found

    def at(self, repo: Repo, revision: str) -> Commit:
        """A repository's state at a branch, a tag, a request's ref or a commit."""
        oid = repo.refs.get(revision, revision)
        if oid not in repo.commits:
            raise Answered(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return repo.commits[oid]

    def history(self, repo: Repo, revision: str) -> list[Commit]:
        """The commits up to a revision, the newest first."""
        found, at = [], self.at(repo, revision)
        while True:
            found.append(at)
            if at.parent is None:
                return found
            at = repo.commits[at.parent]

    def commit(self, token: str | None, name: str, title: str, text: str, files: Mapping[str, Blob],
               gone: Iterable[str] = (), parent: str | None = None,
               as_request: bool = False) -> Commit | Request:  # fmt: skip
        """Add a commit to main, or to a pull request of its own."""
        repo, user = self.repo(token, name), self.who(token)
        self.may_write(token, name, as_request)
        if parent is not None and parent != repo.refs[_MAIN]:
            raise Answered(412, says="A commit has happened since. Please refresh and try again.")
        if too_large := [path for path, blob in files.items() if len(blob.data) > self.largest]:
            raise Answered(413, says=f"{too_large[0]} is too large")
        before = self.at(repo, _MAIN)
        held = {path: blob for path, blob in before.files.items() if path not in set(gone)} | dict(files)
        author = user.name if user else ""
        made = _add(repo, Commit("", title, text, author, held, before.oid))
        if not as_request:
            repo.refs[_MAIN] = made.oid
            self.effects.append(("commit", name, made.oid))
            return made
        number = len(repo.requests) + 1
        repo.refs[f"refs/pr/{number}"] = made.oid
        repo.requests.append(Request(number, title, text, author, made.oid))
        self.effects.append(("request", name, str(number)))
        return repo.requests[-1]

    def may_write(self, token: str | None, name: str, as_request: bool = False) -> None:
        """Refused where a token may not; a request needs no right to the repository itself."""
        user = self.who(token)
        if user is None or user.role != "write" or not (as_request or _is_in(user, name)):
            raise Answered(403 if user else 401, says="you don't have write access to this repo")

    def request(self, token: str | None, name: str, number: int) -> Request:
        """A pull request."""
        found = self.repo(token, name).requests
        if not 0 < number <= len(found):
            raise Answered(404, says="No such discussion")
        return found[number - 1]

    def close(self, token: str | None, name: str, number: int, comment: str) -> None:
        """Close a pull request: whoever opened it, or the owner."""
        user, request = self.who(token), self.request(token, name, number)
        if user is None or not (user.name == request.author or _is_in(user, name)):
            raise Answered(403, says="not yours")
        request.state = "closed"
        request.comments.append(comment)
        self.effects.append(("close", name, str(number)))

    def merge(self, name: str, number: int) -> None:
        """Take a pull request in, as the owner of its repository would."""
        repo = self.repos["models", name]
        request = repo.requests[number - 1]
        base, main = repo.commits[repo.commits[request.commit].parent or ""], self.at(repo, _MAIN)
        theirs = repo.commits[request.commit].files
        changed = {path: blob for path, blob in theirs.items() if base.files.get(path) != blob}
        merged = _add(repo, Commit("", f"{request.title} (#{number})", request.text, request.author,
                                   {**main.files, **changed}, main.oid))  # fmt: skip
        repo.refs[_MAIN], request.state, request.merged = merged.oid, "merged", merged.oid
        self.effects.append(("merge", name, str(number)))

    def results(self, repo: Repo) -> list[dict[str, Any]]:
        """What a model's page shows of its scores: of main, and of the requests that are open."""
        tasks = {each.name: each.tasks for each in self.repos.values() if each.tasks}
        open_ = [(each.commit, each.number) for each in repo.requests if each.state == "open"]
        main = self.at(repo, _MAIN)
        found: list[dict[str, Any]] = []
        for oid, number in [(main.oid, None), *open_]:
            for path, blob in sorted(repo.commits[oid].files.items()):
                if RESULTS.fullmatch(path) and (number is None or main.files.get(path) != blob):
                    told = {"filename": path, "verified": False, **({"pullRequest": number} if number else {})}
                    entries = scores_in(blob.data, tasks)
                    if isinstance(entries, str):
                        found.append({"filename": path, "error": entries})
                    else:
                        found += [{**told, "data": entry} for entry in entries]
        return found

    def ranks(self, token: str | None, dataset: str, derived: bool) -> list[dict[str, Any]]:
        """A benchmark's leaderboard: by default without models that declare what they are made from."""
        if not self.repo(token, dataset, "datasets").tasks:
            raise Answered(404, says="This dataset has no leaderboard")
        rows = []
        for repo in self.repos.values():
            card = self.at(repo, _MAIN).files.get("README.md")
            if repo.kind != "models" or repo.private or (not derived and card and declares_base(card.data)):
                continue
            for each in self.results(repo):
                if "data" in each and each["data"]["dataset"]["id"] == dataset:
                    rows.append((each["data"]["value"], repo, each))
        rows.sort(key=lambda row: (-row[0], row[1].name))
        return [
            {"rank": place, "modelId": repo.name, "value": value, "filename": each["filename"], "verified": False,
             "source": each["data"].get("source"), "pullRequest": each.get("pullRequest"),
             "author": {"type": "user", "name": repo.owner, "fullname": "", "avatarUrl": "", "isPro": False},
             "notes": each["data"].get("notes")}
            for place, (value, repo, each) in enumerate(rows, 1)
        ]  # fmt: skip


def is_large(path: str, size: int) -> bool:
    """Whether a file's content lies beside git."""
    return size > 0 and (bool(_LARGE.search(path)) or size >= _LARGE_FROM)


def _is_in(user: User, name: str) -> bool:
    return name.partition("/")[0] in (user.name, *user.orgs)


def _is_of(user: User, name: str) -> bool:
    return user.role == "write" and _is_in(user, name)


def _add(repo: Repo, commit: Commit) -> Commit:
    """A commit under a name of its own: the same change made twice is two."""
    told = repr((repo.name, len(repo.commits), commit.title, commit.text, commit.parent, sorted(commit.files)))
    oid = hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest()
    made = Commit(oid, commit.title, commit.text, commit.author, dict(commit.files), commit.parent)
    repo.commits[oid] = made
    return made
