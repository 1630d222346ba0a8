"""The trace accounts for every file of a candidate and for what it was made from."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.at import Look
from sentinel.contract.kinds import Model
from sentinel.domain.verdict import Finding
from sentinel.gate.trace import trace
from sentinel.store import Store

FILES = {"config.json": "{}", "deep/weights": "w"}
SUMS = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in FILES.items()}


def found(tmp_path: Path, told: Any) -> Finding:
    """The finding on a model with these files and this trace; a text is written as it is."""
    for name, text in FILES.items():
        (tmp_path / "model" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "model" / name).write_text(text)
    if told is not None:
        (tmp_path / "model" / "trace.json").write_text(told if isinstance(told, str) else json.dumps(told))
    store = Store(tmp_path / "store")
    digest = store.put(tmp_path / "model").digest
    return trace(Look("whole", inputs={"candidate": (Model(digest, store.path(digest)),)}, store=store.root))


def parent(tmp_path: Path) -> str:
    (tmp_path / "rows").write_text("rows")
    return Store(tmp_path / "store").put(tmp_path / "rows").digest


def test_a_complete_trace_passes(tmp_path: Path) -> None:
    assert found(tmp_path, {"files": SUMS, "from": [parent(tmp_path)]}).verdict == "pass"
    assert found(tmp_path, {"files": SUMS, "from": []}).verdict == "pass"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (None, "holds no trace.json"),
        ("{", "does not say `files` and `from`"),
        ([], "does not say `files` and `from`"),
        ({"files": SUMS}, "does not say `files` and `from`"),
        ({"files": {"config.json": SUMS["config.json"]}, "from": []}, "deep/weights is not named."),
        ({"files": {**SUMS, "gone": "0" * 64}, "from": []}, "gone is named and not there."),
        ({"files": {**SUMS, "config.json": "0" * 64}, "from": []}, "config.json is not the file that was named."),
        ({"files": SUMS, "from": ["0" * 64]}, "000000000000, which it was made from, is not in the store."),
        ({"files": SUMS, "from": ["../../etc"]}, "which it was made from, is not in the store."),
        ({"files": SUMS, "from": [7]}, "7, which it was made from, is not in the store."),
    ],
)
def test_an_incomplete_trace_fails_and_says_where(tmp_path: Path, told: Any, says: str) -> None:
    finding = found(tmp_path, told)
    assert finding.verdict == "fail"
    assert says in finding.sentence


def test_several_gaps_are_counted_and_kept_as_evidence(tmp_path: Path) -> None:
    finding = found(tmp_path, {"files": {}, "from": []})
    assert finding.sentence.endswith("config.json is not named. And 1 more.")
    assert finding.evidence["faults"] == ["config.json is not named.", "deep/weights is not named."]


def test_without_a_candidate_it_is_an_error() -> None:
    assert trace(Look("whole")).verdict == "error"
