"""What a step, a check and a trigger get in their hands, and how a step says that nothing was trained."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.contract.attempt import ALARM, OUT, PROGRESS, AttemptIn, write_aside
from sentinel.contract.checkpoint import last_checkpoint, saving
from sentinel.contract.kinds import Kind
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused, refuse

Refuse = Refused
"""What a step raises for bad input, which no retry can help: `raise refuse(code, what, todo=…)`."""


class NothingTrained(Exception):
    """There was nothing to train. Not a failure: the step ends as nothing-trained, with this as its reason."""


def _no_secrets(name: str) -> str:
    raise refuse("E-secret", f"There is no credential `{name}` here.", todo="Declare it with `secrets=` on the step.")


@dataclass(frozen=True, slots=True)
class At:
    """One attempt of a step, from inside: what it was told, where it writes, how it tells of its progress."""

    told: AttemptIn
    folder: Path
    """The attempt's own folder."""
    inputs: Mapping[str, tuple[Kind, ...]] = field(default_factory=dict)
    """Every bound port. Steps with open ports look here; others get their ports as arguments."""
    credential: Callable[[str], str] = _no_secrets
    """Reads one credential; wired by the worker."""

    @property
    def attempt(self) -> str:
        """The attempt's id."""
        return self.told.attempt

    @property
    def run(self) -> str:
        """The run's id."""
        return self.told.run

    @property
    def step(self) -> str:
        """The step's id in its recipe."""
        return self.told.step

    @property
    def out(self) -> Path:
        """Where the step writes what it gives; it is made for who asks."""
        out = self.folder / OUT
        out.mkdir(exist_ok=True)
        return out

    @property
    def workspace(self) -> Path:
        """The workspace, with the files that sentinel.yaml names."""
        return Path(self.told.workspace)

    @property
    def reads(self) -> Json:
        """What the step declared to read of the world, resolved."""
        return self.told.reads

    @property
    def seed(self) -> int:
        """The one source of chance that a step may use."""
        return self.told.seed

    @property
    def effect_key(self) -> str | None:
        """The key under which the outside knows this effect, for a step that has one."""
        return self.told.effect_key

    @property
    def gate(self) -> Json:
        """The gate in force and the round, where the attempt judges."""
        return self.told.gate

    @property
    def takes(self) -> Mapping[str, str]:
        """The kinds that a program was promised on its ports."""
        return self.told.takes

    @property
    def gives(self) -> Mapping[str, str]:
        """The kind of each port that the result must fill."""
        return self.told.gives

    def secret(self, name: str) -> str:
        """A credential that the step declared. Refused for any other."""
        if name not in self.told.secrets:
            raise refuse("E-secret", f"`{self.told.use}` did not declare the credential `{name}`.")
        return self.credential(name)

    def progress(self, done: float, total: float | None = None, **figures: float | str) -> None:
        """Tell how far the step is, and any figures worth a glance. Also shows that it is alive."""
        self._tell({"done": done, "total": total, **({"figures": figures} if figures else {})})

    def say(self, text: str) -> None:
        """Tell a person one line: who follows the run now, and whoever reads its log later."""
        self._tell({"says": text})
        sys.stdout.write(f"{text}\n")

    def alarm(self, text: str) -> None:
        """Tell a person one line that cannot wait: an alert for as long as the attempt goes on. The last one counts."""
        self.say(text)
        write_aside(self.folder / ALARM, text.encode())

    @property
    def checkpoint(self) -> Path | None:
        """The last complete checkpoint to go on from, of this attempt or of an earlier one; None at the start."""
        return last_checkpoint(self.folder)

    def save_checkpoint(self) -> AbstractContextManager[Path]:
        """`with at.save_checkpoint() as folder:` write the state there; it counts once the block has ended well."""
        return saving(self.folder)

    def _tell(self, line: Mapping[str, Json]) -> None:
        text = json.dumps({"at": round(time.time() * 1000), **line}) + "\n"
        with (self.folder / PROGRESS).open("a", encoding="utf-8") as file:
            file.write(text)


@dataclass(frozen=True, slots=True)
class Look:
    """One check's look at a candidate: which gate, which round, what it may know besides its ports."""

    gate: str
    round: int = 1
    subject: str | None = None
    """The digest of the model or dataset that is judged."""
    against: str | None = None
    """The version that is champion, or none."""
    alpha: float = 0.05
    """How often chance may fool this look: half as often where the gate waits and judges again."""
    reads: Json = None
    seed: int = 0
    inputs: Mapping[str, tuple[Kind, ...]] = field(default_factory=dict)
    """Every bound port of the gate."""
    store: Path | None = None
    workspace: Path | None = None


@dataclass(frozen=True, slots=True)
class TriggerLook:
    """One look of a trigger: when, for which recipe and line, and the facts that it may decide on."""

    now: int
    """UTC, in ms."""
    recipe: str
    line: str | None = None
    timezone: str = "UTC"
    since: int | None = None
    """When this trigger last fired or began to look, whichever is later."""
    fired: int | None = None
    """When it last fired."""
    facts: Json = None
    """What it declared to read, by word; of those that the daemon looks at itself, the rows that they go by."""
    state: Json = None
    """What its last Decision asked to be kept."""
