"""Fold: what adapters have learned goes into the weights of the base that they were trained on."""

import errno
import json
from typing import Annotated

from pydantic import Field

from sentinel.contract.at import At
from sentinel.contract.kinds import Adapter, Dataset, Model
from sentinel.contract.registry import step
from sentinel.contract.scalars import Number, Whole
from sentinel.domain.needs import Needs
from sentinel.domain.refusal import refuse
from sentinel.step.compared_texts import texts_to_compare

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
PARITY = "fold-parity.json"


@step("fold", makes="version", needs=Needs(cpus=2, memory=4 * 2**30), preload=("torch",),
      distributions=("peft", "torch", "transformers"))  # fmt: skip
def fold(
    at: At, base: Model, adapters: list[Adapter], texts: Dataset | None, *, weights: list[Number] | None = None,
    compare: Annotated[Whole, Field(ge=10, le=10_000)] = 100,
) -> Model:  # fmt: skip
    """Folds LoRA, rsLoRA and DoRA adapters into the base that they were trained on, one after another.

    Each has weight 1, or its own of `weights`, in the order of the adapters; DoRA, and modules that an adapter saved
    whole, are folded at weight 1 only. The bits are those of peft's merge in 32 bits, kept as the base keeps them; no
    more than a few rows are in memory at once. With `texts` bound, what the model says is compared with base and
    adapters on `compare` rows of the gate's side, and kept for the check `fold_parity`: for that, both are loaded.
    """
    from sentinel.model.fold.fold import Folding
    from sentinel.model.fold.fold import fold as folded

    told = _weights(at, adapters, weights)
    what = Folding((base.path, base.digest), tuple((each.path, each.digest) for each in adapters), tuple(told))
    try:
        folder = folded(what, at.out / "model", at)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise refuse("E-full", f"there is no room for the folded model ({error.strerror}).", where=at.step,
                     todo="Free some space and retry the run; nothing of it was kept.") from error  # fmt: skip
    at.say(f"{len(adapters)} adapter{'s' if len(adapters) > 1 else ''} folded into {base.digest[:12]}")
    made = Model.made(folder)
    if texts is not None and (said := texts_to_compare(at, texts, compare)):
        _compare(at, base, adapters, told, made, said, texts.digest)
    return made


def _weights(at: At, adapters: list[Adapter], weights: list[float] | None) -> list[float]:
    told = weights if weights is not None else [1.0] * len(adapters)
    if len(told) != len(adapters):
        raise refuse("E-fold-weights", f"there are {len(adapters)} adapters and {len(told)} weights.", where=at.step,
                     todo="Give as many weights as there are adapters, in their order.")  # fmt: skip
    if not all(told):
        raise refuse("E-fold-weights", "an adapter of weight 0 is not folded.", where=at.step,
                     todo="Leave it out, or give it another weight.")  # fmt: skip
    return told


def _compare(at: At, base: Model, adapters: list[Adapter], weights: list[float], made: Model, said: list[str],
             data: str) -> None:  # fmt: skip
    """Measure how far the folded weights say other things than base and adapters, and lay it beside them."""
    from sentinel.model.base import load
    from sentinel.model.parity import between, told_of
    from sentinel.model.score.loaded import adapted

    mine, words = load(base.path)
    mine = adapted(mine, [each.path for each in adapters], weights).eval()
    theirs, _ = load(made.path)
    found = between(mine, theirs, words, said, at.step, lambda done, total: at.progress(done, total, of="texts"))
    told = told_of(found, base.digest, data)
    (made.path / PARITY).write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")
