"""The anchor: documents whose answers are on record are asked again, before new answers stand beside old ones.

Earlier answers may be used again only while the same question still gets the same answer. A library, a machine or a
number format that has changed shows here first, on a few documents that are known.
"""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from sentinel.domain.question import Said

DOCUMENTS = 8
TOLERANCE = 0.01
"""How far a chance may move: sums in another order move it by less than a ten-thousandth."""
_LIBRARIES = ("torch", "transformers", "tokenizers", "peft", "numpy")


def anchored(docs: Sequence[str]) -> list[int]:
    """Which of some documents are asked again: always the same of the same."""
    order = sorted(range(len(docs)), key=lambda place: hashlib.sha256(docs[place].encode()).digest())
    return order[:DOCUMENTS]


def moved(then: Mapping[int, Said], now: Mapping[int, Said], sampled: bool = False) -> bool:
    """Whether a document's answers are others than they were, by more than rounding does."""
    apart = [repeat for repeat in then if _apart(then[repeat], now[repeat], sampled)]
    # a draw that lies on the edge between two answers may fall to the other side
    return len(apart) > len(then) // 20


def made_with(gpu: bool, harness: str) -> dict[str, str]:
    """What computes answers here: where this differs from what made those on record, they are not trusted unseen."""
    found = {"device": "cuda" if gpu else "cpu"}
    for name in (*_LIBRARIES, *(["lm-eval"] if harness == "lm-eval" else [])):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _apart(then: Said, now: Said, sampled: bool) -> bool:
    if then.chance is None or now.chance is None:
        return then.answer != now.answer
    if abs(then.chance - now.chance) > TOLERANCE:
        return True
    if then.answer == now.answer:
        return abs(then.value - now.value) > TOLERANCE
    # two answers can both be the likeliest only where neither has more than half
    return sampled or max(then.chance, now.chance) > 0.5 + TOLERANCE
