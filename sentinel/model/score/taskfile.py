"""A task file of lm-eval, read as data: what could run code in it, or reach for something elsewhere, is refused.

lm-eval's own loader runs Python that a task file names while it reads the file. So it never reads one: it is handed
what is found here. Templates may still compute, in a sandbox (`tasks.py`).
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse

METRICS = ("acc", "acc_norm", "exact_match")
"""What tells of each document, from 0 to 1. lm-eval fetches and runs whatever else is named."""
SOURCES = {"json": (".json", ".jsonl"), "csv": (".csv",), "parquet": (".parquet",)}
LARGEST = 256 * 2**10
_KEYS = frozenset({
    "task", "tag", "dataset_path", "dataset_name", "dataset_kwargs", "training_split", "validation_split", "test_split",
    "fewshot_split", "doc_to_text", "doc_to_target", "doc_to_choice", "description", "target_delimiter",
    "fewshot_delimiter", "num_fewshot", "metric_list", "output_type", "generation_kwargs", "gen_prefix", "metadata",
})  # fmt: skip
_TEMPLATES = ("doc_to_text", "doc_to_target", "doc_to_choice", "description", "gen_prefix")
_OUTPUTS = ("multiple_choice", "generate_until")
_REACHES_IN = re.compile(r"__|[.\[|]\s*['\"]?_|\battr\b|{%\s*(import|from|include|extends)")
_HUB = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")


def read_task(name: str, listed: Mapping[str, Json], workspace: Path) -> dict[str, Any]:
    """The task of a line's list under a name, as lm-eval takes it."""
    told = listed[name]
    path = workspace / told["file"]
    inside = path.resolve().is_relative_to(workspace.resolve())
    if not inside or not path.is_file() or path.stat().st_size > LARGEST:
        raise _no(told["file"], "there is no task file there that could be read", "Name a file of the workspace.")
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != told["sha256"]:
        raise refuse("E-task-digest", f"the task file is not the one that the line lists: its sha256 is {found}.",
                     where=told["file"], todo="Read what has changed, then write its sha256 there.")  # fmt: skip
    held = _parsed(told["file"], data)
    faults = list(_faults(held))
    if faults:
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise _no(told["file"], "; ".join(faults[:5]) + more, "Keep to data: templates, choices, known metrics.")
    if held["dataset_path"] in SOURCES:
        held["dataset_kwargs"] = {"data_files": _files(told["file"], held, workspace, told.get("data") or {})}
    return {**held, "task": name}


def _parsed(file: str, data: bytes) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        held = YAML(typ="safe", pure=True).load(data)
    except YAMLError as error:
        gist = " ".join(str(getattr(error, "problem", None) or error).split())[:120]
        tag = re.search(rb"!+[\w/.:]*", data) if "constructor" in gist else None
        what = f"it calls for `{tag[0].decode()}`, which runs code" if tag else f"it is no YAML: {gist}"
        raise _no(file, what, "Keep to data: templates, choices, known metrics.") from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise _no(file, f"it is no YAML: {type(error).__name__}", "Save it as YAML in UTF-8.") from None
    if not isinstance(held, dict):
        raise _no(file, "it is no mapping", "Write `key: value` lines.")
    return held


def _faults(held: Mapping[Any, Any]) -> Iterator[str]:
    for key in sorted(str(each) for each in held if each not in _KEYS):
        yield f"`{key}` is not read" if key != "include" else "`include` reads other files, which no digest holds"
    for key in _TEMPLATES:
        for text in _texts(held.get(key)):
            if _REACHES_IN.search(text):
                yield f"`{key}` reaches into Python"
    if held.get("output_type") not in _OUTPUTS:
        yield f"`output_type` is none of {', '.join(_OUTPUTS)}"
    metrics = held.get("metric_list")
    for each in metrics if isinstance(metrics, list) and metrics else [{}]:
        named = each.get("metric") if isinstance(each, dict) else None
        if named not in METRICS:
            yield f"the metric {named!r} is none of {', '.join(METRICS)}"
        elif each.get("aggregation", "mean") != "mean" or set(each) - {"metric", "aggregation", "higher_is_better"}:
            yield f"the metric `{named}` is more than a mean"
    path = held.get("dataset_path")
    if not isinstance(path, str) or not (path in SOURCES or _HUB.fullmatch(path)) or path.endswith(".py"):
        yield "`dataset_path` is neither json, csv or parquet, nor a dataset's name on the hub"
    given = held.get("dataset_kwargs")
    if given is not None and (not isinstance(given, dict) or set(given) - {"data_files"}):
        yield "`dataset_kwargs` holds more than `data_files`"
    elif path in SOURCES and not given:
        yield "`dataset_kwargs` names no `data_files`"
    elif path not in SOURCES and given:
        yield "`data_files` go with json, csv and parquet alone"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(each)


def _files(file: str, held: Mapping[str, Any], workspace: Path, listed: Mapping[str, str]) -> Any:
    """The data files by their whole paths, each inside of the workspace and as the line lists it.

    An evaluation is reused while the line says the same: a file that it did not list could change unseen.
    """
    given, root = held["dataset_kwargs"]["data_files"], workspace.resolve()
    wanted = {(root / name).resolve(): digest for name, digest in listed.items()}

    def whole(name: Any) -> str:
        path = (root / str(name)).resolve()
        if not path.is_relative_to(root) or not path.is_file() or path.suffix not in SOURCES[held["dataset_path"]]:
            raise _no(file, f"there is no {held['dataset_path']} file {str(name)[:80]!r} in the workspace",
                      "Name its data files from the workspace's top.")  # fmt: skip
        with path.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        if wanted.get(path) != found:
            place = path.relative_to(root).as_posix()
            what = "is not the one that the line lists" if path in wanted else "is not listed by the line"
            raise refuse("E-task-digest", f"the task's data file {place[:200]} {what}: its sha256 is {found}.",
                         where=file, todo=f"See what it holds, then write `data: {{{place[:200]}: {found}}}` beside "
                         "the task's `sha256`.")  # fmt: skip
        return str(path)

    return {split: whole(name) for split, name in given.items()} if isinstance(given, dict) else whole(given)


def _no(file: str, what: str, todo: str) -> Exception:
    return refuse("E-task-file", f"this task file is not run: {what}.", where=file, todo=todo)
