"""Labels that right and wrong answers get by unlike chances: weighed by them, they raise no false alarm."""

import pytest

from bench.worlds.bound import at_most
from bench.worlds.habits import ALIKE, COMPLAINTS, PRAISE, Habit, chance_ignored, play

PROMISED = 0.019
"""Quiet years that fire at 100 labels a week which all have the same chance."""
TIMES = 60


@pytest.mark.parametrize("habit", [COMPLAINTS, PRAISE, ALIKE], ids=["complaints", "praise", "alike"])
def test_a_quiet_year_fires_as_seldom_whoever_is_labelled(habit: Habit) -> None:
    held = play(habit, series=TIMES, seed=1)
    assert at_most(int((held.fired_at > 0).sum()), TIMES, PROMISED)


def test_people_who_begin_to_complain_are_no_drift() -> None:
    held = play(ALIKE, then=(20, COMPLAINTS), length=60, series=TIMES, seed=3)
    assert at_most(int((held.fired_at > 0).sum()), TIMES, PROMISED)


def test_the_same_labels_without_their_chance_are_caught() -> None:
    """This bound would see it, were a label's chance left out of what it counts for."""
    held = play(ALIKE, then=(20, COMPLAINTS), length=60, series=TIMES, seed=3, measure=chance_ignored)
    assert not at_most(int((held.fired_at > 0).sum()), TIMES, PROMISED)


def test_a_line_that_falls_is_seen_through_complaints() -> None:
    held = play(COMPLAINTS, moves_to=0.78, length=60, series=TIMES, seed=2)
    assert (held.by(0.5) or 60) <= 10
