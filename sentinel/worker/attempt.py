"""One attempt from its pid file to its result. It writes into the attempt's own folder and the store, nowhere else."""

import json
import os
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sentinel.contract.at import At
from sentinel.contract.attempt import LOG, AttemptIn, AttemptOut, read_attempt, write_result
from sentinel.contract.checkpoint import take_over
from sentinel.contract.kinds import KIND_CLASSES
from sentinel.domain.board import Reading
from sentinel.domain.feed import Scored
from sentinel.domain.form import from_json, to_json
from sentinel.domain.plan import Port
from sentinel.domain.refusal import Refusal
from sentinel.domain.sending import SENDS
from sentinel.domain.trigger_stream import Decision
from sentinel.domain.verdict import Verdict
from sentinel.outside.credentials import Secret, read_credential
from sentinel.store import Store
from sentinel.worker import process
from sentinel.worker.blot import Blot
from sentinel.worker.ending import ending, last_words
from sentinel.worker.intending import intended
from sentinel.worker.log import Log, beating, written_to
from sentinel.worker.ports import held, keep, made_by
from sentinel.worker.program import run_program

if TYPE_CHECKING:
    from sentinel.contract.types import Registry

DONE, BROKEN, LOCKED = 0, 70, 75
PROGRAM = "program"
"""The one step whose work is not done by its function, which only carries the contract."""


def run_attempt(folder: Path, lock: int, load: Callable[[], "Registry"]) -> int:
    """Live one attempt, and give the exit status: 0 once its result lies there, whatever the result says."""
    if not process.holds_lock(folder, lock):
        return LOCKED  # the attempt is another's, and nothing of it may be touched
    process.sign(lock)
    os.set_inheritable(lock, True)
    try:
        told = read_attempt(folder)
    except (OSError, ValueError) as error:
        refusal = Refusal("E-attempt-unreadable", f"what was to be done cannot be read: {error}.", folder.name,
                          "Retry the run: the daemon then writes it anew.")  # fmt: skip
        result = AttemptOut(folder.name, "failed", error=refusal)
    else:
        result = _Life(told, folder, lock, load).live()
    write_result(folder, replace(result, cpu_ms=_cpu_ms(), peak_memory=_peak_memory()))
    return DONE


@dataclass(frozen=True, slots=True)
class _Life:
    """What one attempt does, in a process that is its own."""

    told: AttemptIn
    folder: Path
    lock: int
    load: Callable[[], "Registry"]

    def live(self) -> AttemptOut:
        """Do what was told and say what came of it; a crash of the step is one of the things that can come of it."""
        told, own = self.told, os.getpid()
        log = Log(self.folder / LOG, told.log_limit, partial(process.beat, self.folder))
        try:
            secrets = {name: read_credential(name) for name in told.secrets}
            log.blot = Blot(secrets.values())
            process.keep_orphans()
            process.use_threads(told.needs.cpus)
            process.use_gpus(told.gpus)
            if told.checkpoint_from is not None:
                with beating(log):
                    take_over(Path(told.checkpoint_from), self.folder)
            result = self._do(Store(Path(told.store)), secrets, log)
        except BaseException as error:
            log.write(last_words(error))
            result = ending(error, told.attempt, told.step, log.blot)
        if os.getpid() != own:
            os._exit(BROKEN)  # a child that the step forked and let return: only the parent speaks for the attempt
        log.close()
        return result

    def _do(self, store: Store, secrets: Mapping[str, Secret], log: Log) -> AttemptOut:
        if self.told.use == PROGRAM:
            return self._program(store, secrets, log)
        # imported here: pydantic comes with it, and a cold worker of a program starts without
        from sentinel.worker.call import call, step_of

        at = At(self.told, self.folder, held(self.told, store), lambda name: secrets[name])
        step = step_of(at, self.load())
        with written_to(log):
            try:
                value = call(step, at)
            finally:
                process.end_children()
            ports = {name: Port(kind) for name, kind in self.told.gives.items()} if step.open_ports else step.outputs
            outputs, sizes = keep(made_by(value, ports), ports, at.step, self.folder, store)
        result = AttemptOut(self.told.attempt, "succeeded", outputs, sizes)
        if isinstance(value, Decision):
            return replace(result, decision=value)
        if isinstance(value, Scored):
            return replace(result, scored=value)
        if isinstance(value, Reading):
            return replace(result, reading=value)
        if step.effect is not None and not ports:
            return replace(result, receipt=to_json(value))
        if step.makes == "version":
            from sentinel.worker.pins import pins_of  # the lists of what is installed come with it, for few attempts

            model = outputs["model"][0].digest
            return replace(result, pins=pins_of(store.manifest(model), self.told.needs.cpus))
        if self.told.use in SENDS and outputs.get("submission"):
            return replace(result, intends=intended(self.told, outputs, store))
        return self._judged(result, store) if self.told.gate is not None else result

    def _program(self, store: Store, secrets: Mapping[str, Secret], log: Log) -> AttemptOut:
        told = self.told
        folders = run_program(told, self.folder, store, secrets, log, self.lock)
        made = {name: [KIND_CLASSES[told.gives[name]].made(path)] for name, path in folders.items()}
        ports = {name: Port(kind) for name, kind in told.gives.items()}
        with beating(log):
            return AttemptOut(told.attempt, "succeeded", *keep(made, ports, told.step, self.folder, store))

    def _judged(self, result: AttemptOut, store: Store) -> AttemptOut:
        digest = result.outputs["verdict"][0].digest
        verdict = from_json(Verdict, json.loads(store.read(digest, "verdict.json")))
        return replace(result, verdict=replace(verdict, artifact=digest))


def _cpu_ms() -> int:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(1000 * sum(each.ru_utime + each.ru_stime for each in used))


def _peak_memory() -> int:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return 1024 * max(each.ru_maxrss for each in used)
