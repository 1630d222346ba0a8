"""What the models that a run scores have learned from: none of it may judge them, though the champion never saw it.

The sets of a line are cut by the champion's dataset as a run begins, and again when a gate's wait is over. By then the
run has a candidate, which trained on newer rows; and a run that scores shadows, or a challenger, knows them beforehand.
"""

from collections.abc import Iterator

from sentinel.domain.run.state import Run
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.made_of import dataset_of
from sentinel.supervisor.maturity import next_challenger
from sentinel.supervisor.shadows import in_slots
from sentinel.supervisor.work import Work


def trained_facts(work: Work, run: Run, catalogue: Catalogue) -> list[str]:
    """The datasets, by digest, that the models of a run were made of, as far as the record leads to them."""
    pinned = {held.ports["dataset"].digest for held in run.aliases.values() if "dataset" in held.ports}
    found = {dataset_of(work, model) for model in dict.fromkeys(_models(work, run, catalogue))}
    return sorted(pinned | {each for each in found if each is not None})


def _models(work: Work, run: Run, catalogue: Catalogue) -> Iterator[str]:
    """The models that steps of a run have had in hand, and those that they will be given of the zoo."""
    for attempt in run.attempts.values():
        for held in (*attempt.inputs.values(), *attempt.outputs.values()):
            yield from (each.digest for each in held if each.kind == "Model")
    read = {word for step in run.plan.steps for word in step.reads}
    if "shadows" in read:
        yield from (each["model"] for each in in_slots(work, catalogue, run.line))
    if "challenger" in read:
        told = next_challenger(work, catalogue, run.line, run.id)
        yield from [told["model"]] if told is not None else []
