"""A budget is for all parts of a training: what one took, the next lacks."""

from sentinel.contract.training import Budget
from sentinel.model.train.spent import Spent


def test_what_a_part_took_the_next_lacks() -> None:
    spent = Spent().more(steps=10, tokens=500).more(steps=5, tokens=100, seconds=90.0)
    budget = Budget.model_validate({"steps": 20, "tokens": 1000, "time": "2m", "gpu_minutes": 4})
    left = spent.left(budget, gpus=2)
    assert left == Budget.model_validate({"steps": 5, "tokens": 400, "time": "30s", "gpu_minutes": 1})


def test_what_is_not_capped_stays_so() -> None:
    assert Spent(1000, 1000, 1000.0).left(Budget(), gpus=1) == Budget()


def test_a_budget_that_is_spent_leaves_a_step() -> None:
    budget = Budget.model_validate({"steps": 20, "tokens": 1000, "time": "2m", "gpu_minutes": 4})
    left = Spent(25, 1200, 1000.0).left(budget, gpus=1)
    assert (left.steps, left.tokens, left.time) == (1, 1, 1)
    assert left.gpu_minutes is not None and 0 < left.gpu_minutes < 1e-3
