"""A base model from the hub: weights as safetensors and what describes them, nothing else."""

from fnmatch import fnmatch
from pathlib import Path

from sentinel.domain.refusal import Refused, refuse

WANTED = ("*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json", "tokenizer*",
          "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "*.model",
          "chat_template.jinja", "chat_template.json")  # fmt: skip
"""The files of a model that are taken: what may hold code or pickles is never asked for."""
_NOT_OURS = (401, 403)


def is_wanted(name: str) -> bool:
    """Whether a file is taken along."""
    return any(fnmatch(name, pattern) for pattern in WANTED)


def download(endpoint: str | None, token: str | None, repo: str, revision: str, into: Path) -> None:
    """Download it; a broken-off download goes on where it was, as long as the folder is kept."""
    from huggingface_hub import errors, snapshot_download

    try:
        snapshot_download(
            repo, revision=revision, local_dir=into, allow_patterns=list(WANTED), token=token or False,
            endpoint=endpoint,
        )  # fmt: skip
    except errors.RevisionNotFoundError:
        raise unknown_revision(repo, revision) from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        raise unknown(repo) from None
    except (errors.LocalEntryNotFoundError, errors.HfHubHTTPError, OSError) as error:
        raise (unknown(repo) if _status(error) in _NOT_OURS else unreachable(repo, error)) from None
    _tidied(into)


def unknown(repo: str) -> Refused:
    """There is none for us."""
    return refuse("E-hub-unknown", f"the hub has no model {repo}, or not for this token.", where="base",
                  todo="Correct `base:` in sentinel.yaml, or name a token under `hub:`.")  # fmt: skip


def unknown_revision(repo: str, revision: str) -> Refused:
    """It has never been so."""
    return refuse("E-hub-revision", f"{repo} has no revision {revision} on the hub.", where="base",
                  todo="Name a commit of it under `revision:`.")  # fmt: skip


def unreachable(repo: str, error: Exception) -> Refused:
    """The way is broken."""
    gist = " ".join(str(error).split())[:120] or type(error).__name__
    return refuse("E-hub-offline", f"the hub cannot be reached for {repo}: {gist}.", where="base",
                  todo="Try again when it can, or download it and say `base: {file: FOLDER}`.")  # fmt: skip


def _status(error: BaseException | None) -> int | None:
    """What the hub answered, which the client wraps into what it then did not find here."""
    while error is not None:
        if (answer := getattr(error, "response", None)) is not None:
            return int(answer.status_code)
        error = error.__cause__
    return None


def _tidied(folder: Path) -> None:
    """Without what the client notes down of a download."""
    import shutil

    shutil.rmtree(folder / ".cache", ignore_errors=True)
