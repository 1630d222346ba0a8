"""All that is looked at before a training, in the order in which one thing rests on another; and its plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sentinel.contract.training import FULL, Prune, Scratch, Train
from sentinel.domain.digest import Json
from sentinel.domain.needs import Needs, Slots
from sentinel.domain.preflight import MEMORY, NO, OK, Fit, Point
from sentinel.domain.refusal import Refused
from sentinel.domain.task import Prompt, Task, task_of
from sentinel.model import base as folder_of
from sentinel.model import fit, place
from sentinel.model import scratch as from_nothing
from sentinel.model.memory import IMPORTED, Batch, Memory, pruning, training
from sentinel.model.probe import Probe, probe, rounded
from sentinel.model.prompt import Row
from sentinel.model.prune.prune import AT_ONCE
from sentinel.model.shape import NoShape, Shape, shape_of
from sentinel.model.tokens import Encoded, encode
from sentinel.model.train.forge import CHANCE, MOST_TOKENS
from sentinel.model.train.holds import BF16, FP32, is_quick_here
from sentinel.model.train.plan import FEWEST, LOOKS, Plan, is_held_out, plan
from sentinel.model.train.watch import looked_at

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be trained on what, as `forge` would take it."""

    base: Path | None
    sizes: Scratch
    form: str
    rows: Sequence[Row]
    digests: Sequence[str]
    labels: Sequence[str]
    lacking: int
    prompt: Prompt
    settings: Train
    seed: int
    contract: int | None = None
    """The most tokens that a request to the line may have."""
    prune: Prune | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is to be trained."""

    needs: Needs
    nodes: Mapping[str, Slots]
    folder: Path
    libraries: Sequence[str]
    line_base: Mapping[str, object]
    token: str | None
    read: Callable[[str], str]


@dataclass(slots=True)
class _Looked:
    """What is known so far."""

    points: list[Point]
    shape: Shape | None = None
    words: Any = None
    encoded: Encoded | None = None
    kept_aside: Encoded | None = None
    room: int = 0
    plan: Plan | None = None
    batch: Batch | None = None
    memory: Memory | None = None
    probe: Probe | None = None

    @property
    def stands(self) -> bool:
        """Whether nothing speaks against it yet."""
        return all(each.standing != NO for each in self.points)


def preflight(
    given: Given, where: Place, *, steps: int, price: float | None, say: Callable[[str], None], resident: int = 0
) -> tuple[Fit, Json]:
    """The points, and the plan as far as it is known. `steps` are tried for their time where nothing speaks against."""
    seen = _Looked([place.dependencies(where.libraries), place.token(where.line_base, where.token, where.read)])
    _base(given, seen)
    if seen.shape is not None and seen.words is not None:
        _rows(given, seen)
    if seen.plan is not None and seen.shape is not None:
        _room(given, where, seen, max(IMPORTED, resident))
    if steps and seen.stands and seen.plan is not None:
        _try(given, where, seen, steps, say)
    return Fit(tuple(seen.points)), _plan(given, where, seen, price)


def _base(given: Given, seen: _Looked) -> None:
    if given.base is None:
        texts = fit.texts_of(given.rows)
        seen.words = from_nothing.tokenizer(texts, given.sizes.vocabulary)
        sizes = given.sizes
        width = sizes.hidden // sizes.heads
        seen.shape = Shape(
            sizes.hidden, sizes.layers, sizes.heads, width * sizes.heads, width * (sizes.kv_heads or sizes.heads),
            sizes.mlp or 3 * sizes.hidden, len(seen.words), tied=True, context=sizes.context,
        )  # fmt: skip
        seen.points.append(Point("architecture", OK, "A llama that begins with nothing."))
        return
    config = fit.config_of(given.base)
    seen.points.append(fit.architecture(config))
    if config is not None and seen.stands:
        try:
            seen.shape = shape_of(config.held)
        except NoShape as why:
            seen.points.append(Point("architecture", NO, str(why), todo="Bring the whole config.json."))
    if not seen.stands:
        return  # what cannot read the configuration cannot read the tokenizer either
    try:
        seen.words = folder_of.tokenizer(given.base)
    except Refused as error:
        seen.points.append(Point("tokenizer", NO, error.refusal.what, todo=error.refusal.todo))
        return
    vocabulary = config.vocabulary if config is not None else None
    seen.points.append(fit.tokenizer(seen.words, vocabulary))


def _rows(given: Given, seen: _Looked) -> None:
    known = folder_of.task_of(given.base) if given.base is not None else None
    before = known.labels if known is not None and known.form == given.form else ()
    task = task_of(given.form, given.prompt, [*before, *given.labels])
    seen.points += [
        fit.form(task, known, len(given.rows), given.lacking), fit.template(seen.words, task),
        fit.unknown(seen.words, fit.texts_of(given.rows)),
    ]  # fmt: skip
    most = seen.shape.context if seen.shape is not None else None
    asked = given.settings.max_tokens or given.contract
    seen.room = asked or min(most or MOST_TOKENS, MOST_TOKENS)
    if given.contract is not None:
        seen.points.append(fit.contract(given.contract, given.settings.max_tokens, most))
    if most is not None and seen.room > most:
        said = f"Rows of {seen.room} tokens are asked for, and the model holds {most}."
        seen.points.append(Point("context", NO, said, todo=f"Ask for {most} at most."))
        return
    if seen.stands:
        seen.points.append(fit.tried("context", lambda: _encoded(given, task, seen, most)))
    if seen.encoded is not None and seen.encoded.samples and seen.shape is not None:
        seen.plan = plan(seen.encoded.samples, given.settings, seen.shape.hidden, given.seed % CHANCE)


def _encoded(given: Given, task: Task, seen: _Looked, most: int | None) -> Point:
    aside = [is_held_out(row, given.settings.held_out) for row in given.digests]
    if sum(aside) < FEWEST:
        aside = [False] * len(aside)
    parts = [[row for row, kept in zip(given.rows, aside, strict=True) if kept is wanted] for wanted in (False, True)]
    seen.encoded, seen.kept_aside = (encode(rows, task, seen.words, seen.room) for rows in parts)
    return fit.context(seen.encoded, seen.room, most)


def _room(given: Given, where: Place, seen: _Looked, baseline: int) -> None:
    assert seen.plan is not None and seen.encoded is not None and seen.shape is not None  # noqa: S101
    settings, samples = given.settings, seen.encoded.samples
    packs = settings.packing and len(samples) > 1
    own = [rows for step in seen.plan.steps for part in step.parts for rows in part if rows]
    layouts = {Batch(*fit.heaviest(samples, rows, packs)) for rows in own}
    aside = seen.kept_aside.samples if seen.kept_aside is not None else ()
    looks = fit.looks(aside, looked_at(settings)) if len(aside) >= FEWEST else []
    look = max((Batch(*each) for each in looks), key=lambda each: (each.learned, each.places), default=None)
    half = settings.precision == BF16 or (settings.precision == "auto" and is_quick_here())

    def told(batch: Batch) -> Memory:
        return training(
            seen.shape, batch, method=settings.method, rank=settings.rank, dropout=settings.dropout > 0,  # type: ignore[arg-type]
            precision=BF16 if half else FP32, keeps_best=settings.early_stop is not None, baseline=baseline,
            look=look, processes=settings.processes,
        )  # fmt: skip

    seen.batch = max(layouts, key=lambda batch: (told(batch).total, batch.width, batch.rows))
    seen.memory = max([told(seen.batch), *_pruned(given, seen, baseline, half)], key=lambda each: each.total)
    trained = seen.shape.adapter(settings.rank) if settings.method != FULL else seen.shape.parameters
    seen.points += [
        place.memory(seen.memory, where.needs, where.nodes),
        place.disk(where.folder, seen.shape, trained, settings.early_stop is not None),
    ]


def _pruned(given: Given, seen: _Looked, baseline: int, half: bool) -> list[Memory]:
    """What it takes to cut and heal before the training, where that is asked for: by the whole model."""
    if given.prune is None or seen.batch is None or seen.encoded is None or seen.shape is None:
        return []
    batch, widest = seen.batch, max(len(each.ids) for each in seen.encoded.samples)
    learned = batch.places if given.prune.tokens == "all" else batch.learned
    return [
        pruning(
            seen.shape, replace(batch, learned=learned), Batch(min(AT_ONCE, given.prune.calibration), widest, 0),
            distil=given.prune.distil > 0, baseline=baseline, processes=given.settings.processes,
            precision=BF16 if half else FP32,
        )
    ]  # fmt: skip


def _try(given: Given, where: Place, seen: _Looked, steps: int, say: Callable[[str], None]) -> None:
    assert seen.plan is not None and seen.encoded is not None and seen.memory is not None  # noqa: S101
    seed = given.seed % CHANCE
    words = seen.words
    try:
        if given.base is not None:
            model, _ = folder_of.load(given.base)
        else:
            model = from_nothing.model(given.sizes, words, seed)
        fill = words.pad_token_id if words.pad_token_id is not None else words.eos_token_id or 0
        seen.probe = probe(model, seen.encoded.samples, seen.plan, given.settings, seed=seed, fill=fill, steps=steps,
                           say=say)  # fmt: skip
    except Refused as error:
        seen.points.append(Point("probe", NO, error.refusal.what, todo=error.refusal.todo))
        return
    seen.points = [
        place.memory(seen.memory, where.needs, where.nodes, seen.probe.peak) if each.what == MEMORY else each
        for each in seen.points
    ]
    low, high = seen.probe.seconds(seen.plan.tokens + _healed(given, seen.plan), _looked_at(seen))
    said = f"{len(seen.probe.pace)} steps were taken: the training takes {low:g} to {high:g} seconds here."
    seen.points.append(Point("probe", OK, said, {"steps": len(seen.probe.pace), "precision": seen.probe.precision}))


def _healed(given: Given, coming: Plan) -> int:
    """Tokens that are read to heal what was cut, at as many a step as the training's own: a teacher reads them too."""
    if given.prune is None:
        return 0
    steps = given.prune.cycles * given.prune.heal
    return round(steps * coming.tokens / len(coming.steps) * (4 / 3 if given.prune.distil > 0 else 1))


def _looked_at(seen: _Looked) -> int:
    """Tokens that are looked at on the way, and not learned from."""
    if seen.kept_aside is None or seen.plan is None or len(seen.kept_aside.samples) < FEWEST:
        return 0
    looks = 1 + min(LOOKS, len(seen.plan.steps) // seen.plan.look_every)
    return looks * sum(len(each.ids) for each in seen.kept_aside.samples)


def _plan(given: Given, where: Place, seen: _Looked, price: float | None) -> Json:
    coming, encoded, tried = seen.plan, seen.encoded, seen.probe
    time = cost = None
    if tried is not None and coming is not None:
        low, high = tried.seconds(coming.tokens + _healed(given, coming), _looked_at(seen))
        time = {"at_least_s": low, "at_most_s": high, "steps_tried": len(tried.pace)}
        hours = [rounded(low / _HOUR), rounded(high / _HOUR)]
        cost = {
            "cpu_hours": [rounded(where.needs.cpus * each) for each in hours],
            "gpu_hours": [rounded(where.needs.gpus * each) for each in hours],
            "price": [rounded(price * each) for each in hours] if price is not None else None,
        }  # fmt: skip
    return {
        "version": 1, "train": given.settings.model_dump(mode="json"),
        "prune": given.prune.model_dump(mode="json") if given.prune is not None else None,
        "rows": len(encoded.samples) if encoded is not None else 0,
        "kept_aside": len(seen.kept_aside.samples) if seen.kept_aside is not None else 0,
        "cut": encoded.cut if encoded is not None else 0, "room": seen.room,
        "steps": len(coming.steps) if coming is not None else 0, "tokens": coming.tokens if coming is not None else 0,
        "ended_by": coming.ended_by if coming is not None else None,
        "rate": coming.rate if coming is not None else None,
        "largest_batch": asdict(seen.batch) if seen.batch is not None else None,
        "memory": seen.memory.total if seen.memory is not None else None,
        "precision": tried.precision if tried is not None else None,
        "packed": tried.packed if tried is not None else None, "time": time, "cost": cost,
    }  # fmt: skip
