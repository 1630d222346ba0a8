"""What an attempt is told, the key under which its result may serve again, and its way to a worker."""

from dataclasses import dataclass

from sentinel.contract.attempt import AttemptIn
from sentinel.domain.digest import Json, digest_of
from sentinel.domain.form import to_json
from sentinel.domain.pinned import is_pinned
from sentinel.domain.plan import PlannedStep
from sentinel.domain.run.events import Ports
from sentinel.domain.run.params import params_of
from sentinel.domain.run.standing import Ready, standing
from sentinel.domain.run.state import Run
from sentinel.domain.sending import SENDS
from sentinel.supervisor.alerts import alert, all_clear
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.reads import EARLIER, resolved
from sentinel.supervisor.usage import secrets_of
from sentinel.supervisor.work import Folders, Spawn, Work


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie on this node."""

    store: str
    workspace: str
    node: str


def attempt_in(work: Work, run: Run, key: str, inputs: Ports, catalogue: Catalogue, places: Places) -> AttemptIn:
    """All that the worker of a step is told."""
    step = run.planned(key)
    params = params_of(run, step)
    reads = resolved(work, run, step, catalogue, inputs)
    return AttemptIn(
        attempt=run.next_attempt(key), run=run.id, step=key, use=step.use, params=params, inputs=inputs,
        store=places.store, workspace=places.workspace, takes={port: held.kind for port, held in step.takes.items()},
        gives={port: held.kind for port, held in step.gives.items()}, reads=reads, needs=step.needs,
        seed=_seed(run, key), effect_key=_effect_key(run, step, params, inputs),
        secrets=secrets_of(run, step, catalogue), programs=_programs(run, step, params, catalogue),
        gate=_gate(run, step), timeout=step.timeout,
    )  # fmt: skip


def ready_inputs(run: Run, key: str, halts: tuple[str, ...] | None = None) -> Ports | None:
    """What a step's ports get, once it is ready. `halts`, where the caller has it, is what `halting` gives."""
    stands = standing(run, key, halts)
    return stands.inputs if isinstance(stands, Ready) else None


def reuse_key(told: AttemptIn, step: PlannedStep) -> str | None:
    """The digest under which this result may serve again; none for what judges, acts on the world or reads it.

    What has something sent is done anew: since it was, another may have taken its place on the Hub.
    """
    if step.act == "gate" or step.effect is not None or "clock" in step.reads or step.use in SENDS:
        return None
    if "world" in step.reads and not (told.params or {}).get("pure"):
        return None
    if "url" in step.reads and not is_pinned((told.params or {}).get("from")):
        return None
    inputs = {port: [artifact.digest for artifact in held] for port, held in told.inputs.items()}
    return digest_of({
        "step": [told.use, step.version], "params": told.params, "inputs": inputs, "reads": _telling(told.reads),
        "seed": told.seed, "threads": told.needs.cpus, "distributions": step.pins, "programs": to_json(told.programs),
        "gives": told.gives,
    })  # fmt: skip


def _telling(reads: Json) -> Json:
    """What is read and may change a result: what is only taken from there instead of made again does not."""
    return {word: held for word, held in reads.items() if word != EARLIER} if isinstance(reads, dict) else reads


def _seed(run: Run, key: str) -> int:
    """The same for the same step of the same recipe, so that a repetition repeats and its result may be reused."""
    return int(digest_of([run.recipe, key])[:8], 16)


def _effect_key(run: Run, step: PlannedStep, params: Json, inputs: Ports) -> str | None:
    if step.effect is None:
        return None
    digests = {port: [artifact.digest for artifact in held] for port, held in inputs.items()}
    # the run belongs to the key: two runs that say the same thing say it twice, one run says it once
    return digest_of([step.effect, params, digests, run.id, step.id])


def _programs(run: Run, step: PlannedStep, params: Json, catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    wanted = [params.get(name) for name in ("run", "to", "program")] if isinstance(params, dict) else []
    if step.use == "resolve":
        line = catalogue.lines.get(run.line or "", {})
        wanted += [source["name"] for source in line.get("data") or () if source["source"] == "program"]
    return {name: catalogue.programs[name] for name in wanted if isinstance(name, str) and name in catalogue.programs}


def _gate(run: Run, step: PlannedStep) -> Json:
    if step.gate is None:
        return None
    champion = run.aliases.get("champion")
    model = champion.ports.get("model") if champion is not None else None
    return {
        "plan": to_json(step.gate),
        "round": run.round,
        "champion": champion.version if champion is not None else None,
        "champion_model": model.digest if model is not None else None,
        "looks": run.step(step.id).looks + 1,
    }


def prepare(work: Work, told: AttemptIn, preload: tuple[str, ...], places: Places, folders: Folders) -> bool:
    """Make an attempt's folder and order its worker. Where that cannot be, raise an alert, and let nothing start."""
    try:
        folder, lock = folders.prepare(told)
    except OSError as error:
        # without the path, so that the next attempt that cannot start is no fresh alert
        alert(work, "disk", places.node, f"No attempt can start here: {error.strerror or type(error).__name__}.")
        return False
    all_clear(work, "disk", places.node, "attempts start again")
    work.orders.append(Spawn(told.attempt, folder, lock, preload, told))
    return True
