"""`hub:` in sentinel.yaml: whose it is, and what of ours is a benchmark there; and what cannot stand there."""

from pathlib import Path

import pytest

from sentinel.contract.types import Registry
from sentinel.recipe.benchmarks import benchmarks, bundled
from sentinel.recipe.check import check_workspace
from sentinel.recipe.config import BenchmarkForm, HubForm

ENTRY = {"of": "r", "metric": "accuracy", "dataset": "a/b", "task": "d", "scale": "percent"}


def faults(root: Path, hub: str) -> list[str]:
    (root / "recipes").mkdir(exist_ok=True)
    (root / "sentinel.yaml").write_text(f"timezone: UTC\nhub: {hub}\n")
    return [str(fault) for fault in check_workspace(root, Registry.of([])).faults]


def entry(**change: str) -> str:
    told = ", ".join(f"{key}: {value}" for key, value in {**ENTRY, **change}.items() if value)
    return f"{{owner: acme, benchmarks: [{{{told}}}]}}"


@pytest.mark.parametrize(
    ("hub", "says"),
    [
        ("{}", "E-missing-key: `owner` is missing"),
        ("{owner: a b}", "E-value: `a b` is no name on the hub"),
        ("{owner: -acme}", "E-value: `-acme` is no name on the hub"),
        ("{owner: acme, tokn: credential:hf}", "E-unknown-key: `tokn` is no key here. Did you mean `token`?"),
        ("{owner: acme, benchmarks: {of: r}}", "E-type: `benchmarks` takes a list"),
        (entry(dataset="tickets"), "E-value: `tickets` is no repository on the hub"),
        (entry(dataset="a/../b"), "E-value: `a/../b` is no repository on the hub"),
        (entry(scale="points"), "E-choice: `scale` cannot be `points`"),
        (entry(shots="-1"), "E-range: `shots` is `-1`"),
        (entry(documents="0"), "E-range: `documents` is `0`"),
        (entry(task=""), "E-missing-key: `task` is missing"),
        (entry(shot="5"), "E-unknown-key: `shot` is no key here. Did you mean `shots`?"),
        (entry(task='"d\\nx"'), "is no value for `task`"),
        (entry(of='"r\\nSentinel-Key: 0"'), "is no value for `of`"),
        (entry(filter="x" * 101), "is no value for `filter`"),
    ],
)
def test_what_cannot_stand_there_is_told_with_its_place(tmp_path: Path, hub: str, says: str) -> None:
    (fault,) = faults(tmp_path, hub)
    assert fault.startswith("sentinel.yaml:2:") and says in fault, fault


def test_a_secret_that_is_written_down_is_not_told_again(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "{owner: acme, token: hf_abcdefgh}")
    assert "E-secret-ref" in fault and "hf_abcdefgh" not in fault


def test_all_that_is_right_is_taken(tmp_path: Path) -> None:
    assert faults(tmp_path, entry(shots="5", documents="200", filter="strict-match")) == []


def test_what_a_workspace_says_of_a_task_stands_before_what_is_known() -> None:
    known = bundled()[0]
    own = BenchmarkForm(of=known.of, metric="accuracy", dataset="a/b", task="d", scale="share")
    held = benchmarks(HubForm(owner="acme", benchmarks=[own]))
    assert [(each.dataset, each.bundled) for each in held if each.of == known.of] == [("a/b", False)]
    assert benchmarks(None) == bundled() and all(each.bundled for each in bundled())
