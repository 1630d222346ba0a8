"""Tasks of lm-eval: bundled ones by name, or a line's own task files; a row for each document that was asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json, digest_of
from sentinel.domain.refusal import refuse
from sentinel.model.score.harness import evaluated
from sentinel.model.score.loaded import Loaded
from sentinel.model.score.taskfile import METRICS, read_task

_SHOWN = 2000
_NO_FILTER = "none"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one task came to: its rows in a report's form."""

    name: str
    metric: str
    rows: list[dict[str, Any]]
    shots: int
    version: Json
    filter: str | None
    """Which of its ways to look at an answer is told."""
    bundled: bool


def ran(
    held: Loaded, name: str, listed: Mapping[str, Json], workspace: Path, folder: Path, shots: int | None,
    limit: int | None, seed: int,
) -> Iterator[Ran]:  # fmt: skip
    """Run a task; a group of lm-eval's gives several."""
    own = name in listed
    task = read_task(name, listed, workspace) if own else name
    try:
        found = evaluated(held, task, folder, bundled=not own, shots=shots, limit=limit, seed=seed)
    except KeyError as error:
        raise refuse("E-task-unknown", f"neither the line nor lm-eval has a task `{name}`: {_gist(error)}.",
                     todo="List its file under the line's `tasks:`, or take a bundled name.") from error  # fmt: skip
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise refuse("E-task-run", f"the task `{name}` cannot be run here, without the network: {_gist(error)}.",
                     todo="Put its data into a file of the workspace.") from error  # fmt: skip
    for each in sorted(found["samples"]):
        config = found["configs"][each]
        given = found["n-shot"].get(each, 0)
        yield _ran(each, found["samples"][each], config, given, found["versions"].get(each), not own)


def _ran(name: str, samples: list[Json], config: Json, shots: int, version: Json, bundled: bool) -> Ran:
    metric = _metric(name, samples)
    told = {key: str(config.get(key)) for key in ("output_type", "doc_to_text", "doc_to_target", "doc_to_choice")}
    task = digest_of(["lm-eval", name, metric, shots, str(version), told])
    first = samples[0]["filter"] if samples else None
    rows: dict[str, dict[str, Any]] = {}
    for sample in samples:
        if sample["filter"] == first:  # a task may look at one answer in several ways
            rows.setdefault(sample["doc_hash"], _row(name, metric, task, sample, config))
    named = first if first != _NO_FILTER else None
    return Ran(name, metric, list(rows.values()), shots, version, named, bundled)


def _metric(name: str, samples: list[Json]) -> str:
    """The first of our metrics that tells of each document, from 0 to 1."""
    for metric in METRICS:
        if samples and all(_is_share(sample.get(metric)) for sample in samples):
            return metric
    raise refuse("E-task-metric", f"the task `{name}` tells of no document a value from 0 to 1.",
                 todo=f"Take a task that measures one of {', '.join(METRICS)}.")  # fmt: skip


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _row(name: str, metric: str, task: str, sample: Json, config: Json) -> dict[str, Any]:
    truth, answer = sample["target"], _words(sample["filtered_resps"])
    if config.get("output_type") == "multiple_choice":
        logs = [float(each[0]) for each in sample["filtered_resps"]]
        choices = [str(pair[1]).strip() for pair in sample["arguments"][: len(logs)]]
        answer = choices[logs.index(max(logs))]
        truth = choices[truth] if isinstance(truth, int) and truth < len(choices) else truth
    return {
        "set": name, "doc": sample["doc_hash"], "prompt": sample["prompt_hash"], "task": task, "repeat": 0,
        "metric": metric, "value": float(sample[metric]), "weight": 1.0, "group": None, "slice": None,
        "truth": str(truth), "answer": answer, "text": str(sample["arguments"][0][0])[-_SHOWN:], "chance": None,
    }  # fmt: skip


def _words(value: Json) -> str:
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return str(value)


def _gist(error: Exception) -> str:
    return " ".join(str(error).split())[:160].rstrip(".") or type(error).__name__
