"""A second device on a machine that has none: its tensors compute on the CPU, and refuse to meet what lies there."""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

DEVICE = "meta"
"""The name that it goes by: that of the one device which every build of torch knows, and where nothing computes."""


class Elsewhere(torch.Tensor):
    """A tensor on the second device, and what it holds."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> "Elsewhere":
        """Put a tensor there."""
        made: Elsewhere = torch.Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            device=DEVICE,
        )  # fmt: skip
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(cls, asked: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        """Do what is asked."""
        return done(asked, given, named or {})


class Beside(TorchDispatchMode):
    """While it lasts there is a second device, and what is moved or made there holds something."""

    def __torch_dispatch__(self, asked: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        """Do what is asked."""
        return done(asked, given, named or {})


def done(asked: Any, given: Any, named: Any) -> Any:
    """Do with what is held what is asked. A number goes anywhere, and so does what is copied on purpose."""
    name, device = asked.name(), named.get("device")
    tensors = [each for each in tree_leaves((given, named)) if isinstance(each, torch.Tensor)]
    there = [each for each in tensors if isinstance(each, Elsewhere)]
    copies = "copy" in name
    if there and not copies and any(each.ndim and not isinstance(each, Elsewhere) for each in tensors):
        raise RuntimeError(f"{name}: tensors on two devices, {DEVICE} and cpu")
    given, plain = tree_map_only(Elsewhere, lambda each: each.held, (given, named))
    if device is not None:
        plain["device"] = torch.device("cpu")
    found = asked(*given, **plain)
    stays = torch.device(device).type == DEVICE if device is not None else bool(there)
    if name.startswith("aten::copy_"):
        return tensors[0]
    return tree_map_only(torch.Tensor, Elsewhere, found) if stays else found


def moved(model: Any) -> Any:
    """A model whose weights are there, its tied ones tied."""
    for module in model.modules():
        for name, each in list(module._parameters.items()):
            if each is not None:
                module._parameters[name] = torch.nn.Parameter(Elsewhere(each.detach()), each.requires_grad)
        for name, each in list(module._buffers.items()):
            if each is not None:
                module._buffers[name] = Elsewhere(each)
    model.tie_weights()
    return model
