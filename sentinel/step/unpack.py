"""Unpack: a bundle becomes a model again, with exactly the weights that were packed."""

from sentinel.contract.at import At
from sentinel.contract.kinds import Bundle, Model
from sentinel.contract.registry import step
from sentinel.domain.needs import Needs


@step("unpack", needs=Needs(memory=4 * 2**30), distributions=("gguf", "safetensors"))
def unpack(at: At, bundle: Bundle) -> Model:
    """Reads a bundle back, once every byte is what its manifest says, so that what is delivered can be evaluated.

    Weights of a GGUF file come back as they are after every scale is applied: what is scored is the quantised model.
    """
    from sentinel.model.bundle import opened
    from sentinel.model.unpack import unpack as unpacked

    manifest = opened(bundle.path)
    at.say(f"{manifest['format']}, {manifest['weights']}, packed of the model {manifest['model'][:12]}")
    return Model.made(unpacked(bundle.path, at.out / "model"))
