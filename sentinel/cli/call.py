"""One call of a verb: its arguments, its workspace, the daemon to ask and where its words go."""

import argparse
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from sentinel.api.client import Client
from sentinel.cli.out import Out
from sentinel.domain.refusal import refuse

CONFIG = "sentinel.yaml"


class Serve(Protocol):
    """How to be the daemon of a workspace; it comes from bootstrap, and loads what it needs when it is called."""

    def __call__(self, workspace: Path, *, node: str | None = None, then: Callable[[], None] | None = None) -> int:
        """Serve until told to go down, and give the exit status. `then` is run on a thread once the door is open."""


class Screens(Protocol):
    """How to open the dashboard; it comes from bootstrap too, since the command line does not know its neighbour."""

    def in_terminal(self, workspace: Path, theme: str | None) -> int:
        """In this terminal, until it is left."""

    def in_browser(self, workspace: Path, port: int, theme: str | None, say: Callable[[str], None]) -> int:
        """For a browser on this machine, until interrupted."""


class Call:
    """One call of a verb."""

    def __init__(self, args: argparse.Namespace, serve: Serve, screens: Screens) -> None:
        self.args = args
        self.serve = serve
        self.screens = screens
        self.out = Out()

    @cached_property
    def workspace(self) -> Path:
        """The workspace: as told, as the environment says, or the nearest above."""
        told = self.args.workspace or os.environ.get("SENTINEL_WORKSPACE")
        if told:
            place = Path(told).absolute()
            if not (place / CONFIG).is_file():
                todo = f"`sentinel init {told}` makes a workspace there."
                raise refuse("E-workspace", f"There is no {CONFIG} in it.", where=str(place), todo=todo)
            return place
        here = Path.cwd()
        for place in (here, *here.parents):
            if (place / CONFIG).is_file():
                return place
        todo = "Go into one, name one with --workspace, or make one with `sentinel init DIR`."
        raise refuse("E-workspace", f"There is no {CONFIG} here or above.", where=str(here), todo=todo)

    @cached_property
    def client(self) -> Client:
        """The daemon, to be asked."""
        return Client(self.workspace)

    def ask(self, route: str, **given: Any) -> Any:
        """Ask the daemon."""
        return self.client.ask(route, **given)

    def settings(self) -> dict[str, str]:
        """The pairs of `--set`."""
        pairs = {}
        for pair in self.args.set:
            name, equals, value = pair.partition("=")
            if not equals or not name:
                raise refuse("E-usage", f"`--set {pair}` is no pair.", todo="Write it as `--set NAME=VALUE`.")
            pairs[name] = value
        return pairs
