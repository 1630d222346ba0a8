"""The texts on which two sets of weights are compared: rows of the gate's side, which trained neither."""

from sentinel.contract.at import At
from sentinel.contract.kinds import Dataset

_LEAST = 10


def texts_to_compare(at: At, texts: Dataset, most: int) -> list[str]:
    """What rows say, in the order of their digests, which has nothing to do with what they are; none where there are
    too few, and then a person is told.
    """
    from sentinel.data.dataset import ROW, Held

    held = Held(texts.path)
    rows = held.on("gate").sort(ROW)
    said = [text for text in held.texts(rows).to_list() if text and text.strip()][:most]
    if len(said) < _LEAST:
        at.say(f"{len(said)} rows with text are on the gate's side of `texts`, too few to compare the weights on")
        return []
    return said
