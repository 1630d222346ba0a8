"""When the answers on record are trusted: only while the same documents still get them."""

from dataclasses import replace

import pytest

from sentinel.domain.question import Said
from sentinel.model.score.anchor import moved

SURE = Said(1.0, "billing", 0.95)
TIE = Said(1.0, "billing", 0.5)


def test_another_answer_of_the_same_chance_has_moved() -> None:
    """An upgrade swapped two labels: as sure as before, and of the other thing."""
    assert moved({0: SURE}, {0: Said(0.0, "sales", 0.95)})
    assert not moved({0: SURE}, {0: replace(SURE, chance=0.944)})
    assert moved({0: SURE}, {0: replace(SURE, chance=0.93)})


def test_a_tie_may_fall_to_either_side() -> None:
    other = Said(0.0, "sales", 0.502)
    assert not moved({0: TIE}, {0: other}) and not moved({0: other}, {0: TIE})
    assert moved({0: TIE}, {0: replace(other, chance=0.52)})


@pytest.mark.parametrize(("flipped", "apart"), [(0, False), (1, False), (2, True)])
def test_one_draw_in_twenty_may_fall_to_the_other_side(flipped: int, apart: bool) -> None:
    then = dict.fromkeys(range(20), TIE)
    now = {**then, **dict.fromkeys(range(flipped), Said(0.0, "sales", 0.5))}
    assert moved(then, now, sampled=True) is apart


def test_a_share_of_tokens_that_is_another_has_moved() -> None:
    """Of a text there is no answer in words."""
    text = Said(0.6, "", 0.2)
    assert moved({0: text}, {0: replace(text, value=0.8)}) and not moved({0: text}, {0: replace(text, value=0.605)})
