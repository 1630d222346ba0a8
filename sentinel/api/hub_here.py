"""A hub on this machine, for the demo: the real client publishes to it as to any other, and nothing leaves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sentinel.outside.hub.loopback import Loopback
from sentinel.outside.hub.world import User, World

_RIVALS = {"plain": 84.0, "large": 99.5}
"""Others on the board, and what they say that they score, in percent."""


@dataclass(frozen=True, slots=True)
class HubHere:
    """A hub that listens, until the block ends."""

    hub: Loopback

    @property
    def url(self) -> str:
        """Where it is."""
        return self.hub.url

    def commits(self, repo: str) -> list[str]:
        """What was done to a repository, the newest first."""
        held = self.hub.world.repo(token_of(repo.partition("/")[0]), repo)
        return [each.title for each in self.hub.world.history(held, "main")]

    def files(self, repo: str) -> list[str]:
        """What lies in it now."""
        held = self.hub.world.repo(token_of(repo.partition("/")[0]), repo)
        return sorted(self.hub.world.at(held, "main").files)


@contextmanager
def hub_here(owner: str, dataset: str, task: str) -> Iterator[HubHere]:
    """Let there be a hub with one user, one benchmark and a few rivals."""
    world = World(users={token_of(owner): User(owner)})
    world.put(dataset, {"README.md": b"# A benchmark\n"}, kind="datasets", tasks=(task,))
    for name, value in _RIVALS.items():
        scores = f"- dataset: {{id: {dataset}, task_id: {task}}}\n  value: {value}\n"
        page = b"---\nlicense: mit\n---\n" if name == "plain" else b"---\nlicense: mit\nbase_model: rival/plain\n---\n"
        world.put(f"rival/{name}", {"README.md": page, ".eval_results/theirs.yaml": scores.encode()})
    hub = Loopback(world)
    try:
        yield HubHere(hub)
    finally:
        hub.close()


def token_of(owner: str) -> str:
    """What lets the owner in."""
    return f"demo-{owner}"
