"""Where small steps down add up, and where they do not."""

from bench.worlds import centuries
from bench.worlds.bound import at_most

TIMES = 60


def below(rule: centuries.Rule) -> int:
    """In how many centuries the served model is ever more than the margin below its anchor."""
    return sum(centuries.century(rule, seed).lowest < -centuries.MARGIN for seed in range(TIMES))


def test_an_anchor_keeps_small_steps_down_from_adding_up() -> None:
    assert at_most(below(centuries.against_both), TIMES, 0.02)


def test_the_plain_rule_lets_them_add_up() -> None:
    assert below(centuries.crossing) / TIMES > 0.1
