"""Models on the hub: the files of one at a revision, weights as safetensors and what describes them, nothing else."""

import os
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Protocol

from sentinel.domain.refusal import Refused, refuse

WANTED = ("*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json", "tokenizer*",
          "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "*.model",
          "chat_template.jinja", "chat_template.json")  # fmt: skip
"""The files of a model that are taken: what may hold code or pickles is never asked for."""


class Hub(Protocol):
    """Where models are had from."""

    def fetch(self, repo: str, revision: str, into: Path) -> None:
        """Put the wanted files of a repository at a revision into a folder. Refused where that cannot be."""


class RealHub:
    """The hub at HF_ENDPOINT, asked as whoever the token is of."""

    def __init__(self, token: str | None = None, endpoint: str | None = None) -> None:
        self._token = token
        self._endpoint = endpoint or os.environ.get("HF_ENDPOINT") or None

    def fetch(self, repo: str, revision: str, into: Path) -> None:
        """Download it; a broken-off download goes on where it was, as long as the folder is kept."""
        try:
            from huggingface_hub import errors, snapshot_download
        except ImportError:
            raise refuse("E-hub-extra", "a base on the hub needs huggingface_hub.", where=repo,
                         todo="Install it where steps run: `pip install 'sentinel[models]'`.") from None  # fmt: skip
        try:
            snapshot_download(
                repo, revision=revision, local_dir=into, allow_patterns=list(WANTED), token=self._token or False,
                endpoint=self._endpoint,
            )  # fmt: skip
        except errors.RevisionNotFoundError:
            raise _unknown_revision(repo, revision) from None
        except (errors.RepositoryNotFoundError, errors.HFValidationError):
            raise _unknown(repo) from None
        except (errors.LocalEntryNotFoundError, errors.HfHubHTTPError, OSError) as error:
            raise _unreachable(repo, error) from None
        _tidied(into)


class FakeHub:
    """Models by repository and revision, as files."""

    def __init__(self, models: Mapping[tuple[str, str], Mapping[str, bytes]], offline: bool = False) -> None:
        self._models, self._offline = models, offline

    def fetch(self, repo: str, revision: str, into: Path) -> None:
        """Put down what was given for it."""
        if self._offline:
            raise _unreachable(repo, OSError("offline"))
        if repo not in {name for name, _ in self._models}:
            raise _unknown(repo)
        if (repo, revision) not in self._models:
            raise _unknown_revision(repo, revision)
        into.mkdir(parents=True, exist_ok=True)
        for name, data in self._models[repo, revision].items():
            if any(fnmatch(name, pattern) for pattern in WANTED):
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                (into / name).write_bytes(data)


def _tidied(folder: Path) -> None:
    """Without what the client notes down of a download."""
    import shutil

    shutil.rmtree(folder / ".cache", ignore_errors=True)


def _unknown(repo: str) -> Refused:
    return refuse("E-hub-unknown", f"the hub has no model {repo}, or not for this token.", where="base",
                  todo="Correct `base:` in sentinel.yaml, or name a token under `hub:`.")  # fmt: skip


def _unknown_revision(repo: str, revision: str) -> Refused:
    return refuse("E-hub-revision", f"{repo} has no revision {revision} on the hub.", where="base",
                  todo="Name a commit of it under `revision:`.")  # fmt: skip


def _unreachable(repo: str, error: Exception) -> Refused:
    gist = " ".join(str(error).split())[:120] or type(error).__name__
    return refuse("E-hub-offline", f"the hub cannot be reached for {repo}: {gist}.", where="base",
                  todo="Try again when it can, or download it and say `base: {file: FOLDER}`.")  # fmt: skip
