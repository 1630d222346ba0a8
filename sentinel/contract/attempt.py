"""The files of one attempt's folder: what goes in, what comes out, progress on the way, and the lock that says alive.

The folder `attempts/<attempt id>/` holds `attempt.json` (in), `lock` (in it the worker's pid and start time), `out/`
(the step's own folder), `checkpoint/`, `progress.jsonl`, `log` once anything is said, and at the end `result.json`,
written aside, fsynced and renamed.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sentinel.domain.artifact import Artifact
from sentinel.domain.board import Reading
from sentinel.domain.digest import Json
from sentinel.domain.feed import Scored
from sentinel.domain.form import from_json, to_json
from sentinel.domain.needs import Needs
from sentinel.domain.refusal import Refusal
from sentinel.domain.sending import Intended
from sentinel.domain.trigger_stream import Decision
from sentinel.domain.verdict import Verdict

T = TypeVar("T")

VERSION = 1
READS = (1,)
"""The versions that this release can read: its own, and the last one's once there is one."""

ATTEMPT, RESULT, LOCK, IN, OUT = "attempt.json", "result.json", "lock", "in", "out"
PROGRESS, LOG, CHECKPOINT, ALARM = "progress.jsonl", "log", "checkpoint", "alarm"


@dataclass(frozen=True, slots=True)
class AttemptIn:
    """All that a worker is told. Paths are absolute; `inputs` gives each port its artifacts."""

    attempt: str
    run: str
    step: str
    use: str
    params: Json
    inputs: dict[str, tuple[Artifact, ...]]
    store: str
    workspace: str
    takes: dict[str, str] = field(default_factory=dict)
    """The kinds that a program was promised on its ports."""
    gives: dict[str, str] = field(default_factory=dict)
    """The kind of each port that a result must fill."""
    reads: Json = None
    """What the step reads of the world, resolved: clock, line, sets, decision and the like."""
    needs: Needs = Needs()
    gpus: tuple[int, ...] = ()
    """The GPUs of the node that it may use, by index; the worker shows it no others."""
    seed: int = 0
    effect_key: str | None = None
    secrets: tuple[str, ...] = ()
    programs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gate: Json = None
    """The gate in force and the round, where the attempt judges."""
    checkpoint_from: str | None = None
    """The folder of the last complete checkpoint of an earlier attempt."""
    log_limit: int = 64 * 2**20
    timeout: int | None = None
    version: int = VERSION

    def program(self, name: str) -> list[str] | None:
        """The argv of one of the node's programs, if it is one: first a path where it holds a `/`, then `./` words."""
        if name not in self.programs:
            return None
        first, *rest = self.programs[name]
        return [
            os.path.join(self.workspace, first) if "/" in first else first,
            *(os.path.join(self.workspace, word[2:]) if word.startswith("./") else word for word in rest),
        ]


@dataclass(frozen=True, slots=True)
class AttemptOut:
    """What came of it. `end` is succeeded, failed, refused or nothing-trained; other ends are the daemon's to find."""

    attempt: str
    end: str
    outputs: dict[str, tuple[Artifact, ...]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """The bytes of each artifact put into the store, by digest."""
    says: str = ""
    error: Refusal | None = None
    verdict: Verdict | None = None
    decision: Decision | None = None
    """What a trigger's look came to."""
    scored: Scored | None = None
    """What an evaluation says of a line."""
    intends: Intended | None = None
    """What the step wants to have sent."""
    receipt: Json = None
    """What the outside answered to an effect."""
    pins: Json = None
    """What a version made here pins: digests, hardware, the full lock."""
    pause: int = 0
    """For so many ms the outside wants not to be asked again."""
    reading: Reading | None = None
    """What was read of the Hub's boards."""
    cpu_ms: int = 0
    peak_memory: int = 0
    version: int = VERSION


def write_aside(path: Path, data: bytes) -> None:
    """Put a whole file in place or nothing: written beside it, fsynced, renamed, its folder fsynced."""
    _rename_into_place(path, data)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _rename_into_place(path: Path, data: bytes) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, data) if len(data) < 2**16 else _write_all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.rename(aside, path)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def write_attempt(folder: Path, attempt: AttemptIn) -> None:
    """Put attempt.json into the attempt's folder. Not fsynced: an attempt whose file is torn is started again."""
    (folder / ATTEMPT).write_bytes(json.dumps(to_json(attempt)).encode())


def read_attempt(folder: Path) -> AttemptIn:
    """The attempt of a folder."""
    return _read(folder / ATTEMPT, AttemptIn)


def write_result(folder: Path, result: AttemptOut) -> None:
    """Put result.json into the attempt's folder, so that it is there whole or not at all.

    The folder is not fsynced: where a power cut takes the name away, the attempt is lost, as any that it cuts off.
    """
    _rename_into_place(folder / RESULT, json.dumps(to_json(result)).encode())


def read_result(folder: Path) -> AttemptOut | None:
    """The result of a folder, or None where there is none. ValueError where it is torn or of an unknown version."""
    try:
        return _read(folder / RESULT, AttemptOut)
    except FileNotFoundError:
        return None


def _read(path: Path, kind: type[T]) -> T:
    value = json.loads(path.read_bytes())
    if not isinstance(value, dict) or value.get("version") not in READS:
        raise ValueError(f"{path.name} is of a version that this release cannot read")
    try:
        return from_json(kind, value)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} has not the form of {kind.__name__}: {error}") from error
