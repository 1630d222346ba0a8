"""All wiring: the parts of a daemon are put together here and nowhere else, and only when a daemon is wanted."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sentinel.api.door import Door
    from sentinel.domain.needs import Slots
    from sentinel.recipe.check import Checked
    from sentinel.supervisor.catalogue import Catalogue

BROKE = 70
LEFTOVER_S = 3600.0
"""What was being put into the store that long ago, and is locked by nobody, is what a killed process left."""


def command(argv: Sequence[str]) -> int:
    """The command line, with a daemon and a dashboard to be had on use."""
    from sentinel.cli.main import main

    return main(argv, serve, Screens())


class Screens:
    """The dashboard, which is imported when it is opened."""

    def in_terminal(self, workspace: "Path", theme: str | None) -> int:
        """In this terminal, until it is left."""
        from sentinel.api.async_client import AsyncClient
        from sentinel.tui.app import dashboard

        return dashboard(AsyncClient(workspace), workspace, theme)

    def in_browser(self, workspace: "Path", port: int, theme: str | None, say: Callable[[str], None]) -> int:
        """For a browser on this machine, until interrupted."""
        from sentinel.tui.web import serve_web

        return serve_web(workspace, port, theme, say)


def serve(workspace: "Path", *, node: str | None = None, then: Callable[[], None] | None = None) -> int:
    """Be the daemon of a workspace until told to go down; the exit status."""
    import asyncio

    return asyncio.run(_serve(workspace, node, then))


async def _serve(workspace: "Path", node: str | None, then: Callable[[], None] | None) -> int:
    import asyncio
    import os
    import signal

    from sentinel.api.journal import keep_journal, note, wind_up

    door = build(workspace, node)
    daemon = door.site.daemon
    door.bind()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.going_down.set)
    # whoever is the daemon for one run only follows that run, and does not want to read of it twice
    journal = asyncio.ensure_future(keep_journal(door.site) if then is None else asyncio.sleep(0))
    closing = asyncio.ensure_future(_close(door))
    beside: list[asyncio.Future[None]] = []

    async def opened() -> None:
        await door.open()
        door.site.chore(asyncio.to_thread(door.site.store.sweep, LEFTOVER_S))
        if then is None:
            note(f"the door of {workspace} is open", door=door.path, pid=os.getpid())
        else:
            beside.append(asyncio.ensure_future(asyncio.to_thread(then)))

    try:
        await daemon.run(opened)
    finally:
        daemon.going_down.set()
        await closing
        await wind_up(journal)
    await asyncio.gather(*beside)
    if daemon.broke is not None:
        note(f"Sentinel itself broke: {daemon.why}")
        return BROKE
    if then is None:
        note("the daemon has ended", why=daemon.why, workers=len(daemon.hands.workers))
    return 0


async def _close(door: "Door") -> None:
    await door.site.daemon.going_down.wait()
    await door.close()


def build(workspace: "Path", node: str | None) -> "Door":
    """Put a daemon together: its ledger, store, engine, hands and door."""
    import os
    from functools import partial

    import sentinel
    from sentinel.api.door import Door
    from sentinel.api.place import door_path
    from sentinel.api.routes import ROUTES
    from sentinel.api.site import Site
    from sentinel.api.state import made, state_of
    from sentinel.contract.attempt import AttemptOut
    from sentinel.contract.registry import load
    from sentinel.ledger import Ledger
    from sentinel.outside.clock import SystemClock
    from sentinel.recipe.check import check_workspace
    from sentinel.recipe.compile import CompiledRecipe
    from sentinel.store import Store
    from sentinel.supervisor.attempts import Places
    from sentinel.supervisor.daemon import Daemon
    from sentinel.supervisor.engine import Engine
    from sentinel.supervisor.folders import AttemptFolders
    from sentinel.supervisor.forkserver import Workers, worker_environment
    from sentinel.supervisor.hands import Hands
    from sentinel.supervisor.in_force import IN_FORCE, recall, remember

    registry = load()
    state = made(state_of(workspace))
    clock = SystemClock()
    # the lock on the ledger comes first: whatever else is touched, is touched by one daemon only
    ledger = Ledger.open(state.ledger)
    try:
        before = recall(state.root / IN_FORCE, CompiledRecipe, sentinel.__version__)
        name, slots = _node(check_workspace(workspace, registry), before, node)
        folders = AttemptFolders(state.attempts)
        places = Places(str(state.store), str(workspace), name)
        engine = Engine(ledger, clock, folders, places, slots, before)

        async def ended(result: AttemptOut, end: str, progressed: bool) -> None:
            await daemon.ended(result, end, progressed)

        async def alert(kind: str, about: str, sentence: str) -> None:
            await daemon.alert(kind, about, sentence)

        hands = Hands(Workers(worker_environment(os.environ), words=str(state.words)), clock, ended, alert)

        def keep(catalogue: "Catalogue") -> None:
            remember(state.root / IN_FORCE, catalogue, sentinel.__version__)

        check = partial(check_workspace, registry=registry, here={name: slots})
        daemon = Daemon(engine, hands, folders, workspace, check, clock, sentinel.__version__, keep)
        site = Site(daemon, Store(state.store), state.root, registry)
    except BaseException:
        ledger.close()
        raise
    return Door(site, ROUTES, door_path(workspace, os.environ, os.geteuid()))


def _node(checked: "Checked", before: "Catalogue", name: str | None) -> tuple[str, "Slots"]:
    """Which node this is, and what it offers: the one that was named, the only one there is, or this machine.

    `before` is what was in force last: where sentinel.yaml is broken, its nodes are those of its last good version.
    """
    from sentinel.domain.names import suggest
    from sentinel.domain.refusal import refuse
    from sentinel.recipe.house import this_machine

    if checked.config is None and not before.files:
        first = next((str(fault) for fault in checked.faults if fault.file == "sentinel.yaml"), "")
        raise refuse("E-config", f"sentinel.yaml has faults. {first}", todo="`sentinel check` tells every one.")
    nodes = (checked.config.slots() if checked.config is not None else before.nodes) or this_machine()
    if name is None and len(nodes) > 1:
        todo = f"Add --node: {', '.join(sorted(nodes))}."
        raise refuse("E-node", "There are several nodes in sentinel.yaml.", todo=todo)
    chosen = name if name is not None else next(iter(nodes))
    if chosen not in nodes:
        raise refuse("E-node", f"There is no node {chosen!r}.", todo=suggest(chosen, nodes, "node"))
    return chosen, nodes[chosen]
