"""Verbs about a version as it leaves the house: packed for a target, or told of on a card."""

from collections.abc import Mapping

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.line.state import Version
from sentinel.domain.needs import Needs
from sentinel.domain.plan import Port
from sentinel.domain.refusal import Refusal
from sentinel.ledger.reads.results import verdict_of
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.naming import named_version
from sentinel.supervisor.pins import pinned
from sentinel.supervisor.queueing import Ask, asked_plan, queue_run
from sentinel.supervisor.work import Work

_ROOM, _TIMES = 2 * 2**30, 6
"""Memory for a packing: the libraries, and a model of halves that is held twice in full precision."""
_LOOKED_AT = 200
"""So many of the latest reports are looked through for one that is about a version."""


def export(
    engine: Engine, actor: str, version: str, line: str | None, format: str | None, target: str | None,
    weights: str | None,
) -> Done:  # fmt: skip
    """Pack a version. Where it was made of a dataset, the packed weights are compared with it on the gate's side."""

    def act(work: Work) -> Refusal | str:
        held = _version(work, version, line)
        if isinstance(held, Refusal):
            return held
        of, found = held
        ports = pinned(work, found).ports
        given = {"model": ports["model"].to_json()}
        if "dataset" in ports and _is_here(work, ports["dataset"].digest):
            given["texts"] = ports["dataset"].to_json()
        params = {"format": format, "target": target, "weights": weights, "compare": 100}
        takes = {"model": Port("Model"), "texts": Port("Dataset", optional=True)}
        plan = asked_plan("export", of, "package", params, {"bundle": Port("Bundle")}, takes, reads=("line",),
                          needs=_needs(work, ports["model"].digest))  # fmt: skip
        told = ", ".join(each for each in (format, target, weights) if each) or "as it is"
        return queue_run(work, Ask(plan, of, given, "export", f"{found.id}: {told}", kind="asked"))

    return engine.do(actor, act)


def card(engine: Engine, actor: str, version: str, line: str | None, about: Mapping[str, str]) -> Done:
    """Write the card of a version, of all that is on record about it. `about` is as for `judge`."""

    def act(work: Work) -> Refusal | str:
        held = _version(work, version, line)
        if isinstance(held, Refusal):
            return held
        of, found = held
        ports = pinned(work, found).ports
        given: dict[str, Json] = {
            "model": ports["model"].to_json(), "reports": _json(_reports(work, found, about)),
            "verdicts": _json(_verdicts(work, found, of)),
        }  # fmt: skip
        if "dataset" in ports and _is_here(work, ports["dataset"].digest):
            given["data"] = ports["dataset"].to_json()
        takes = {
            "model": Port("Model"), "reports": Port("EvalReport", optional=True, many=True),
            "verdicts": Port("Verdict", optional=True, many=True), "data": Port("Dataset", optional=True),
        }  # fmt: skip
        plan = asked_plan("card", of, "card", {}, {"card": Port("Card")}, takes, reads=("line", "lineage"))
        return queue_run(work, Ask(plan, of, given, "card", found.id, kind="asked"))

    return engine.do(actor, act)


def _version(work: Work, text: str, line: str | None) -> Refusal | tuple[str, Version]:
    """The version that is meant, with its line."""
    named = named_version(work, text, line)
    return named if isinstance(named, Refusal) else (named[0], work.line(named[0]).versions[named[1]])


def _needs(work: Work, model: str) -> Needs:
    row = work.ledger.reads.artifact(model)
    return Needs(memory=_ROOM + _TIMES * (row.size if row is not None else 0))


def _reports(work: Work, version: Version, about: Mapping[str, str]) -> list[Artifact]:
    """The reports about a version: those of the run that made it, else the latest that any run has."""
    own = _about(work, version.run, version.model, about)
    if own:
        return own
    for row in work.ledger.reads.artifacts(kind="EvalReport", limit=_LOOKED_AT):
        found = _about(work, row.attempt.partition(".")[0], version.model, about)
        if found:
            return found[-1:]
    return []


def _about(work: Work, name: str, model: str, about: Mapping[str, str]) -> list[Artifact]:
    """The reports of a run that one of its steps says are about a model."""
    run = work.run(name)
    found: dict[str, Artifact] = {}
    for attempt in run.attempts.values():
        port = about.get(run.planned(attempt.step).use)
        if port is not None and any(each.digest == model for each in attempt.inputs.get(port, ())):
            found.update((each.digest, each) for held in attempt.outputs.values() for each in held)
    return [each for each in found.values() if each.kind == "EvalReport" and _is_here(work, each.digest)]


def _verdicts(work: Work, version: Version, line: str) -> list[Artifact]:
    """The verdicts of the line's recipes on a version, the latest first."""
    rows = work.ledger.reads.verdicts_on(version.model, line=line)
    digests = dict.fromkeys(verdict_of(row).artifact for row in rows)
    return [Artifact("Verdict", digest) for digest in digests if digest is not None and _is_here(work, digest)]


def _is_here(work: Work, digest: str) -> bool:
    row = work.ledger.reads.artifact(digest)
    return row is not None and row.dropped is None


def _json(held: list[Artifact]) -> list[Json]:
    return [each.to_json() for each in held]
