"""The loss over what is learned, and nothing else: not prompts, not padding, not logits that nobody asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sentinel.model.batches import NOTHING


def summed(model: Any, held: dict[str, Any], smoothing: float = 0.0) -> Any:
    """The sum of the loss over all targets of a batch, in 32 bits."""
    from torch.nn.functional import cross_entropy

    targets = held["targets"]
    there = targets != NOTHING
    chosen = targets[there]
    with only(model, there):
        inputs = {name: held[name] for name in ("input_ids", "position_ids") if name in held}
        logits = model(**inputs, use_cache=False).logits
    return cross_entropy(logits.float().view(-1, logits.shape[-1]), chosen, reduction="sum", label_smoothing=smoothing)


@contextmanager
def only(model: Any, there: Any) -> Iterator[None]:
    """Let the model make logits at these places alone: at a large vocabulary they cost as much as a few layers."""
    bare = getattr(model, "module", model)
    hook = bare.get_output_embeddings().register_forward_pre_hook(lambda _, given: (given[0][there], *given[1:]))
    try:
        yield
    finally:
        hook.remove()
