"""A hub in memory, behind the same port: what it answers is what the real one would, without a wire in between."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sentinel.outside.hub import base
from sentinel.outside.hub.change import KEPT, Change, Receipt, carries, checked_repo
from sentinel.outside.hub.faults import Answered, fault_of, later, nobody, open_to_all, too_large
from sentinel.outside.hub.port import Rank, Remote, Result, Tell, Who
from sentinel.outside.hub.shown import results_of
from sentinel.outside.hub.world import Blob, Commit, Repo, Request, User, World, is_large

TOKEN = "fake"  # noqa: S105 - of nobody


@dataclass(frozen=True, slots=True)
class Lost:
    """In a script: it is done, and the answer never comes."""

    error: Exception


class FakeHub:
    """Acts on a world. `script` says what becomes of the next commits: an exception to raise before, Lost, or None."""

    def __init__(
        self,
        models: Mapping[tuple[str, str], Mapping[str, bytes]] | None = None,
        offline: bool = False,
        *,
        world: World | None = None,
        token: str | None = TOKEN,
        script: Iterable[Exception | Lost | None] = (),
    ) -> None:
        self.world = world or World(users={TOKEN: User("acme")})
        self.script = deque(script)
        self._token, self._offline = token, offline
        for (repo, revision), files in (models or {}).items():
            self.world.put(repo, files, revision=revision)

    def fetch(self, repo: str, revision: str, into: Path) -> None:
        """Put down what was given for it."""
        if self._offline:
            raise base.unreachable(repo, OSError("offline"))
        try:
            held = self.world.repo(self._token, repo)
        except Answered:
            raise base.unknown(repo) from None
        try:
            files = self.world.at(held, revision).files
        except Answered:
            raise base.unknown_revision(repo, revision) from None
        into.mkdir(parents=True, exist_ok=True)
        for name, blob in files.items():
            if base.is_wanted(name):
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                (into / name).write_bytes(blob.data)

    def who(self) -> Who:
        """Whose token it is."""
        user = self._user("hub")
        return Who(user.name, {"read": False, "write": True}.get(user.role))

    def head(self, repo: str) -> str | None:
        """Where its main branch stands."""
        self._reach(repo)
        try:
            return self.world.at(self.world.repo(self._token, checked_repo(repo)), "main").oid
        except Answered as error:
            if error.status != 404:
                raise fault_of(error, repo) from None
            return None

    def is_private(self, repo: str) -> bool:
        """As it was made."""
        return self._repo(repo).private

    def done(self, repo: str, key: str, request: bool) -> Receipt | None:
        """Look for the key."""
        self._reach(repo)
        try:
            held = self.world.repo(self._token, checked_repo(repo))
        except Answered as error:
            if error.status == 404:
                return None
            raise fault_of(error, repo) from None
        found = self._requests(held, key) if request else self._commits(held, key)
        return found[0] if found else None

    def commit(self, change: Change, tell: Tell = lambda _: None) -> Receipt:
        """Look, then act, as the script says."""
        fate = self.script.popleft() if self.script else None
        if isinstance(fate, Exception):
            raise fate
        try:
            made = self._commit(change, tell)
        except Answered as error:
            raise fault_of(error, change.repo) from None
        if isinstance(fate, Lost):
            raise fate.error
        return made

    def files(self, repo: str, revision: str) -> Mapping[str, Remote]:
        """The tree."""
        return {path: _remote(blob) for path, blob in self._at(repo, revision).files.items()}

    def read(self, repo: str, revision: str, path: str, most: int) -> bytes:
        """One file's content."""
        found = self._at(repo, revision).files.get(path)
        if found is None:
            raise fault_of(Answered(404, "EntryNotFound"), repo)
        if len(found.data) > most:
            raise too_large(repo, most)
        return found.data

    def results(self, repo: str) -> list[Result]:
        """As the hub would show them."""
        return results_of(self.world.results(self._repo(repo)))

    def ranks(self, dataset: str, derived: bool) -> list[Rank]:
        """As the hub would rank them."""
        self._reach(dataset)
        try:
            rows = self.world.ranks(self._token, checked_repo(dataset), derived)
        except Answered as error:
            raise fault_of(error, dataset) from None
        return [
            Rank(row["rank"], row["modelId"], row["value"], row["filename"], False, row["pullRequest"],
                 row["notes"] or "") for row in rows
        ]  # fmt: skip

    def _commit(self, change: Change, tell: Tell) -> Receipt:
        self._user(change.repo)
        try:
            held = self.world.repo(self._token, change.repo)
        except Answered as error:
            if not (change.create and error.status == 404):
                raise
            held = self.world.create(self._token, change.repo, change.private)
        if change.create and change.private and not held.private:
            raise open_to_all(change.repo)
        if found := (self._requests(held, change.key) if change.request else self._commits(held, change.key)):
            return found[0]
        before = self.world.at(held, "main")
        if change.parent not in (None, before.oid):
            raise later("moved", "the repository was changed since it was looked at.", change.repo)
        files = {path: _blob(path, each) for path, each in change.files.items()}
        gone = set(before.files) - set(files) - {KEPT} if change.only else set()
        if not gone and all(before.files.get(path) == blob for path, blob in files.items()):
            return Receipt(change.repo, before.oid, _url(change.repo, before.oid), None, True)
        tell(f"commits {len(files)} files")
        made = self.world.commit(self._token, change.repo, change.title, change.text, files, gone, before.oid,
                                 change.request)  # fmt: skip
        return _receipt(change.repo, made, False)

    def _commits(self, held: Repo, key: str) -> list[Receipt]:
        told = self.world.history(held, "main")
        return [_receipt(held.name, each, True) for each in told if carries(each.text, key)]

    def _requests(self, held: Repo, key: str) -> list[Receipt]:
        name = self._user(held.name).name
        return [_receipt(held.name, each, True) for each in held.requests
                if each.author == name and carries(each.text, key)]  # fmt: skip

    def _user(self, repo: str) -> User:
        self._reach(repo)
        try:
            user = self.world.who(self._token)
        except Answered as error:
            raise fault_of(error, repo) from None
        if user is None:
            raise nobody()
        return user

    def _reach(self, repo: str) -> None:
        if self._offline:
            raise later("offline", "the hub cannot be reached.", repo)

    def _repo(self, repo: str) -> Repo:
        self._reach(repo)
        try:
            return self.world.repo(self._token, checked_repo(repo))
        except Answered as error:
            raise fault_of(error, repo) from None

    def _at(self, repo: str, revision: str) -> Commit:
        try:
            return self.world.at(self._repo(repo), revision)
        except Answered as error:
            raise fault_of(error, repo) from None


def _receipt(repo: str, made: Commit | Request, was_there: bool) -> Receipt:
    if isinstance(made, Commit):
        return Receipt(repo, made.oid, _url(repo, made.oid), None, was_there)
    url = f"fake:{repo}/discussions/{made.number}"
    return Receipt(repo, made.commit, url, made.number, was_there, made.state)


def _url(repo: str, oid: str) -> str:
    return f"fake:{repo}/commit/{oid}"


def _blob(path: str, held: Path | bytes) -> Blob:
    data = held if isinstance(held, bytes) else held.read_bytes()
    return Blob(data, is_large(path, len(data)))


def _remote(blob: Blob) -> Remote:
    return Remote(len(blob.data), blob.oid, blob.sha256 if blob.large else None)
