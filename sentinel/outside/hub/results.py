"""Scores in the two forms in which the Hub reads them: files of entries, and the index in a model's card."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

from sentinel.domain.benchmark import PERCENT, Entry
from sentinel.domain.refusal import refuse

_CARDS = "https://huggingface.co"
"""Where the Hub itself shows a card, whatever address it is reached by here."""


def results_file(entries: Sequence[Entry], repo: str, owner: str) -> bytes:
    """A file of entries, as the Hub's own client writes them."""
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml
    from ruamel.yaml import YAML

    told = [
        EvalResultEntry(
            dataset_id=each.dataset, task_id=each.task, value=each.value, notes=each.notes,
            source_url=f"{_CARDS}/{repo}", source_name="Model card", source_org=owner,
        )
        for each in entries
    ]  # fmt: skip
    writing, text = YAML(), StringIO()
    writing.width = 10_000
    writing.dump(eval_result_entries_to_yaml(told), text)
    return text.getvalue().encode()


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
