"""Where the state of a workspace lies: the ledger, the artifacts, the attempts."""

import os
from dataclasses import dataclass
from pathlib import Path

from sentinel.domain.refusal import refuse

LEDGER, STORE = "ledger.db", "store"
"""The names of the ledger and of the artifacts' folder, in a state and in a backup of it."""


@dataclass(frozen=True, slots=True)
class State:
    """The folder that holds the state."""

    root: Path

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.root / LEDGER

    @property
    def store(self) -> Path:
        """The folder of the artifacts."""
        return self.root / STORE

    @property
    def attempts(self) -> Path:
        """The folder of the attempts."""
        return self.root / "attempts"

    @property
    def words(self) -> Path:
        """The file for what fork servers say, which is nothing unless they break."""
        return self.root / "workers.log"


def state_of(workspace: Path) -> State:
    """The state of a workspace, whether it is there or not: STATE_DIRECTORY, else `.sentinel` in the workspace."""
    told = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return State(Path(told).absolute() if told else workspace.resolve() / ".sentinel")


def made(state: State) -> State:
    """The state with its folders there, ours alone; git is told to leave it alone."""
    try:
        state.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        state.root.chmod(0o700)
        state.attempts.mkdir(mode=0o700, exist_ok=True)
        ignore = state.root / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
    except OSError as error:
        todo = "Give it to the user that Sentinel runs as, or set STATE_DIRECTORY."
        what = f"The state cannot be kept there: {error.strerror}."
        raise refuse("E-state", what, where=str(state.root), todo=todo) from error
    return state
