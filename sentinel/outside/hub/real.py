"""The hub at HF_ENDPOINT, over its own client, asked as whoever the token is of."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sentinel.domain.refusal import refuse
from sentinel.outside.address import names_this_machine
from sentinel.outside.hub import base
from sentinel.outside.hub.change import KEPT, Change, Receipt, carries, checked_repo
from sentinel.outside.hub.faults import Answered, Later, fault_of, later, nobody, open_to_all, too_large
from sentinel.outside.hub.port import Rank, Remote, Result, Tell, Who
from sentinel.outside.hub.shown import ranks_of, results_of, who_of

_HUB = "https://huggingface.co"
_LOOKS = 4
"""Times that others may change a repository between our look and our commit, one after the other."""
_AT_ONCE = 4
"""Files that are uploaded side by side; what stands there is not sent again if the rest breaks off."""
_SMALL, _MANY = 2**20, 200
_MOST_FILES = 20_000
_ASKING, _COMMITTING = 120.0, 600.0
"""Seconds, all in all."""


class RealHub:
    """Uploads go as plain files: over Xet the client would send them by a way that is not bounded as its others are."""

    def __init__(
        self,
        token: str | None = None,
        endpoint: str | None = None,
        *,
        patience: float = 60.0,
        pauses: Sequence[float] = (2.0, 8.0),
    ) -> None:
        self._token = token
        self._endpoint = (endpoint or os.environ.get("HF_ENDPOINT") or "").rstrip("/") or None
        self._patience, self._pauses = patience, pauses

    def __repr__(self) -> str:
        return f"RealHub({urlsplit(self._endpoint or _HUB).hostname})"

    def fetch(self, repo: str, revision: str, into: Path) -> None:
        """Download it; a broken-off download goes on where it was, as long as the folder is kept."""
        _needed(repo)
        from sentinel.outside.hub.wire import Bounds, bounded

        with bounded(Bounds(self._endpoint or _HUB, repo, self._patience, own=False)):
            base.download(self._endpoint, self._token, repo, revision, into)

    def who(self) -> Who:
        """Whose token it is."""
        with self._asking("hub", _ASKING) as api:
            return self._who(api)

    def head(self, repo: str) -> str | None:
        """Where its main branch stands."""
        with self._asking(checked_repo(repo), _ASKING) as api:
            try:
                return str(_info(api, repo)["sha"])
            except Answered as error:
                if error.status != 404:
                    raise
                return None

    def is_private(self, repo: str) -> bool:
        """As its page says."""
        with self._asking(checked_repo(repo), _ASKING) as api:
            return _info(api, repo)["private"] is True

    def done(self, repo: str, key: str, request: bool) -> Receipt | None:
        """Look for the key, in the text of commits or of pull requests."""
        with self._asking(checked_repo(repo), _ASKING) as api:
            try:
                found = _requests(api, repo, self._who(api).name, key) if request else _commits(api, repo, key)
            except Answered as error:
                if error.status != 404:
                    raise
                return None  # what is not there carries nothing
            return found[0] if found else None

    def commit(self, change: Change, tell: Tell = lambda _: None) -> Receipt:
        """Make it where it is not yet made: at the very commit at which the key was looked for."""
        if self._token is None:
            raise nobody()
        made: dict[str, Any] = {}
        for _ in range(_LOOKS):
            try:
                return self._request(change, tell, made) if change.request else self._commit(change, tell, made)
            except Later as error:
                if error.refusal.code != "E-hub-moved" or change.parent is not None:
                    raise
                tell("somebody else changed the repository: we look again")
        raise later("moved", "others change the repository all the time.", change.repo)

    def files(self, repo: str, revision: str) -> Mapping[str, Remote]:
        """Its tree."""
        with self._asking(checked_repo(repo), _ASKING) as api:
            return _tree(api, repo, revision)

    def read(self, repo: str, revision: str, path: str, most: int) -> bytes:
        """One file's content."""
        with self._asking(checked_repo(repo), _ASKING, most) as api:
            from huggingface_hub import hf_hub_url

            from sentinel.outside.hub.wire import Overflow

            url = hf_hub_url(repo, path, revision=revision, endpoint=api.endpoint)
            try:
                return bytes(_got(api, url).content)
            except Overflow:
                raise too_large(repo, most) from None

    def results(self, repo: str) -> list[Result]:
        """As raw as they come: the client drops what the hub rejected."""
        with self._asking(checked_repo(repo), _ASKING) as api:
            told = _got(api, f"{api.endpoint}/api/models/{repo}", expand="evalResults").json()
            return results_of(told.get("evalResults"))

    def ranks(self, dataset: str, derived: bool) -> list[Rank]:
        """The leaderboard, without or with what is made from another model."""
        with self._asking(checked_repo(dataset), _ASKING) as api:
            if derived:
                return ranks_of(api.get_dataset_leaderboard(dataset, base_model_only=False))
            return ranks_of(api.get_dataset_leaderboard(dataset))

    def _commit(self, change: Change, tell: Tell, made: dict[str, Any]) -> Receipt:
        with self._asking(change.repo, _ASKING) as api:
            head = self._head(api, change)
            if found := _commits(api, change.repo, change.key, head):
                return found[0]
            _expected(change, head)
            there = _tree(api, change.repo, head) if change.only else {}
        return self._sent(change, head, sorted(set(there) - set(change.files) - {KEPT}), tell, made)

    def _request(self, change: Change, tell: Tell, made: dict[str, Any]) -> Receipt:
        with self._asking(change.repo, _ASKING) as api:
            name = self._who(api).name
            if found := _requests(api, change.repo, name, change.key):
                return self._alone(api, change, found)
            head = self._head(api, change)
            _expected(change, head)
        sent = self._sent(change, head, [], tell, made)
        if sent.was_there:
            return sent
        with self._asking(change.repo, _ASKING) as api:
            # an attempt that was killed may have had its request on the way when we looked
            found = _requests(api, change.repo, name, change.key)
            return self._alone(api, change, found or [sent], sent.request)

    def _head(self, api: Any, change: Change) -> str:
        """The commit that main stands at; the repository is made first where it may be."""
        try:
            told = _info(api, change.repo)
        except Answered as error:
            if not (change.create and error.status == 404):
                raise
            _make(api, change)
            told = _info(api, change.repo)
        if change.create and change.private and told["private"] is not True:
            raise open_to_all(change.repo)
        return str(told["sha"])

    def _sent(self, change: Change, head: str, gone: list[str], tell: Tell, made: dict[str, Any]) -> Receipt:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        adding = []
        for path, held in change.files.items():
            operation = CommitOperationAdd(path, held)
            # a digest of gigabytes is made once, also where others move the repository under us
            operation.upload_info = made.setdefault(path, operation.upload_info)
            adding.append(operation)
        self._upload(change, adding, tell)
        tell(f"commits {len(adding)} files")
        with self._asking(change.repo, _COMMITTING) as api:
            info = api.create_commit(
                change.repo, [*adding, *(CommitOperationDelete(path) for path in gone)], commit_message=change.title,
                commit_description=change.text, revision="main", parent_commit=head, create_pr=change.request or None,
            )  # fmt: skip
            if info.oid == head or (change.request and info.pr_url is None):
                return Receipt(change.repo, info.oid, info.commit_url, None, True)  # no empty commit is made
            if not change.request:
                return Receipt(change.repo, info.oid, info.commit_url, None, False)
            return Receipt(change.repo, info.oid, info.pr_url, info.pr_num, False, "open")

    def _upload(self, change: Change, adding: list[Any], tell: Tell) -> None:
        """Send the large files, some at a time, and again what broke off: it changes nothing that anybody sees."""
        done = 0
        for batch in _batches(adding):
            tell(f"uploads: {done} of {len(adding)} files are there")
            done += len(batch)
            for pause in (*self._pauses, None):
                try:
                    with self._asking(change.repo, None) as api:
                        api.preupload_lfs_files(change.repo, batch, free_memory=False, revision="main",
                                                create_pr=change.request)  # fmt: skip
                    break
                except Later as error:
                    if pause is None or (error.retry_after or 0.0) > pause:
                        raise
                    time.sleep(pause)

    @staticmethod
    def _alone(api: Any, change: Change, found: list[Receipt], ours: int | None = None) -> Receipt:
        """The first of the requests that carry one key; those after it are closed, being the same."""
        first, *more = found
        for each in more:
            if each.state in ("open", "draft"):
                comment = f"The same as #{first.request}, sent twice by accident."
                api.change_discussion_status(change.repo, each.request, "closed", comment=comment)
        return Receipt(first.repo, first.commit, first.url, first.request, first.request != ours, first.state)

    def _who(self, api: Any) -> Who:
        if self._token is None:
            raise nobody()
        return who_of(api.whoami())

    @contextmanager
    def _asking(self, repo: str, within: float | None, most: int | None = None) -> Iterator[Any]:
        """The client, within bounds."""
        _needed(repo)
        endpoint = _checked(self._endpoint or _HUB)
        from huggingface_hub import HfApi

        from sentinel.outside.hub.wire import LARGEST, Bounds, bounded

        until = time.monotonic() + within if within is not None else None
        bounds = Bounds(endpoint, repo, self._patience, self._token, until, LARGEST if most is None else most)
        with bounded(bounds):
            yield HfApi(endpoint, self._token or False)


def _expected(change: Change, head: str) -> None:
    """Nothing is changed where another commit was looked at when its content was made."""
    if change.parent not in (None, head):
        raise later("moved", "the repository was changed since it was looked at.", change.repo)


def _commits(api: Any, repo: str, key: str, head: str | None = None) -> list[Receipt]:
    told = api.list_repo_commits(repo, revision=head or "main")
    if head is not None and (not told or told[0].commit_id != head):
        raise later("answer", "the hub's history does not begin where it says that the repository stands.", repo)
    return [
        Receipt(repo, each.commit_id, f"{api.endpoint}/{repo}/commit/{each.commit_id}", None, True)
        for each in told
        if carries(each.message, key)
    ]


def _requests(api: Any, repo: str, name: str, key: str) -> list[Receipt]:
    """Our pull requests that carry a key, the first one first, whatever became of them."""
    found = []
    for number in sorted(
        each.num for each in api.get_repo_discussions(repo, author=name, discussion_type="pull_request")
    ):
        each = api.get_discussion_details(repo, number)
        said = next((event.content for event in each.events if event.type == "comment"), "")
        if each.is_pull_request and each.author == name and carries(said, key):
            commits = [event.oid for event in each.events if event.type == "commit"]
            found.append(Receipt(repo, commits[-1] if commits else "", each.url, number, True, each.status))
    return found


def _batches(adding: list[Any]) -> Iterator[list[Any]]:
    """Files as they are sent: a few large ones at a time, or many small ones."""
    batch: list[Any] = []
    for each in sorted(adding, key=lambda each: (each.upload_info.size, each.path_in_repo)):
        batch.append(each)
        if len(batch) >= (_AT_ONCE if each.upload_info.size >= _SMALL else _MANY):
            yield batch
            batch = []
    if batch:
        yield batch


def _info(api: Any, repo: str) -> Any:
    return _got(api, f"{api.endpoint}/api/models/{repo}").json()


def _make(api: Any, change: Change) -> None:
    try:
        api.create_repo(change.repo, private=change.private)
    except Answered as error:
        if error.status != 409 or isinstance(fault_of(error, change.repo), Later):
            raise  # 409 alone is that it is there by now


def _tree(api: Any, repo: str, revision: str) -> dict[str, Remote]:
    found = list(islice(api.list_repo_tree(repo, recursive=True, revision=revision), _MOST_FILES))
    files = [each for each in found if hasattr(each, "blob_id")]
    return {each.path: Remote(each.size, each.blob_id, each.lfs.sha256 if each.lfs else None) for each in files}


def _got(api: Any, url: str, **params: str) -> Any:
    from huggingface_hub import get_session

    headers = {"authorization": f"Bearer {api.token}"} if api.token else {}
    return get_session().get(url, headers=headers, params=params)


def _needed(repo: str) -> None:
    try:
        import huggingface_hub  # noqa: F401
    except ImportError:
        raise refuse("E-hub-extra", "whatever asks the hub needs huggingface_hub.", where=repo,
                     todo="Install it where steps run: `pip install 'sentinel[models]'`.") from None  # fmt: skip


def _checked(endpoint: str) -> str:
    """Where the hub is. Refused where a token would go there for all to read."""
    parts = urlsplit(endpoint)
    if parts.scheme == "https" or (parts.scheme == "http" and names_this_machine(parts.hostname or "")):
        return endpoint
    raise refuse("E-hub-address", "the hub's address is not https.", where="HF_ENDPOINT",
                 todo="Write one like https://huggingface.co.")  # fmt: skip
