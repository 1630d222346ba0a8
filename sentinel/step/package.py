"""Package: a model becomes a bundle, in the form that a target takes."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from sentinel.contract.at import At
from sentinel.contract.kinds import Bundle, Dataset, Model
from sentinel.contract.registry import step
from sentinel.contract.scalars import Whole
from sentinel.domain.digest import Json
from sentinel.domain.needs import Needs
from sentinel.domain.refusal import refuse
from sentinel.step.compared_texts import texts_to_compare

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None})
"""What a full disk is called. numpy, where it cannot write all of a tensor, names no number at all."""


@step("package", reads=("line",), needs=Needs(memory=4 * 2**30), preload=("torch", "transformers"),
      distributions=("gguf", "safetensors", "torch", "transformers"))  # fmt: skip
def package(
    at: At, model: Model, texts: Dataset | None, *, target: Literal["vllm", "llama.cpp", "mobile"] | None = None,
    format: Literal["huggingface", "gguf"] | None = None,
    weights: Literal["as-is", "f16", "bf16", "q8_0", "q4_0"] | None = None,
    compare: Annotated[Whole, Field(ge=10, le=10_000)] = 100,
) -> Bundle:  # fmt: skip
    """Packs a model with a manifest of every file: as `huggingface` or `gguf`, for a `target` whose wants are checked.

    Without `format` and `weights`, they are what the target takes best. With `texts` bound, what the packed weights
    say is compared with the model on `compare` rows of the gate's side, and kept for the check `parity`.
    """
    from sentinel.model.bundle import seal
    from sentinel.model.pack import facts_of, pack
    from sentinel.model.target import TARGETS, faults_for

    wanted = TARGETS[target] if target is not None else None
    form: str = format or (wanted.format if wanted is not None else "huggingface")
    kept = _weights(at, form, weights or (wanted.default if wanted and wanted.format == form else None))
    folder = at.out / "bundle"
    try:
        pack(model.path, folder, form, kept, f"sentinel-{model.digest[:12]}", _telling(at, "tensors"))
        facts = facts_of(folder, form, kept)
        needed = (((at.reads or {}).get("line") or {}).get("contract") or {}).get("max_tokens") or 1
        faults = faults_for(wanted, facts, needed) if wanted is not None else []
        if faults:
            raise refuse("E-target", " ".join(faults), where=at.step, todo="Choose another target, or another model.")
        told = _told(model, target, facts.format, facts.weights)
        seal(folder, told)
        if texts is not None:
            _compare(at, model, folder, texts, compare)
            seal(folder, told)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if error.errno not in _NO_ROOM:
            raise
        raise refuse("E-full", f"there is no room for the bundle ({error.strerror or error}).", where=at.step,
                     todo="Free some space and retry the run; nothing of it was kept.") from error  # fmt: skip
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    at.say(f"{facts.format}, {facts.weights}, {facts.size} bytes of weights{f', for {target}' if target else ''}")
    return Bundle.made(folder)


def _weights(at: At, format: str, asked: str | None) -> str:
    from sentinel.model.pack import WEIGHTS

    known = WEIGHTS[format]
    if asked is None:
        return known[0]
    if asked not in known:
        raise refuse("E-package-weights", f"{format} does not keep weights as {asked}.", where=at.step,
                     todo=f"Ask for {', '.join(known[:-1])} or {known[-1]}.")  # fmt: skip
    return asked


def _told(model: Model, target: str | None, format: str, weights: str) -> dict[str, Json]:
    from importlib.metadata import version

    import sentinel
    from sentinel.domain.form import to_json
    from sentinel.model.base import task_of

    tools = ("gguf", "safetensors", "torch", "transformers")
    task = task_of(model.path)
    return {
        "format": format, "target": target, "weights": weights, "model": model.digest,
        "task": to_json(task) if task is not None else None,
        "made_by": {"sentinel": sentinel.__version__, **{name: version(name) for name in tools}},
    }  # fmt: skip


def _compare(at: At, model: Model, folder: Path, texts: Dataset, most: int) -> None:
    """Measure how far the packed weights say other things, and lay it beside them."""
    import json

    from sentinel.model.bundle import PARITY
    from sentinel.model.parity import apart, told_of
    from sentinel.model.unpack import unpack

    said = texts_to_compare(at, texts, most)
    if not said:
        return
    aside = at.folder / "unpacked"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        found = apart(model.path, unpack(folder, aside), said, _telling(at, "texts"))
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    told = told_of(found, model.digest, texts.digest)
    (folder / PARITY).write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _telling(at: At, what: str) -> Callable[[int, int], None]:
    return lambda done, total: at.progress(done, total, of=what)
