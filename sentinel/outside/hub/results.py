"""Scores in the two forms in which the Hub reads them: files of entries, and the index in a model's card."""

import re
from collections.abc import Sequence
from io import StringIO
from typing import Any

from sentinel.domain.benchmark import PERCENT, Entry
from sentinel.domain.digest import digest_of
from sentinel.domain.refusal import refuse

RESULTS = ".eval_results"
"""The folder in which the Hub looks for them."""
_ODD = re.compile(r"[^a-z0-9]+")
_CARDS = "https://huggingface.co"
"""Where the Hub itself shows a card, whatever address it is reached by here."""


def results_files(entries: Sequence[Entry], repo: str, owner: str, mark: str) -> dict[str, bytes]:
    """A file for each benchmark, as the Hub's own client writes them, by its path.

    One for each, since the Hub takes a file whole or not at all, and what another step submits leaves it alone.
    """
    return {f"{RESULTS}/{mark}-{_slug(each)}.yaml": _file(each, repo, owner) for each in entries}


def _file(entry: Entry, repo: str, owner: str) -> bytes:
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml
    from ruamel.yaml import YAML

    told = EvalResultEntry(
        dataset_id=entry.dataset, task_id=entry.task, value=entry.value, notes=entry.notes,
        source_url=f"{_CARDS}/{repo}", source_name="Model card", source_org=owner,
    )  # fmt: skip
    writing, text = YAML(), StringIO()
    writing.width = 10_000
    writing.dump(eval_result_entries_to_yaml([told]), text)
    return text.getvalue().encode()


def _slug(entry: Entry) -> str:
    """A benchmark as part of a file's name: to be read, and like no other's."""
    told = _ODD.sub("-", f"{entry.dataset}-{entry.task}".lower()).strip("-")[:60]
    return f"{told}-{digest_of([entry.dataset, entry.task])[:6]}"


def with_results(page: bytes, name: str, entries: Sequence[Entry]) -> bytes:
    """A card with these scores in its index, in place of what it said of the same benchmarks before."""
    from huggingface_hub import EvalResult, ModelCard

    try:
        card: Any = ModelCard(page.decode(), ignore_metadata_errors=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise refuse("E-hub-card", f"the card in the repository cannot be read: {' '.join(str(error).split())[:160]}.",
                     where="README.md", todo="Publish the model again.") from error  # fmt: skip
    task = card.data.to_dict().get("pipeline_tag") or "text-generation"
    fresh = [
        EvalResult(
            task_type=task, dataset_type=each.dataset, dataset_name=f"{each.dataset} {each.task}",
            metric_type=each.metric, metric_name=f"{each.metric}{' (percent)' if each.scale == PERCENT else ''}",
            metric_value=each.value,
        )
        for each in entries
    ]  # fmt: skip
    theirs = {(each.dataset_type, each.dataset_name, each.metric_type) for each in fresh}
    before = card.data.eval_results or []
    kept = [each for each in before if (each.dataset_type, each.dataset_name, each.metric_type) not in theirs]
    card.data.eval_results = [*kept, *fresh]
    card.data.model_name = card.data.model_name or name
    return str(card).encode()
