"""What is no fault, and will not do what was meant: a pace that differs, labels too few, a set too small."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sentinel.contract.words import quoted
from sentinel.domain.digest import Json
from sentinel.domain.fault import Fault
from sentinel.domain.plan import GatePlan, Plan
from sentinel.domain.quantity import DAY, rough_duration
from sentinel.recipe.check import MOST_FAULTS
from sentinel.recipe.compile import CompiledRecipe
from sentinel.recipe.config import Config, FileSet, LineForm, OutcomeSet
from sentinel.recipe.steps import LINE_STEP
from sentinel.recipe.triggers import CompiledTrigger

if TYPE_CHECKING:
    from sentinel.api.promise import Watched

DISAGREE = 0.06
"""The share of documents on which two versions are taken to disagree; a verdict goes by what it sees."""
POWER = 0.9
IN_TIME = 180 * DAY
"""A fall that is seen later than this is not seen in time."""
LARGEST = 16 * 2**20
"""Of a set whose documents are counted."""
MOST_LABELS = 10**6
_FORGES, _SUBMIT = ("forge", "reforge", "fold"), "submit"
_WITHIN_MARGIN = ("no_regression", "release")
_PLAIN = "interval-crosses-zero"

Count = Callable[[str], int | None]


def doubts(workspace: Path, config: Config, recipes: Mapping[str, CompiledRecipe]) -> Iterator[tuple[str, Fault]]:
    """Warnings about the good recipes of a workspace, each with the file that it is about."""
    streams = sum(each.streams("drift") for each in recipes.values())
    count = cache(lambda file: _documents(workspace, file))
    for recipe in recipes.values():
        yield from ((recipe.path, fault) for fault in _never_told(recipe.plan))
        found = (fault for line in recipe.lines for fault in _of_line(recipe, line, config.lines[line], streams, count))
        yield from ((recipe.path, fault) for fault in islice(found, MOST_FAULTS + 1))


def _never_told(plan: Plan) -> Iterator[Fault]:
    """A recipe that makes versions and has no board told of them; what hands its model on leaves that to its caller."""
    steps = [step for each in (plan, *plan.children) for step in each.steps]
    children = {child.recipe for child in plan.children if _forges(child)}
    makes = next((step for step in plan.steps if step.use in _FORGES or step.recipe in children), None)
    if makes is None or plan.gives or any(step.use == _SUBMIT for step in steps):
        return
    index = [step.id for step in plan.steps if step.id != LINE_STEP].index(makes.id)
    what = f"{quoted(plan.recipe)} forges and never submits: what it proves is on no board."
    todo = "Add `{id: board, use: submit, in: {report: …}, optional: true}` after the promotion."
    yield Fault("E-never-submits", what, todo, at=("steps", index, "use"), warning=True)


def _forges(plan: Plan) -> bool:
    return any(step.use in _FORGES for step in plan.steps) or any(map(_forges, plan.children))


def _of_line(recipe: CompiledRecipe, line: str, form: LineForm, streams: int, count: Count) -> Iterator[Fault]:
    for trigger in recipe.triggers:
        if trigger.kind == "drift":
            # what comes at another pace than is thought is mended first
            yield from list(_paces(trigger, line, form)) or _few_labels(recipe, trigger, line, form, streams)
    for index, step in enumerate(step for step in recipe.plan.steps if step.id != LINE_STEP):
        if step.gate is not None:
            for asked in _asked(step.gate):
                held = form.sets.get(asked.set)
                there = count(held.file) if isinstance(held, FileSet) else None
                if there is not None and there < asked.documents:
                    yield _small(asked, there, line, ("steps", index, "gate"))


def _paces(trigger: CompiledTrigger, line: str, form: LineForm) -> Iterator[Fault]:
    name, every = trigger.params["set"], trigger.params["every"]
    if isinstance(form.sets.get(name), OutcomeSet) and every != form.labels.every:
        expects = f"`drift` expects an evaluation of {quoted(name)} every {rough_duration(every)}"
        what = f"{expects}, and the labels of {quoted(line)} make one every {rough_duration(form.labels.every)}."
        todo = "Make `every` the same at both: false alarms, silence and `for` are counted in evaluations."
        yield Fault("E-pace", what, todo, at=("triggers", trigger.index, "drift", "every"), warning=True)


def _few_labels(
    recipe: CompiledRecipe, trigger: CompiledTrigger, line: str, form: LineForm, streams: int
) -> Iterator[Fault]:
    """Where the labels that people are asked for show a plain fall later than in time, or than the next false alarm."""
    if trigger.params["below"] is not None:
        return
    from sentinel.api.promise import Watched, assumed_volume, falls

    watched = Watched(recipe.name, trigger.params, streams)
    volume = assumed_volume(form.model_dump(mode="json"), trigger.params)
    limit = min(IN_TIME, watched.promised.per_ms / watched.promised.times)
    seen = falls(watched, volume) if volume is not None else []
    if volume is None or not seen or _in_time(seen[0], limit):
        return
    yield _few(watched, line, volume.labels or 1, seen[0], limit, ("triggers", trigger.index, "drift", "margin"))


def _few(watched: "Watched", line: str, labels: int, fall: Json, limit: float, at: tuple[str | int, ...]) -> Fault:
    what = f"a fall of {100 * fall['fall']:.3g} points on {quoted(watched.params['set'])} of {quoted(line)} is"
    when = "never seen" if fall["ms"] is None else f"seen only after about {round(fall['ms'] / DAY)} days"
    when += f", and false alarms may come {watched.promised}" if limit < IN_TIME else ""
    enough = _enough(watched, labels, limit)
    show = f"About {enough} a week (`labels.weekly`) show it in {rough_duration(round(limit))}; or"
    todo = f"{show if enough is not None else 'More do not help:'} learn the baseline from more (`baseline:`)."
    return Fault("E-labels-few", f"With {labels} labels a week, {what} {when}.", todo, at=at, warning=True)


def _in_time(fall: Json, limit: float) -> bool:
    return fall["ms"] is not None and fall["ms"] <= limit


def _enough(watched: "Watched", weekly: int, limit: float) -> int | None:
    """The labels a week with which it is seen in time; None where no number of them is enough."""
    from sentinel.api.promise import falls, volume_at

    def shows(labels: int) -> bool:
        return _in_time(falls(watched, volume_at(labels, watched.params))[0], limit)

    low, high = weekly, 2 * weekly
    while not shows(high):
        low, high = high, 2 * high
        if high > MOST_LABELS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a check asks of a set: so many documents, for a margin."""

    documents: int
    set: str
    margin: float
    check: str
    gate: str


def _asked(gate: GatePlan) -> list[_Asked]:
    """For each set that a gate judges within a margin, what the check asks for that asks for most."""
    found: dict[str, _Asked] = {}
    for check in gate.checks:
        params = check.params
        if check.use in _WITHIN_MARGIN and params.get("rule") != _PLAIN and params["margin"] > 0:
            from sentinel.evidence.power import documents_needed

            looks = 1 if gate.wait is None else 2
            needed = documents_needed(DISAGREE, params["margin"], power=POWER, looks=looks) or 0
            if params["set"] not in found or found[params["set"]].documents < needed:
                found[params["set"]] = _Asked(needed, params["set"], params["margin"], check.use, gate.gate)
    return list(found.values())


def _small(asked: _Asked, there: int, line: str, at: tuple[str | int, ...]) -> Fault:
    asks = (
        f"{quoted(asked.check)} of the gate {quoted(asked.gate)} asks for a margin of {100 * asked.margin:.3g} points"
    )
    what = f"{quoted(asked.set)} of {quoted(line)} has {there} documents, and {asks}."
    takes = f"It takes {asked.documents} to pass one as good as the champion nine times of ten, where {DISAGREE:.0%}"
    todo = f"{takes} of answers differ: add {asked.documents - there}, or widen the margin."
    return Fault("E-set-small", what, todo, at=at, warning=True)


def _documents(workspace: Path, file: str) -> int | None:
    """The lines of a set; None where they cannot be counted in a moment."""
    home = workspace.resolve()
    try:
        place = (home / file).resolve(strict=True)
        is_ours = place.suffix == ".jsonl" and place.is_relative_to(home) and place.is_file()
        if not is_ours or place.stat().st_size > LARGEST:
            return None
        with place.open("rb") as lines:
            return sum(1 for line in lines if line.strip())
    except (OSError, ValueError, RuntimeError):
        return None
