"""Publish: what is to be put on the Hub, with its card; it is sent once the step has ended."""

import json
from pathlib import Path, PurePosixPath

from sentinel.contract.at import At
from sentinel.contract.kinds import Adapter, Bundle, Card, Kind, Model, Submission
from sentinel.contract.registry import step
from sentinel.contract.scalars import Flag, Text
from sentinel.contract.submission import RECORD, FileTold, Told, write_submission
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused, refuse
from sentinel.domain.sending import PUBLISH
from sentinel.step.board import has_board, is_ours, repository

TAKEN = frozenset({".safetensors", ".json", ".jinja", ".txt", ".model", ".gguf", ".md", ".jsonl", ".parquet"})
"""What a file that is published may be called: what may hold code or a pickle is never put anywhere."""
_README, _CARD = "README.md", "card.json"
_RELATIONS = {"Adapter": "adapter", "Bundle": "quantized"}


@step("publish", reads=("line", "board"))
def publish(
    at: At, model: Model, card: Card, bundle: Bundle | None, adapter: Adapter | None, *, repo: Text | None = None,
    public: Flag = False,
) -> Submission | None:  # fmt: skip
    """Puts a model with its card on the Hub: the model itself, or with `bundle` or `adapter` the form it has there.

    The repository is OWNER/LINE unless `repo` names another of the owner's; it is private unless `public` is said, and
    everything in it is replaced. The card must be about this model and declare its licence and its base. The step ends
    with what is to be sent; the outbox sends it, as long as it takes, and never twice. Where sentinel.yaml names no
    hub, nothing is sent.
    """
    if not has_board(at):
        return None
    if bundle is not None and adapter is not None:
        raise refuse("E-publish-form", "a bundle and an adapter are bound, and one repository holds one of them.",
                     where=at.step, todo="Publish each by a step of its own, with `repo:`.")  # fmt: skip
    name = repository(at, repo)
    if not is_ours(at, name):
        raise refuse("E-publish-owner", f"{name} is another's, and everything in it would be replaced.", where=at.step,
                     todo="Name a repository of the owner that `hub:` in sentinel.yaml names.")  # fmt: skip
    told = _card(at, card, model)
    sent: Kind = bundle or adapter or model
    kind = type(sent).__name__
    _is_of(at, sent, model)
    files = _files(at, sent)
    line = ((at.reads or {}).get("line") or {}).get("name")
    record = {
        "version": 1, "line": line, "model": model.digest, "kind": kind,
        "artifact": sent.digest, "card": card.digest,
    }  # fmt: skip
    small = {
        _README: _page(card.path, kind, told), _CARD: (card.path / _CARD).read_bytes(),
        RECORD: (json.dumps(record, indent=2, sort_keys=True) + "\n").encode(),
    }  # fmt: skip
    title = f"Publish {line or 'model'} {model.digest[:12]}"
    submission = Told(PUBLISH, name, title, model.digest, line, private=not public, of=sent.digest,
                      files={path: held for path, held in files.items() if path not in small})  # fmt: skip
    size = sum(each.size for each in submission.files.values())
    at.say(f"{len(files)} files, {size:,} bytes, are to go to {name}, {'open to all' if public else 'private'}")
    return Submission.made(write_submission(at.out / "submission", submission, small))


def _card(at: At, card: Card, model: Model) -> Json:
    """What the card says. Refused where it is about another model, or leaves out what the Hub's readers need."""
    try:
        told = json.loads((card.path / _CARD).read_bytes())
        about, licence = told["model"], told.get("licence")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise refuse("E-publish-card", f"the card cannot be read: {type(error).__name__}.", where=at.step,
                     todo="Bind what the step `card` gives.") from error  # fmt: skip
    if about != model.digest:
        raise refuse("E-card-subject", f"the card is about {str(about)[:12]}, and not about {model.digest[:12]}.",
                     where=at.step, todo="Bind the card of the model that is published.")  # fmt: skip
    if not licence:
        raise refuse("E-publish-licence", "the card declares no licence.", where=at.step,
                     todo="Say `licence:` at the step `card`, as the Hub writes it, like apache-2.0.")  # fmt: skip
    if told.get("base") is None and not _is_from_nothing(model):
        raise refuse("E-publish-base", "the card does not say what the model was made from.", where=at.step,
                     todo="Give the line its `base:` in sentinel.yaml.")  # fmt: skip
    return told


def _is_from_nothing(model: Model) -> bool:
    from sentinel.model.base import TRAINING

    return (model.path / TRAINING).is_file()


def _is_of(at: At, sent: Kind, model: Model) -> None:
    if isinstance(sent, Bundle):
        from sentinel.model.bundle import opened

        of = opened(sent.path)["model"]
        if of != model.digest:
            raise refuse("E-bundle-model", f"the bundle is of {str(of)[:12]}, and not of {model.digest[:12]}.",
                         where=at.step, todo="Bind the bundle of this model.")  # fmt: skip


def _files(at: At, sent: Kind) -> dict[str, FileTold]:
    from sentinel.store import Store

    entries = Store(Path(at.told.store)).manifest(sent.digest)
    odd = sorted(each.path for each in entries if PurePosixPath(each.path).suffix not in TAKEN)
    if odd:
        raise refuse("E-publish-file", f"{odd[0]} is of a sort that is not published: it may hold code.",
                     where=at.step, todo="Import or forge the model anew, as safetensors.")  # fmt: skip
    return {each.path: FileTold(each.size, each.sha256) for each in entries}


def _page(card: Path, kind: str, told: Json) -> bytes:
    """The card's page; of an adapter or packed weights, how it stands to its base is declared as well.

    What the Hub reads is the page alone, so that it has to declare what the card says.
    """
    from sentinel.outside.hub.scores import front_of

    try:
        page = (card / _README).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _no_page(f"cannot be read: {type(error).__name__}") from error
    front, base = front_of(page.encode()), told.get("base")
    hub = base.get("hub") if isinstance(base, dict) else None
    if front.get("license") != told["licence"]:
        raise _no_page("does not declare the licence that the card has")
    if hub and front.get("base_model") != hub:
        raise _no_page("does not declare the base that the card has")
    relation = _RELATIONS.get(kind)
    if relation is None or not hub or "base_model_relation" in front:
        return page.encode()
    return page.replace("---\n", f'---\nbase_model_relation: "{relation}"\n', 1).encode()


def _no_page(why: str) -> Refused:
    return refuse("E-publish-card", f"the card's page {why}.", where=_README, todo="Bind what the step `card` gives.")
