"""Verbs that compute something for a person: a gate judges by hand, two versions are laid side by side.

Each is a run of one step, kind `asked`, whose ports are its inputs.
"""

from collections.abc import Mapping
from dataclasses import replace

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import Json
from sentinel.domain.names import suggest
from sentinel.domain.plan import Port
from sentinel.domain.refusal import Refusal
from sentinel.domain.run.state import Run
from sentinel.supervisor.by_hand import are_vouched_for
from sentinel.supervisor.catalogue import GateInForce
from sentinel.supervisor.engine import Done, Engine
from sentinel.supervisor.naming import named_artifact
from sentinel.supervisor.queueing import Ask, asked_plan, queue_run
from sentinel.supervisor.work import Work

TELLS = {"fail": "reject", "inconclusive": "tell", "error": "tell", "freeze": "freeze"}
"""What a verdict does that was asked for by hand: it is told at once, and waits neither for labels nor for a person."""
MOST_FLIPS = 1000


def judge(
    engine: Engine, actor: str, gate: str, given: Mapping[str, Json], line: str | None, about: Mapping[str, str]
) -> Done:
    """Have a gate judge artifacts that a person names. `about` says which port a step's reports speak of."""

    def act(work: Work) -> Refusal | str:
        held = engine.catalogue.gates.get(gate)
        if held is None:
            todo = suggest(gate, engine.catalogue.gates, "gate")
            return Refusal("E-unknown-gate", f"No gate {gate!r} is in force.", todo=todo)
        if line is not None and line not in engine.catalogue.lines:
            todo = suggest(line, engine.catalogue.lines, "line")
            return Refusal("E-unknown-line", f"sentinel.yaml has no line {line!r}.", todo=todo)
        fault = _ports_fault(gate, held, given)
        if fault is not None:
            return fault
        found: dict[str, Artifact] = {}
        for port, name in given.items():
            artifact = named_artifact(work, str(name), held.ports[port].kind, line)
            if isinstance(artifact, Refusal):
                return artifact
            found[port] = artifact
        maker = _maker_of(work, found[held.plan.judges])
        of = line if line is not None or maker is None else maker.line
        plan = asked_plan(
            "judge", of, "gate", {}, {"verdict": Port("Verdict")}, held.ports, act="gate", reads=held.reads,
            gate=replace(held.plan, then=TELLS),
        )  # fmt: skip
        purpose = {
            "judge": gate, "vouched": are_vouched_for(work, found.values(), about),
            "answers": maker.id if maker is not None else None,
        }  # fmt: skip
        ask = Ask(
            plan, of, {port: artifact.to_json() for port, artifact in found.items()}, "judge", f"gate {gate}",
            kind="asked", purpose=purpose,
        )  # fmt: skip
        return queue_run(work, ask)

    return engine.do(actor, act)


def _ports_fault(gate: str, held: GateInForce, given: Mapping[str, Json]) -> Refusal | None:
    wrong = [port for port in given if port not in held.ports]
    if wrong:
        todo = suggest(wrong[0], held.ports, "port")
        return Refusal("E-usage", f"The gate {gate} has no port `{wrong[0]}`.", todo=todo)
    missing = [port for port, kind in held.ports.items() if not kind.optional and port not in given]
    if missing:
        wanted = held.ports[missing[0]].kind
        return Refusal("E-usage", f"The gate {gate} judges `{missing[0]}`, and nothing is given for it.",
                       todo=f"Add `--in {missing[0]}=NAME`: {wanted}, by digest, version or alias.")  # fmt: skip
    return None


def _maker_of(work: Work, artifact: Artifact) -> Run | None:
    """The run that made an artifact."""
    row = work.ledger.reads.artifact(artifact.digest)
    return work.run(row.attempt.partition(".")[0]) if row is not None and row.attempt else None


def flips(engine: Engine, actor: str, one: str, other: str, name: str | None, line: str | None) -> Done:
    """Lay two versions' reports side by side: the documents on which they disagree."""

    def act(work: Work) -> Refusal | str:
        found: dict[str, Json] = {}
        for port, text in (("one", one), ("other", other)):
            artifact = named_artifact(work, text, "EvalReport", line)
            if isinstance(artifact, Refusal):
                return artifact
            found[port] = artifact.to_json()
        takes = {port: Port("EvalReport") for port in found}
        plan = asked_plan(
            "flips", None, "flips", {"set": name, "most": MOST_FLIPS}, {"rows": Port("RawSnapshot")}, takes
        )
        return queue_run(work, Ask(plan, None, found, "flips", f"{one} and {other}", kind="asked"))

    return engine.do(actor, act)


def look_at_rows(
    engine: Engine, actor: str, verb: str, named: Mapping[str, str], files: Mapping[str, str], line: str | None
) -> Done:
    """Have rows looked at: `named` gives a step's ports datasets or snapshots, `files` its parameters paths."""

    def act(work: Work) -> Refusal | str:
        found: dict[str, Json] = {}
        takes: dict[str, Port] = {}
        for port, text in named.items():
            artifact = named_artifact(work, text, "Dataset", line)
            snapshot = named_artifact(work, text, "RawSnapshot", line) if isinstance(artifact, Refusal) else artifact
            if isinstance(snapshot, Refusal):
                return artifact if isinstance(artifact, Refusal) else snapshot
            found[port] = snapshot.to_json()
            takes[port] = Port(snapshot.kind, optional=True)
        gives = {"rows": Port("RawSnapshot")}
        plan = asked_plan(verb, None, verb, dict(files), gives, takes, reads=("world",))
        return queue_run(work, Ask(plan, None, found, verb, " and ".join([*named.values(), *files.values()]),
                                   kind="asked"))  # fmt: skip

    return engine.do(actor, act)


def take_rows(engine: Engine, actor: str, line: str, path: str, names: Mapping[str, Json]) -> Done:
    """Take the rows of a file in for a line."""

    def act(work: Work) -> Refusal | str:
        if line not in engine.catalogue.lines:
            todo = suggest(line, engine.catalogue.lines, "line")
            return Refusal("E-unknown-line", f"sentinel.yaml has no line {line!r}.", todo=todo)
        params = {"path": path, "map": dict(names)}
        gives = {"rows": Port("RawSnapshot")}
        plan = asked_plan("data-import", line, "data-import", params, gives, reads=("line", "world"))
        return queue_run(work, Ask(plan, line, {}, "data import", path, kind="asked"))

    return engine.do(actor, act)
