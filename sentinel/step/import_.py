"""Import: a model that comes from outside, taken in once it is known to be data and nothing else."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from sentinel.contract.at import At
from sentinel.contract.kinds import Model
from sentinel.contract.registry import step
from sentinel.contract.scalars import Text
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.store import Entry, Store

WEIGHTS = (".safetensors", ".gguf")
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".h5", ".keras", ".msgpack")
CODE = (".py", ".pyc", ".so", ".dll", ".sh")
MOST = 8
LARGEST_CONFIG = 2**20
REMOTE_CODE = "auto_map"
"""The key of a configuration by which transformers would load code that comes with a model."""


@step("import", makes="version", reads=("world",))
def import_(at: At, model: Model | None, *, path: Text | None = None) -> Model:
    """Takes a model in as a version: a folder, by its `path`, or what a program has made, on the port `model`. It is
    safetensors or GGUF and its config.json, with no pickles and no code.
    """
    if (model is None) == (path is None):
        raise refuse("E-import-which", "a model is taken in from a folder or from a port, and from one of them.",
                     where=at.step, todo="Write `with: {path: FOLDER}`, or bind `model`.")  # fmt: skip
    return taken_in(at, path) if path is not None else _passed_on(at, model)


def taken_in(at: At, path: str) -> Model:
    """The model of a folder, in the store. Refused where it may be more than data."""
    source = at.workspace / path
    if source.is_symlink() or not source.is_dir():
        raise refuse("E-import-folder", "there is no folder of a model there.", where=path,
                     todo="Give the folder that holds its config.json.")  # fmt: skip
    # twice: before the bytes are copied, to refuse soon; and after, what was really copied
    _look(path, (each.relative_to(source).as_posix() for each in source.rglob("*") if not each.is_dir()))
    store = Store(Path(at.told.store))
    digest = store.put(source).digest
    entries = store.manifest(digest)
    _look(path, (each.path for each in entries))
    return _plain(at, store, digest, entries)


def fetched(at: At, name: str, folder: Path) -> Model:
    """A model that was fetched into a folder of the attempt, in the store. Refused where it may be more than data."""
    store = Store(Path(at.told.store))
    digest = store.put(folder, move=True).digest
    entries = store.manifest(digest)
    _look(name, (each.path for each in entries))
    return _plain(at, store, digest, entries)


def _plain(at: At, store: Store, digest: str, entries: Sequence[Entry]) -> Model:
    """The model as it is in the store, or a copy of it without what would load code."""
    plain = {each.path: text for each in entries if (text := _disarmed(store, digest, each)) is not None}
    if not plain:
        return Model(digest, store.path(digest))
    copy = at.out / "model"
    store.materialise(digest, copy)
    for name, text in plain.items():
        at.say(f"{REMOTE_CODE} was taken out of {name}: code that comes with a model is never run")
        (copy / name).write_text(text, encoding="utf-8")
    return Model.made(copy)


def _passed_on(at: At, model: Model | None) -> Model:
    """A model that a step of this run has made, once it is known to be data and nothing else."""
    if model is None:
        raise ValueError("there is no model")
    store = Store(Path(at.told.store))
    entries = store.manifest(model.digest)
    _look(model.digest[:12], (each.path for each in entries))
    return _plain(at, store, model.digest, entries)


def _look(path: str, names: Iterable[str]) -> None:
    """Refuse a model for the names of its files, for all reasons at once."""
    found = sorted(names)
    wrong = [f"{name} is a pickle, or may hold one" for name in found if name.lower().endswith(PICKLES)]
    wrong += [f"{name} is code" for name in found if name.lower().endswith(CODE)]
    if "config.json" not in found:
        wrong.append("there is no config.json")
    if not any(name.lower().endswith(WEIGHTS) for name in found):
        wrong.append("there are no weights as .safetensors or .gguf")
    if wrong:
        more = f"; and {len(wrong) - MOST} more" if len(wrong) > MOST else ""
        raise refuse("E-import-form", f"this model is not taken in: {'; '.join(wrong[:MOST])}{more}.", where=path,
                     todo="Save it as safetensors, and leave out all but weights and configuration.")  # fmt: skip


def _disarmed(store: Store, digest: str, entry: Entry) -> str | None:
    """A configuration without what would load code; None for a file that holds nothing of the kind."""
    if not entry.path.endswith(".json") or entry.size > LARGEST_CONFIG:
        return None
    try:
        config: Json = json.loads(store.read(digest, entry.path))
        plain = _without_code(config)
    except (ValueError, RecursionError):
        return None
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n" if plain != config else None


def _without_code(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_code(held) for key, held in value.items() if key != REMOTE_CODE}
    return [_without_code(each) for each in value] if isinstance(value, list) else value
