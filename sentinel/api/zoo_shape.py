"""The zoo as it is shown: each spec's turn, its versions with how far they have matured, and who is scored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentinel.domain.digest import Json
from sentinel.domain.line.state import Version
from sentinel.domain.policy.rotation import select_rotation, when_next
from sentinel.domain.policy.shadow import Maturity, Needed, longest_wait
from sentinel.domain.zoo import ZooSpec
from sentinel.evidence.interval import of_counts, of_means
from sentinel.supervisor.catalogue import Catalogue
from sentinel.supervisor.looks import looks_so_far
from sentinel.supervisor.maturity import candidates, challenge_gate, maturity, needed_for
from sentinel.supervisor.rotating import Rotates
from sentinel.supervisor.shadows import Shadows, shadows
from sentinel.supervisor.work import Work
from sentinel.supervisor.zoo import challengers, versions_of

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Due:
    """When a rotation comes: the moments that are known, and whether one waits in the queue, which comes before."""

    moments: Sequence[int] = ()
    waits: bool = False

    def of_turn(self, turn: int | None) -> int | None:
        """When the rotation comes in which a turn does; None where nobody can tell."""
        place = (turn or 0) - 1 - self.waits
        return self.moments[place] if 0 <= place < len(self.moments) else None


def zoo_shape(work: Work, catalogue: Catalogue, rotation: Rotates, due: Due, only: str | None = None) -> Json:
    """The zoo as one rotation looks at it, the specs in the order of their turns."""
    every = challengers(work, catalogue, rotation.line)
    chosen = select_rotation(every, rotation.budget, rotation.gpu)
    turns = when_next(every, rotation.budget, rotation.gpu)
    tried = {each.spec: each.tried for each in every}
    lines = {each.line_for(rotation.line) for each in catalogue.specs.values()}
    scored = {line: shadows(work, catalogue, line) for line in lines}
    shown = [turn for turn in chosen.turns if only in (None, turn.spec)]
    return {
        "recipe": rotation.recipe, "line": rotation.line, "budget": rotation.budget, "gpu": rotation.gpu,
        "slots": catalogue.shadows, "next_at": next(iter(due.moments), None),
        "specs": [
            {
                **_spec(work, catalogue, catalogue.specs[turn.spec], rotation.line, scored), "word": turn.word,
                "why": turn.why, "turn": turns.get(turn.spec), "tried": tried[turn.spec],
                "trains_at": due.of_turn(turns.get(turn.spec)),
            }
            for turn in shown
        ],
    }  # fmt: skip


def _spec(
    work: Work, catalogue: Catalogue, spec: ZooSpec, line: str | None, scored: Mapping[str | None, Shadows]
) -> Json:
    own = spec.line_for(line)
    needed, gate = needed_for(catalogue, own)
    versions = versions_of(work, spec, own)[::-1]
    shown = [_version(work, catalogue, own or "", each, needed, scored[own]) for each in versions[:_SHOWN]]
    return {
        "spec": spec.name, "label": spec.label, "status": "active" if spec.active else "retired",
        "priority": spec.priority, "recipe": spec.plan.recipe, "line": own, "overrides": spec.overrides,
        "gpu_ms": spec.gpu, "gate": gate, "needs": {"outcomes": needed.outcomes, "ms": needed.ms, "set": needed.set},
        "made": len(versions), "looks": _looks(work, catalogue, own), "versions": shown,
    }  # fmt: skip


def _looks(work: Work, catalogue: Catalogue, line: str | None) -> list[Json]:
    """The looks at each set that challenges of a line are judged on; none where no gate in force judges them."""
    gate = challenge_gate(catalogue, line)
    return looks_so_far(work, catalogue, line, gate) if line is not None and gate is not None else []


def _version(
    work: Work, catalogue: Catalogue, line: str, version: Version, needed: Needed, scored: Shadows
) -> Json:  # fmt: skip
    held = scored.held.get(version.id) or maturity(work, catalogue, line, version, needed)
    aliases = [alias for alias, name in work.line(line).aliases.items() if name == version.id]
    waits = None
    if version.id in scored.order and version.id not in scored.holders:
        waits = longest_wait(scored.order.index(version.id), catalogue.shadows, needed.ms)
    return {
        "version": version.id, "run": version.run, "registered_at": version.registered_at, "aliases": aliases,
        "frozen": version.frozen, "rejected": version.rejected, "was_champion": version.was_champion,
        "needs": {"outcomes": needed.outcomes, "ms": needed.ms, "set": needed.set}, "mature": held.mature,
        "share": held.share, "lacks": held.debt, "ms": held.ms, "n": held.n,
        "slot": version.id in scored.holders, "waits_ms": waits, "result": _result(held),
    }  # fmt: skip


def _result(held: Maturity) -> Json:
    """How it did in the shadow, with the interval in which the truth lies nineteen times of twenty."""
    if not held.n:
        return None
    rate = held.value / held.n
    low, high = of_counts(held.value, held.n) if held.squares is None else of_means(rate, held.squares / held.n, held.n)
    return {"rate": rate, "low": low, "high": high, "n": held.n}


def rotation_shape(work: Work, catalogue: Catalogue, rotation: Rotates) -> Json:
    """What a rotation would do now: who trains, who waits and how long, and whether the shadow keeps up."""
    every = challengers(work, catalogue, rotation.line)
    chosen = select_rotation(every, rotation.budget, rotation.gpu)
    turns = when_next(every, rotation.budget, rotation.gpu)
    lines = sorted({each.line_for(rotation.line) or "" for each in catalogue.specs.values()} - {""})
    return {
        "recipe": rotation.recipe, "line": rotation.line, "budget": rotation.budget, "gpu": rotation.gpu,
        "turns": [
            {"spec": turn.spec, "word": turn.word, "why": turn.why, "turn": turns.get(turn.spec)}
            for turn in chosen.turns
        ],
        "shadows": [_shadows(work, catalogue, line, rotation, chosen.chosen) for line in lines],
    }  # fmt: skip


def _shadows(work: Work, catalogue: Catalogue, line: str, rotation: Rotates, chosen: tuple[str, ...]) -> Json:
    """The slots for shadows of a line, and whether more versions come than mature in them."""
    needed, _ = needed_for(catalogue, line)
    scored = shadows(work, catalogue, line)
    fresh = [each for each in candidates(work, catalogue, line) if each.registered_at > work.at - needed.ms]
    coming = sum(catalogue.specs[name].line_for(rotation.line) == line for name in chosen)
    return {
        "line": line, "slots": catalogue.shadows, "held": len(scored.holders), "unmatured": len(scored.order),
        "waiting": len(scored.order) - len(scored.holders), "arrivals": len(fresh) + coming, "in_ms": needed.ms,
        "needed": len(fresh) + coming,
        "longest_wait_ms": longest_wait(len(scored.order), catalogue.shadows, needed.ms),
    }  # fmt: skip
