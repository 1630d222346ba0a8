"""What a re-forge shows of a training, and the one way in which its route is asked."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.api.reforge_shape import trained
from sentinel.domain.refusal import Refused
from tests.unit.api.house import House

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
NAMES = st.sampled_from(["losses", "held_out", "steps", "tokens", "prune", "parameters", "left", "ended_by"])
RECORD = st.dictionaries(NAMES, st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8,
))  # fmt: skip


def test_the_figures_of_a_training_go_from_its_beginning_to_its_end() -> None:
    told = trained({
        "losses": [[1, 3.5], [2, 2.0], [3, 1.5]], "held_out": [[3, 1.6]], "steps": 3, "tokens": 90,
        "ended_by": "steps", "prune": {"parameters": 1000, "left": 800},
    })  # fmt: skip
    assert told == {
        "steps": 3, "tokens": 90, "ended_by": "steps", "loss": {"from": 3.5, "to": 1.5},
        "held_out": {"from": 1.6, "to": 1.6}, "parameters": {"from": 1000, "to": 800},
    }  # fmt: skip


@given(RECORD)
def test_a_record_of_any_shape_is_no_hindrance(record: Any) -> None:
    trained(record)


@pytest.mark.parametrize("given", [{}, {"version": "v1", "card": {"model": "x"}}, {"card": {"model": "x"}}])
@pytest.mark.parametrize("route", ["reforge", "reforging"])
def test_it_is_asked_of_a_version_or_of_a_card(tmp_path: Path, route: str, given: dict[str, Any]) -> None:
    with House(tmp_path) as house, pytest.raises(Refused) as refused:
        house.client.ask(route, **given)
    assert refused.value.refusal.code == ("E-no-card" if "version" not in given and given else "E-param")
