"""The loss over what is learned, and nothing else: not prompts, not padding, not logits that nobody asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sentinel.model.batches import NOTHING


def summed(model: Any, held: dict[str, Any], smoothing: float = 0.0) -> Any:
    """The sum of the loss over all targets of a batch, in 32 bits."""
    return _loss(model, held, "sum", smoothing)


def each(model: Any, held: dict[str, Any]) -> Any:
    """The loss of each target of a batch."""
    return _loss(model, held, "none", 0.0)


def distilled(model: Any, teacher: Any, held: dict[str, Any], share: float, smoothing: float = 0.0) -> Any:
    """The sum of which a share is how far the model is from what its teacher would say at each of these places."""
    import torch
    from torch.nn.functional import cross_entropy, kl_div, log_softmax

    logits = _logits(model, held)
    with torch.no_grad():
        wanted = log_softmax(_logits(teacher, held), dim=-1)
    away = kl_div(log_softmax(logits, dim=-1), wanted, reduction="sum", log_target=True)
    plain = cross_entropy(logits, _chosen(held), reduction="sum", label_smoothing=smoothing)
    return share * away + (1 - share) * plain


@contextmanager
def only(model: Any, there: Any) -> Iterator[None]:
    """Let the model make logits at these places alone: at a large vocabulary they cost as much as a few layers."""
    bare = getattr(model, "module", model)
    hook = bare.get_output_embeddings().register_forward_pre_hook(lambda _, given: (given[0][there], *given[1:]))
    try:
        yield
    finally:
        hook.remove()


def _loss(model: Any, held: dict[str, Any], reduction: str, smoothing: float) -> Any:
    from torch.nn.functional import cross_entropy

    return cross_entropy(_logits(model, held), _chosen(held), reduction=reduction, label_smoothing=smoothing)


def _logits(model: Any, held: dict[str, Any]) -> Any:
    """What a model says at each place where something is learned, in 32 bits."""
    with only(model, held["targets"] != NOTHING):
        inputs = {name: held[name] for name in ("input_ids", "position_ids") if name in held}
        logits = model(**inputs, use_cache=False).logits
    return logits.float().view(-1, logits.shape[-1])


def _chosen(held: dict[str, Any]) -> Any:
    return held["targets"][held["targets"] != NOTHING]
