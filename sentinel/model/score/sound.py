"""Whether answers look like those of a model that works: said beside the numbers, since a broken one scores too."""

from collections import Counter
from collections.abc import Sequence

_ENOUGH = 20
"""With fewer documents, one answer for all of them may well be chance."""
_MOST = 0.95


def doubts(answers: Sequence[str], truths: Sequence[str]) -> list[str]:
    """What is odd about a set's answers, a sentence each; nothing where they look as answers do."""
    if len(answers) < _ENOUGH or not any(truths):
        return []
    found = []
    empty = sum(not answer for answer in answers)
    if empty > len(answers) / 2 and all(truths):
        found.append(f"{empty} of {len(answers)} answers are empty")
    ((answer, most),) = Counter(answers).most_common(1)
    truly = Counter(truths).most_common(1)[0][1]
    if answer and most > _MOST * len(answers) and truly < most and len(set(truths)) > 1:
        found.append(f"{most} of {len(answers)} answers are `{answer[:48]}`, which is true of {truths.count(answer)}")
    return found
